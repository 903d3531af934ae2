//! Looking at calendars, watching them, and ending that.

use aws::Page;
use aws::calendars::Calendar;
use domain::inbox::{Source, Status};
use domain::push::{self, Push};
use domain::run;
use domain::subscription::NoPush;
use domain::{CalendarId, CalendarKey, ConnectionId, SubscriptionId};
use jiff::{SignedDuration, Timestamp};
use providers::ReadError;

use super::{Caller, Management, Refusal};
use crate::Error;
use crate::grants::Access;
use crate::watch::Watched;

/// A calendar as people look at it.
#[derive(Clone, Debug)]
pub struct SeenCalendar {
    /// Which.
    pub id: CalendarId,
    /// Where it comes from.
    pub source: Source,
    /// Whether it is read.
    pub status: Status,
    /// How we learn of its changes.
    pub push: Push,
    /// Why it is polled, if it is.
    pub polled_because: Option<NoPush>,
    /// How old what we know of it is; none before the first read.
    pub freshness: Option<SignedDuration>,
    /// How long the provider took to tell us, last time.
    pub latency: Option<SignedDuration>,
    /// How often a change was found that it should have told us of.
    pub missed_push: u64,
    /// When the last read that ended began.
    pub last_read_at: Option<Timestamp>,
    /// When it is read next although nobody asks.
    pub poll_at: Option<Timestamp>,
    /// The newest entry of its feed.
    pub last_seq: u64,
    /// The newest entry on the bus.
    pub published_seq: u64,
    /// Failed runs in a row.
    pub fails: u32,
    /// Whether somebody should look why.
    pub is_failing: bool,
    /// Its live subscriptions.
    pub live: Vec<SubscriptionId>,
}

/// What can be done to a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Stop reading it; hints are kept.
    Pause,
    /// Read it again.
    Resume,
    /// Read all of it anew; what differs is told.
    Resync,
    /// Subscribe to it again.
    Refresh,
}

