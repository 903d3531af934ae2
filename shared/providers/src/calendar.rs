//! Reading what changed in a calendar, and subscribing to be told of it.

use domain::diff::Item;
use domain::event::Event;
use domain::window::Window;
use domain::{CalendarId, EventId, Provider, SubscriptionId};
use jiff::Timestamp;

use crate::grant::AccessToken;
use crate::{Client, google, microsoft};

mod errors;

pub use errors::{ReadError, WatchError};

/// A calendar at its provider, and the access to it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Who keeps it.
    pub provider: Provider,
    /// What lets us read.
    pub access: &'a AccessToken,
    /// Ours.
    pub calendar: CalendarId,
    /// The provider's name for it. Google: the calendar's id. Microsoft: `users/{object id}` for a
    /// mailbox's default calendar, `users/{object id}/calendars/{id}` for another one.
    pub external_id: &'a str,
}

/// Where to read from.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// Everything. The window is needed where [`has_window`] says so.
    Everything(Option<Window>),
    /// What changed since the end of a round.
    Cursor(&'a str),
    /// The next page of a round.
    Page {
        /// Where the round started; none read everything.
        cursor: Option<&'a str>,
        /// The page.
        page: &'a str,
    },
}

/// One page of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What changed, in the order of the provider. It may be empty and yet not be the last.
    pub items: Vec<Item>,
    /// What the page mentions without saying how it is now. Google says it all.
    pub asks: Vec<Ask>,
    /// Entries that could not be understood, and are left out.
    pub unreadable: usize,
    /// What comes next.
    pub after: After,
}

/// Something to look up, because a page only mentions it, or to be sure.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// One event.
    Event {
        /// Ours.
        id: EventId,
        /// The provider's.
        provider_id: String,
    },
    /// The same, but of no interest unless it is stored: the provider says that it is gone from
    /// the part of the calendar that is read, where it may never have been.
    Leaving {
        /// Ours.
        id: EventId,
        /// The provider's.
        provider_id: String,
    },
    /// A series with all that belongs to it.
    Series {
        /// Ours.
        master: EventId,
        /// The provider's.
        provider_id: String,
    },
}

impl Ask {
    /// What tells whether a stored event still exists.
    pub fn about(provider: Provider, row: &Event) -> Self {
        match (provider, &row.series) {
            // Microsoft keeps a series and its exceptions as one thing, and has no way to ask for
            // a cancelled occurrence.
            (Provider::Microsoft, Some(series)) => Ask::Series {
                master: series.master.clone(),
                provider_id: series.master_provider_id.clone(),
            },
            (Provider::Microsoft, None) if row.kind == domain::event::Kind::Master => Ask::Series {
                master: row.id.clone(),
                provider_id: row.provider_id.clone(),
            },
            (Provider::Google | Provider::Microsoft, _) => Ask::Event {
                id: row.id.clone(),
                provider_id: row.provider_id.clone(),
            },
        }
    }

    /// The event that is asked about, or the master of the series.
    pub const fn id(&self) -> &EventId {
        match self {
            Ask::Event { id, .. } | Ask::Leaving { id, .. } | Ask::Series { master: id, .. } => id,
        }
    }

    /// The provider's name for it.
    pub fn provider_id(&self) -> &str {
        match self {
            Ask::Event { provider_id, .. }
            | Ask::Leaving { provider_id, .. }
            | Ask::Series { provider_id, .. } => provider_id,
        }
    }
}

/// What was found of one [`Ask`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// All that the provider has of it, which may be nothing.
    Items(Vec<Item>),
    /// The provider has it, and we do not understand it. It is left as it is stored, so that one
    /// strange event does not stop its calendar.
    Unreadable,
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
    /// The provider's own name, needed to stop it. Google: `resourceId`. Microsoft: `id`.
    pub provider_id: String,
    /// When the provider forgets it, if it says so.
    pub expires_at: Option<Timestamp>,
}

/// A subscription that the provider says there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The provider's own name for it.
    pub provider_id: String,
    /// Where it sends its notifications.
    pub address: String,
}

/// A subscription that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Ours. Google: the channel's id.
    pub subscription: SubscriptionId,
    /// What comes back in each notification.
    pub token: &'a str,
    /// Where notifications are sent.
    pub address: &'a str,
}

/// How many things may be looked up in one request.
pub const LOOK_UPS: usize = 20;

