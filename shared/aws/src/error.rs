//! The one error of this crate: a service could not be asked.

use std::error::Error as StdError;
use std::fmt;

/// A service could not be asked, or what it holds could not be read.
///
/// `Display` says what we could not do; the cause is in `source`.
#[derive(Debug)]
pub struct Error {
    what: &'static str,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error with its cause.
    pub(crate) fn new(what: &'static str, source: impl StdError + Send + Sync + 'static) -> Self {
        Self {
            what,
            source: Some(Box::new(source)),
        }
    }

    /// An error that is its own cause.
    pub(crate) const fn bare(what: &'static str) -> Self {
        Self { what, source: None }
    }

    /// For `map_err`.
    pub(crate) fn on<E: StdError + Send + Sync + 'static>(
        what: &'static str,
    ) -> impl FnOnce(E) -> Self {
        move |source| Self::new(what, source)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
