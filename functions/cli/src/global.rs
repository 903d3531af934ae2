//! The options of every command: whom to ask, and with which key.

use std::convert::Infallible;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use secrecy::SecretString;

use crate::client::Client;
use crate::profile::Profile;
use crate::terminal::Terminal;

/// Options that every command takes. What is not given is looked up in the profile.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Where the API is; or CALWATCH_URL
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "CALWATCH_URL",
        hide_env = true
    )]
    pub(crate) url: Option<String>,

    /// An API key; CALWATCH_KEY or the profile are safer
    #[arg(
        long,
        global = true,
        value_name = "KEY",
        env = "CALWATCH_KEY",
        hide_env = true,
        value_parser = secret
    )]
    pub(crate) key: Option<SecretString>,

    /// Where URL and key are kept; or CALWATCH_PROFILE, or
    /// ~/.config/calwatch/profile.json
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "CALWATCH_PROFILE",
        hide_env = true
    )]
    pub(crate) profile: Option<PathBuf>,

    /// The Host header that leads to the API, where the URL does not
    #[arg(long, global = true, hide = true)]
    pub(crate) host: Option<String>,

    /// Print JSON for programs: one document, or a line for each thing that arrives
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

impl Global {
    /// The file that URL and key are kept in.
    pub(crate) fn profile_file(&self, terminal: &Terminal) -> anyhow::Result<PathBuf> {
        if let Some(file) = &self.profile {
            return Ok(file.clone());
        }
        let home = terminal.home.as_ref();
        let home = home.context("there is no home directory; say --profile FILE")?;
        Ok(home.join(".config/calwatch/profile.json"))
    }

    /// URL, Host header and key, from the options or else from the profile.
    pub(crate) fn known(&self, terminal: &Terminal) -> anyhow::Result<Profile> {
        let kept = match self.profile_file(terminal) {
            Ok(file) => Profile::read(&file)?,
            // Everything may be given.
            Err(_) => None,
        };
        let kept = kept.unwrap_or_default();
        // A key goes to no other place than the one it was kept with.
        let is_elsewhere = self.url.is_some() && self.url != kept.url;
        let (key, host) = if is_elsewhere {
            (None, None)
        } else {
            (kept.key, kept.host)
        };
        Ok(Profile {
            url: self.url.clone().or(kept.url),
            host: self.host.clone().or(host),
            key: self.key.clone().or(key),
        })
    }

    /// Who asks the API.
    pub(crate) fn client(&self, terminal: &Terminal) -> anyhow::Result<Client> {
        let known = self.known(terminal)?;
        let url = known.url.context(
            "where is the API? Say --url URL or set CALWATCH_URL; \
             `calwatch org create NAME --save` keeps it",
        )?;
        let key = known
            .key
            .context("there is no API key for it; set CALWATCH_KEY or say --key KEY")?;
        Client::new(&url, known.host, Some(key), terminal.ambient.clone())
    }
}

/// Any text can be a key, so that no message repeats one.
fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(text.to_owned().into())
}