/// Whether a provider shows a part of a calendar only, which it has to be told.
pub const fn has_window(provider: Provider) -> bool {
    match provider {
        Provider::Google => false,
        Provider::Microsoft => true,
    }
}

/// The mailbox whose requests the provider counts together, where it limits how many there may be
/// at once.
pub fn mailbox(provider: Provider, external_id: &str) -> Option<String> {
    match provider {
        Provider::Google => None,
        Provider::Microsoft => {
            microsoft::mailbox_of(external_id).map(|user| format!("microsoft/{user}"))
        }
    }
}

impl Client {
    /// Reads one page.
    ///
    /// # Errors
    /// If the provider does not answer, refuses, or makes no sense.
    pub async fn page(&self, place: &Place<'_>, start: Start<'_>) -> Result<Page, ReadError> {
        match place.provider {
            Provider::Google => google::events::page(self, place, start).await,
            Provider::Microsoft => microsoft::delta::page(self, place, start).await,
        }
    }

    /// Looks things up, in the order in which they are asked for. Several are asked for at once
    /// where the provider can, which counts as several requests at once; at most [`LOOK_UPS`].
    ///
    /// # Errors
    /// If the provider does not answer, refuses, or makes no sense, for any of them.
    pub async fn look_up(&self, place: &Place<'_>, asks: &[Ask]) -> Result<Vec<Found>, ReadError> {
        match place.provider {
            Provider::Google => {
                let mut found = Vec::with_capacity(asks.len());
                for ask in asks {
                    let item = google::events::event(self, place, ask.provider_id()).await?;
                    found.push(Found::Items(item.into_iter().collect()));
                }
                Ok(found)
            }
            Provider::Microsoft => microsoft::look_up::look_up(self, place, asks).await,
        }
    }

    /// Asks the provider to announce changes of a calendar.
    ///
    /// The first announcement may come before this returns; Microsoft calls the address and wants
    /// an answer before it does.
    ///
    /// # Errors
    /// If the provider does not answer, refuses, or makes no sense. Where it did not answer, the
    /// subscription may live all the same.
    pub async fn watch(
        &self,
        place: &Place<'_>,
        wish: &Wish<'_>,
        now: Timestamp,
    ) -> Result<Watching, WatchError> {
        match place.provider {
            // Google's channels live for a time, Microsoft's subscriptions until one.
            Provider::Google => google::channels::watch(self, place, wish).await,
            Provider::Microsoft => microsoft::subscriptions::watch(self, place, wish, now).await,
        }
    }

    /// Asks the provider to let a subscription live longer; none if the provider does not know it
    /// any more, or never does so.
    ///
    /// # Errors
    /// If the provider does not answer, refuses, or makes no sense.
    pub async fn extend(
        &self,
        provider: Provider,
        access: &AccessToken,
        provider_id: &str,
        now: Timestamp,
    ) -> Result<Option<Watching>, ReadError> {
        match provider {
            // A channel lives as long as it was made for.
            Provider::Google => Ok(None),
            Provider::Microsoft => {
                microsoft::subscriptions::extend(self, access, provider_id, now).await
            }
        }
    }

    /// The subscriptions of our application that this grant lets us see, with the provider's name
    /// for each and where it sends its notifications. None where the provider never tells.
    ///
    /// # Errors
    /// If the provider does not answer, refuses, or makes no sense.
    pub async fn subscriptions(
        &self,
        provider: Provider,
        access: &AccessToken,
    ) -> Result<Vec<Standing>, ReadError> {
        match provider {
            Provider::Google => Ok(Vec::new()),
            Provider::Microsoft => microsoft::subscriptions::list(self, access).await,
        }
    }

    /// Where a subscription of our application sends its notifications; none if the provider does
    /// not know it, or never tells.
    ///
    /// # Errors
    /// If the provider does not answer, refuses, or makes no sense.
    pub async fn address_of(
        &self,
        provider: Provider,
        access: &AccessToken,
        provider_id: &str,
    ) -> Result<Option<String>, ReadError> {
        match provider {
            Provider::Google => Ok(None),
            Provider::Microsoft => {
                microsoft::subscriptions::address_of(self, access, provider_id).await
            }
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
            Provider::Microsoft => microsoft::subscriptions::stop(self, access, provider_id).await,
        }
    }
}
