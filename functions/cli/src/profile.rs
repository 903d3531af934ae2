//! What is kept between two commands: where the API is, and a key for it.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// Whom to ask, and with which key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    /// Where the API is.
    pub(crate) url: Option<String>,
    /// The Host header that leads there.
    pub(crate) host: Option<String>,
    /// The key.
    pub(crate) key: Option<SecretString>,
}

#[derive(Serialize, Deserialize)]
struct ProfileV1 {
    v: u8,
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    key: Option<String>,
}

impl Profile {
    /// Reads the file; none if there is none.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Option<Self>> {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("could not read {}", file.display()));
            }
        };
        // The parser's own error quotes what it read, and that may be the key.
        let kept: ProfileV1 = serde_json::from_str(&text)
            .map_err(|_| ())
            .ok()
            .filter(|kept: &ProfileV1| kept.v == 1)
            .with_context(|| format!("{} is not a profile of calwatch's", file.display()))?;
        Ok(Some(Self {
            url: kept.url,
            host: kept.host,
            key: kept.key.map(Into::into),
        }))
    }

    /// Writes the file, for nobody but its owner to read.
    pub(crate) fn write(&self, file: &Path) -> anyhow::Result<()> {
        let kept = ProfileV1 {
            v: 1,
            url: self.url.clone(),
            host: self.host.clone(),
            key: self.key.as_ref().map(|key| key.expose_secret().to_owned()),
        };
        let text = serde_json::to_string_pretty(&kept).context("a profile is texts only")?;
        let what = || format!("could not write {}", file.display());
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(what)?;
        }
        // Beside it and renamed, so that there is never half a profile, nor one that others can
        // read because an older file had that mode.
        let beside = file.with_extension("json.new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        // What a crash left there may have another mode.
        let _ = fs::remove_file(&beside);
        let mut opened = options.open(&beside).with_context(what)?;
        opened
            .write_all(format!("{text}\n").as_bytes())
            .with_context(what)?;
        fs::rename(&beside, file).with_context(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read_and_nobody_else_can() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("calwatch/profile.json");
        let profile = Profile {
            url: Some("https://api.example".to_owned()),
            host: None,
            key: Some("cw_secret".to_owned().into()),
        };

        profile.write(&file).unwrap();

        let read = Profile::read(&file).unwrap().unwrap();
        assert_eq!(read.url, profile.url);
        assert_eq!(read.key.unwrap().expose_secret(), "cw_secret");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn no_profile_is_no_mistake_and_a_broken_one_is_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("profile.json");

        assert!(Profile::read(&file).unwrap().is_none());
        fs::write(&file, r#"{"v":1,"key":["cw_s3cret"]}"#).unwrap();
        let error = format!("{:#}", Profile::read(&file).unwrap_err());

        assert!(error.ends_with("is not a profile of calwatch's"), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
