//! Why something that was asked for was not done.

use providers::ReadError;
use providers::grant::GrantError;

use crate::Error;

/// Why something that was asked for was not done, as far as whoever asked can act on it.
#[derive(Debug)]
pub enum Refusal {
    /// There is no such thing, or it is somebody else's.
    NotFound,
    /// It is not in a state for that; says what to do.
    Conflict(String),
    /// A value that only trying could show to be wrong.
    Invalid {
        /// Which.
        field: &'static str,
        /// Why.
        message: String,
    },
    /// The provider does not honour the grant, by its own code for that.
    GrantRefused(String),
    /// The provider does not accept calwatch's application, or what was set up for it, by its own
    /// code for that.
    Misconfigured(String),
    /// The provider can not be asked now.
    ProviderUnavailable,
    /// What followed the cursor is not all there any more; a new snapshot is needed.
    Resync {
        /// The newest entry.
        last_seq: u64,
    },
    /// Something that we depend on failed, or is not set up.
    Failed(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Grant(GrantError::Revoked { reason }) => Refusal::GrantRefused(reason),
            Error::Grant(GrantError::Misconfigured { reason }) => Refusal::Misconfigured(reason),
            Error::Grant(GrantError::Unavailable { .. })
            | Error::Provider(ReadError::Throttled { .. } | ReadError::Unavailable { .. }) => {
                Refusal::ProviderUnavailable
            }
            Error::Aws(_)
            | Error::Provider(
                ReadError::CursorLost
                | ReadError::PageRefused
                | ReadError::Unauthorized
                | ReadError::Refused { .. }
                | ReadError::Unreadable { .. },
            )
            | Error::UnknownGrant
            | Error::GrantReplaced
            | Error::Unknown(_)
            | Error::Callback(_) => Refusal::Failed(error),
        }
    }
}

impl From<aws::Error> for Refusal {
    fn from(error: aws::Error) -> Self {
        Refusal::Failed(error.into())
    }
}
