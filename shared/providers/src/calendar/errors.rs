//! Why a provider did not do what was asked.

use jiff::SignedDuration;

use crate::transport::{Failure, Outage};

/// Why a provider did not answer what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The cursor is too old, or what may be read has changed: read everything.
    #[error("could not go on from the cursor")]
    CursorLost,
    /// The page is too old: start the round again from its cursor.
    #[error("could not go on from the page")]
    PageRefused,
    /// Too many requests.
    #[error("could not read yet: the provider asked for patience")]
    Throttled {
        /// How long to wait at least, if the provider says so or its reason implies it.
        wait: Option<SignedDuration>,
    },
    /// The access token is not accepted: fetch another one, once.
    #[error("could not read with this access token")]
    Unauthorized,
    /// A refusal that asking again does not change.
    #[error("could not read, by decision of the provider: {reason}")]
    Refused {
        /// The status and the provider's error code, never its message.
        reason: String,
    },
    /// Trying again later helps.
    #[error("could not reach the provider")]
    Unavailable {
        /// What happened.
        source: Outage,
    },
    /// An answer that makes no sense. Trying again may help.
    #[error("could not understand the provider: {reason}")]
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
}

impl ReadError {
    pub(crate) fn refused(reason: impl Into<String>) -> Self {
        ReadError::Refused {
            reason: reason.into(),
        }
    }

    pub(crate) fn unreadable(reason: &'static str) -> Self {
        ReadError::Unreadable {
            reason: reason.to_owned(),
        }
    }
}

impl From<Failure> for ReadError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::TooLarge => ReadError::unreadable("the answer is too large"),
            Failure::Outage(source) => ReadError::Unavailable { source },
        }
    }
}

/// Why a calendar is not watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The provider never announces changes of this calendar: poll it.
    #[error("could not watch a calendar whose changes are never announced")]
    Unwatchable,
    /// The provider does not accept our own address. The operator has to act, not the customer.
    #[error("could not watch, because the callback address is not accepted: {reason}")]
    Callback {
        /// The provider's error code.
        reason: String,
    },
    /// The subscription's id was used before, perhaps by an attempt whose answer got lost.
    #[error("could not watch under an identifier that was used before")]
    IdTaken,
    /// Our application has such a subscription already, and may have one only.
    #[error("could not watch what is watched already")]
    Duplicate {
        /// The provider's name for the other subscription, if it told us.
        provider_id: Option<String>,
    },
    /// As with any other request.
    #[error("could not watch")]
    Read(#[from] ReadError),
}

impl From<Failure> for WatchError {
    fn from(failure: Failure) -> Self {
        WatchError::Read(failure.into())
    }
}