impl Management {
    /// The organization's calendars.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn list_calendars(
        &self,
        caller: &Caller,
        after: Option<CalendarId>,
        limit: u16,
    ) -> Result<Page<SeenCalendar, CalendarId>, Refusal> {
        let page = self
            .calendars
            .list(caller.organization, after, i32::from(limit))
            .await?;
        let now = self.ambient.now();
        Ok(Page {
            items: page.items.into_iter().map(|it| seen(it, now)).collect(),
            next: page.next,
        })
    }

    /// One calendar.
    ///
    /// # Errors
    /// If a dependency failed, or there is no such calendar.
    pub async fn calendar(&self, caller: &Caller, id: CalendarId) -> Result<SeenCalendar, Refusal> {
        let found = self.whole_calendar(caller, id).await?;
        Ok(seen(found, self.ambient.now()))
    }

    pub(super) async fn whole_calendar(
        &self,
        caller: &Caller,
        id: CalendarId,
    ) -> Result<Calendar, Refusal> {
        let found = self.calendars.get(key(caller, id)).await?;
        found.ok_or(Refusal::NotFound)
    }

    /// Takes a calendar of a connection under watch.
    ///
    /// # Errors
    /// If a dependency failed, there is no such connection, or the provider does not let it read
    /// that calendar.
    pub async fn watch(
        &self,
        caller: &Caller,
        connection: ConnectionId,
        external_id: String,
    ) -> Result<SeenCalendar, Refusal> {
        let organization = caller.organization;
        let connected = self.connections.get(organization, connection).await?;
        let Some(connected) = connected else {
            return Err(Refusal::Invalid {
                field: "connection",
                message: "there is no such connection".to_owned(),
            });
        };
        // Before anything is written: most watches that fail do so here.
        let access = self
            .grants
            .access(organization, connection, connected.provider)
            .await?;
        match access {
            Access::Token(_) => {}
            Access::Revoked(reason) => return Err(Refusal::GrantRefused(reason)),
            Access::Failed(error) => return Err(Error::Grant(error).into()),
        }
        let source = Source {
            provider: connected.provider,
            connection,
            external_id,
        };
        let (key, _) = self
            .watcher
            .watch(organization, &source)
            .await
            .map_err(|error| unwatchable(error, "external_id"))?;
        tracing::info!(%organization, by = %caller.key, calendar = %key.calendar, "watched");
        self.calendar(caller, key.calendar).await
    }

    /// Does something to a calendar. Pausing a paused calendar, or resuming an active one, changes
    /// nothing.
    ///
    /// # Errors
    /// If a dependency failed, there is no such calendar, or its status does not allow it.
    pub async fn act(
        &self,
        caller: &Caller,
        id: CalendarId,
        action: Action,
    ) -> Result<SeenCalendar, Refusal> {
        let key = key(caller, id);
        let before = self.whole_calendar(caller, id).await?;
        match (action, before.inbox.status) {
            (Action::Pause, Status::Paused) | (Action::Resume, Status::Active) => {}
            (Action::Pause, Status::Active) => {
                let paused = self.watcher.pause(key).await;
                paused.map_err(overtaken)?;
            }
            (Action::Resume, Status::Paused) => {
                let resumed = self.watcher.resume(key).await;
                resumed.map_err(overtaken)?;
            }
            (Action::Resync, Status::Active | Status::Paused | Status::Ungranted) => {
                self.resync(key).await?;
            }
            (Action::Refresh, Status::Active | Status::Paused) => {
                self.subscribe_again(key, &before.source).await?;
            }
            (Action::Pause | Action::Resume | Action::Refresh, Status::Ungranted) => {
                return Err(Refusal::Conflict(
                    "the calendar's connection has no grant; replace that first".to_owned(),
                ));
            }
            (
                Action::Pause | Action::Resume | Action::Resync | Action::Refresh,
                Status::Unwatched | Status::Erasing,
            ) => {
                return Err(Refusal::Conflict(
                    "the calendar is not watched any more; watch it again".to_owned(),
                ));
            }
        }
        tracing::info!(
            organization = %caller.organization,
            by = %caller.key,
            calendar = %id,
            action = ?action,
            "acted on a calendar",
        );
        self.calendar(caller, id).await
    }

    /// The mark first: a read that is owed before it could start without it.
    async fn resync(&self, key: CalendarKey) -> Result<(), Refusal> {
        if !self.mirror.feeds().ask_for_resync(key).await? {
            return Err(Refusal::NotFound);
        }
        self.watcher.owe(key).await?;
        Ok(())
    }

    pub(super) async fn subscribe_again(
        &self,
        key: CalendarKey,
        source: &Source,
    ) -> Result<Watched, Refusal> {
        self.watcher
            .subscribe(key, source)
            .await
            .map_err(|error| match error {
                Error::Unknown(_) => overtaken(error),
                error => unwatchable(error, "calendar"),
            })
    }

    /// Ends the watch of a calendar. Its rows and its feed stay.
    ///
    /// # Errors
    /// If a dependency failed, or there is no such calendar.
    pub async fn unwatch(&self, caller: &Caller, id: CalendarId) -> Result<(), Refusal> {
        match self.watcher.unwatch(key(caller, id)).await {
            Ok(()) => {}
            Err(Error::Unknown(_)) => return Err(Refusal::NotFound),
            Err(error) => return Err(error.into()),
        }
        tracing::info!(
            organization = %caller.organization,
            by = %caller.key,
            calendar = %id,
            "ended a watch",
        );
        Ok(())
    }
}

pub(super) const fn key(caller: &Caller, calendar: CalendarId) -> CalendarKey {
    CalendarKey {
        organization: caller.organization,
        calendar,
    }
}

/// What the provider says about a calendar that it does not let us watch.
fn unwatchable(error: Error, field: &'static str) -> Refusal {
    match error {
        Error::Provider(ReadError::Refused { reason }) => Refusal::Invalid {
            field,
            message: format!("the provider does not let this connection read it: {reason}"),
        },
        error => error.into(),
    }
}

/// The calendar changed between our look at it and what we did.
fn overtaken(error: Error) -> Refusal {
    match error {
        Error::Unknown(_) => {
            Refusal::Conflict("the calendar changed meanwhile; look at it and try again".to_owned())
        }
        error => error.into(),
    }
}

pub(super) fn seen(calendar: Calendar, now: Timestamp) -> SeenCalendar {
    let Calendar {
        key,
        source,
        inbox,
        feed,
        poll_at,
    } = calendar;
    SeenCalendar {
        id: key.calendar,
        source,
        status: inbox.status,
        push: feed.push,
        polled_because: match feed.push {
            Push::Off(why) => Some(why),
            Push::None | Push::On | Push::Unproven(_) | Push::Doubted(_) => None,
        },
        freshness: push::freshness(feed.push, &inbox, now),
        latency: inbox.latency,
        missed_push: feed.missed_push,
        last_read_at: inbox.read_at,
        poll_at,
        last_seq: feed.last_seq,
        published_seq: feed.published_seq,
        fails: inbox.fails,
        is_failing: inbox.fails >= run::FAILING,
        live: inbox.live.into_keys().collect(),
    }
}
