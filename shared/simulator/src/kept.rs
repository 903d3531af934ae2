//! A world that outlives its process: one file, written whole after every change and before anybody
//! hears of it. A real provider forgets neither events nor grants nor channels when a machine of it dies.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::key::{adopt, key};
use crate::settings::Settings;
use crate::state::State;

/// The form of the file; another one is refused.
const VERSION: u8 = 1;

/// A file holds no world that we could go on with.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The file cannot be read or written.
    #[error("could not use the file of the world")]
    File(#[from] io::Error),
    /// It is not what we wrote.
    #[error("could not understand the file of the world")]
    Content(#[from] serde_json::Error),
    /// Another release wrote it.
    #[error("cannot go on with version {0} of the file of the world")]
    Version(u8),
    /// The key in it is none.
    #[error("could not understand the key in the file of the world")]
    Key,
}

/// Where a world is kept.
#[derive(Debug)]
pub(crate) struct Kept {
    file: PathBuf,
}

#[derive(Serialize)]
struct Written<'a> {
    v: u8,
    key: &'a str,
    world: &'a State,
}

#[derive(Deserialize)]
struct Read {
    key: String,
    world: State,
}

impl Kept {
    /// The world in the file, or a new one if there is none yet.
    pub(crate) fn open(file: &Path, settings: Settings) -> Result<(Self, State), KeptError> {
        let kept = Self {
            file: file.to_owned(),
        };
        let state = match fs::read(file) {
            Ok(bytes) => read(&bytes, settings)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => State::new(settings),
            Err(error) => return Err(error.into()),
        };
        kept.write(&state)?;
        Ok((kept, state))
    }

    /// Replaces the file in one step, so that whoever dies meanwhile leaves the old one or the new one.
    pub(crate) fn write(&self, state: &State) -> io::Result<()> {
        let written = Written {
            v: VERSION,
            key: &key().pem,
            world: state,
        };
        let bytes = serde_json::to_vec(&written)?;
        let unfinished = self.file.with_extension("part");
        // Grants and a private key are in it; they open nothing but this world.
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options.open(&unfinished)?.write_all(&bytes)?;
        fs::rename(&unfinished, &self.file)
    }
}

fn read(bytes: &[u8], settings: Settings) -> Result<State, KeptError> {
    let Version { v } = serde_json::from_slice(bytes)?;
    if v != VERSION {
        return Err(KeptError::Version(v));
    }
    let read: Read = serde_json::from_slice(bytes)?;
    if !adopt(&read.key) {
        return Err(KeptError::Key);
    }
    Ok(State {
        settings,
        ..read.world
    })
}

#[derive(Deserialize)]
struct Version {
    v: u8,
}
