//! Reading what changed in a calendar, and subscribing to be told of it.

use domain::diff::Item;
use domain::{CalendarId, Provider, SubscriptionId};
use jiff::{SignedDuration, Timestamp};

use crate::grant::AccessToken;
use crate::transport::{Failure, Outage};
use crate::{Client, google};

/// One page of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What changed, in the order of the provider. It may be empty and yet not be the last.
    pub items: Vec<Item>,
    /// Entries that could not be understood, and are left out.
    pub unreadable: usize,
    /// What comes next.
    pub after: After,
}

/// What comes after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// Another page, by this name.
    Page(String),
    /// The round is complete.
    End {
        /// Where the next round starts.
        cursor: String,
    },
}

/// A subscription that the provider accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watching {
    /// The provider's own name, needed to stop it. Google: `resourceId`.
    pub provider_id: String,
    /// When the provider forgets it, if it says so.
    pub expires_at: Option<Timestamp>,
}

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
    /// As with any other request.
    #[error("could not watch")]
    Read(#[from] ReadError),
}

impl From<Failure> for WatchError {
    fn from(failure: Failure) -> Self {
        WatchError::Read(failure.into())
    }
}

impl Client {
    /// Reads one page of what changed since `cursor`, or of everything if there is none.
    ///
    /// # Errors
    /// If the provider does not answer, refuses, or makes no sense.
    pub async fn page(
        &self,
        provider: Provider,
        access: &AccessToken,
        calendar: CalendarId,
        external_id: &str,
        cursor: Option<&str>,
        page: Option<&str>,
    ) -> Result<Page, ReadError> {
        match provider {
            Provider::Google => {
                google::events::page(self, access, calendar, external_id, cursor, page).await
            }
            Provider::Microsoft => Err(ReadError::refused("Microsoft is not read yet")),
        }
    }

    /// Reads one event; none if the provider does not have it.
    ///
    /// # Errors
    /// If the provider does not answer, refuses, or makes no sense.
    pub async fn event(
        &self,
        provider: Provider,
        access: &AccessToken,
        calendar: CalendarId,
        external_id: &str,
        provider_event_id: &str,
    ) -> Result<Option<Item>, ReadError> {
        match provider {
            Provider::Google => {
                google::events::event(self, access, calendar, external_id, provider_event_id).await
            }
            Provider::Microsoft => Err(ReadError::refused("Microsoft is not read yet")),
        }
    }

    /// Asks the provider to announce changes of a calendar to `address`, with `token` in each.
    ///
    /// The first announcement may come before this returns.
    ///
    /// # Errors
    /// If the provider does not answer, refuses, or makes no sense. Where it did not answer, the
    /// subscription may live all the same.
    pub async fn watch(
        &self,
        provider: Provider,
        access: &AccessToken,
        external_id: &str,
        subscription: SubscriptionId,
        token: &str,
        address: &str,
    ) -> Result<Watching, WatchError> {
        match provider {
            Provider::Google => {
                google::channels::watch(self, access, external_id, subscription, token, address)
                    .await
            }
            Provider::Microsoft => Err(ReadError::refused("Microsoft is not read yet").into()),
        }
    }

    /// Ends a subscription. One that the provider does not know has ended.
    ///
    /// # Errors
    /// If the provider does not answer or refuses.
    pub async fn stop(
        &self,
        provider: Provider,
        access: &AccessToken,
        subscription: SubscriptionId,
        provider_id: &str,
    ) -> Result<(), ReadError> {
        match provider {
            Provider::Google => {
                google::channels::stop(self, access, subscription, provider_id).await
            }
            Provider::Microsoft => Err(ReadError::refused("Microsoft is not read yet")),
        }
    }
}
