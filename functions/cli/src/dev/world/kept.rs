//! Where a world is kept while a stack keeps its state, so that what was killed goes on: providers
//! forget nothing.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::Context;

/// What the file's name begins with; the seed of the world follows.
const NAME: &str = "providers-";

/// A file, and the seed of the world in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dev) struct Kept {
    /// The file.
    pub(in crate::dev) file: PathBuf,
    /// Everything random in the world follows from it.
    pub(in crate::dev) seed: u64,
}

impl Kept {
    /// The world that was left in this folder, if one was.
    pub(in crate::dev) fn find(folder: &Path) -> anyhow::Result<Option<Self>> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("could not read {}", folder.display()));
            }
        };
        for entry in entries {
            let file = entry?.path();
            let name = file.file_name().and_then(|name| name.to_str());
            let seed = name
                .and_then(|name| name.strip_prefix(NAME)?.strip_suffix(".json"))
                .and_then(|seed| seed.parse().ok());
            if let Some(seed) = seed {
                return Ok(Some(Self { file, seed }));
            }
        }
        Ok(None)
    }

    /// A place for a new world.
    pub(in crate::dev) fn begin(folder: &Path, seed: u64) -> Self {
        Self {
            file: folder.join(format!("{NAME}{seed}.json")),
            seed,
        }
    }

    /// Forgets the world: it ended in order, or the product has forgotten it.
    pub(in crate::dev) fn forget(&self) -> anyhow::Result<()> {
        match fs::remove_file(&self.file) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => {
                Err(error).with_context(|| format!("could not remove {}", self.file.display()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_that_was_left_is_found_with_its_seed_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Kept::find(&folder.path().join("none")).unwrap(), None);
        fs::write(folder.path().join("port"), "4566").unwrap();
        let kept = Kept::begin(folder.path(), 77);
        assert_eq!(Kept::find(folder.path()).unwrap(), None);

        fs::write(&kept.file, "{}").unwrap();

        assert_eq!(Kept::find(folder.path()).unwrap(), Some(kept.clone()));
        kept.forget().unwrap();
        assert_eq!(Kept::find(folder.path()).unwrap(), None);
        kept.forget().unwrap();
    }
}
