//! Calendars of mailboxes, by the path Graph knows them under.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::google::calendars::CalendarOptions;
use crate::microsoft::content::{Content, Event, Items, Version};
use crate::microsoft::mailboxes::MailboxRecord;
use crate::state::State;
use crate::world::WorldError;

/// A calendar of a mailbox.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Calendar {
    /// `users/{oid}` or `users/{oid}/calendars/{cid}`.
    pub(crate) address: String,
    pub(crate) user: String,
    pub(crate) watchable: bool,
    pub(crate) visible: bool,
    /// Delta tokens of an older generation are dead.
    pub(crate) generation: u64,
    pub(crate) created: Timestamp,
    /// The window of the last round that began, for whoever starts again without saying one.
    pub(crate) last_window: Option<(Timestamp, Timestamp)>,
    /// How many events were added in bulk.
    pub(crate) bulk: u32,
    pub(crate) items: Items,
}

impl Calendar {
    /// The current version of a live event, and what it says.
    pub(crate) fn live(&self, id: &str) -> Result<(&Version, std::sync::Arc<Event>), WorldError> {
        let version = self.items.current(id).filter(|version| !version.deleted);
        let version = version.ok_or_else(|| WorldError::unknown("event", id))?;
        Ok((version, version.content.event(self.created)))
    }

    pub(crate) fn write(&mut self, id: &str, now: Timestamp, deleted: bool, content: Content) {
        // A tick later than before, so that two changes can be told apart while the clock stands.
        let tick = jiff::SignedDuration::from_nanos(100);
        let before = self.items.current(id).map(|version| version.updated);
        let updated = before.map_or(now, |before| now.max(before + tick));
        self.items.write(id, updated, deleted, content);
    }
}

/// The address of a mailbox's own calendar, or of another one of it.
pub(crate) fn address(user: &str, calendar: Option<&str>) -> String {
    match calendar {
        None => format!("users/{user}"),
        Some(calendar) => format!("users/{user}/calendars/{calendar}"),
    }
}

/// The user in an address.
pub(crate) fn user_of(address: &str) -> &str {
    let rest = address.strip_prefix("users/").unwrap_or_default();
    rest.split('/').next().unwrap_or_default()
}

/// All calendars of the world.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Calendars(BTreeMap<String, Calendar>);

impl Calendars {
    pub(crate) fn get(&self, address: &str) -> Result<&Calendar, WorldError> {
        self.0
            .get(address)
            .ok_or_else(|| WorldError::unknown("calendar", address))
    }

    pub(crate) fn get_mut(&mut self, address: &str) -> Result<&mut Calendar, WorldError> {
        self.0
            .get_mut(address)
            .ok_or_else(|| WorldError::unknown("calendar", address))
    }

    /// Every calendar of a mailbox, its own first.
    pub(crate) fn of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = &'a Calendar> {
        self.0
            .values()
            .filter(move |calendar| calendar.user == user)
    }
}

impl State {
    pub(crate) fn add_graph_calendar(
        &mut self,
        mailbox: &MailboxRecord,
        calendar: Option<&str>,
        options: CalendarOptions,
    ) -> String {
        let address = address(&mailbox.user_id, calendar);
        let created = self.time.now();
        let entry = self.microsoft.calendars.0.entry(address.clone());
        entry.or_insert_with(|| Calendar {
            address: address.clone(),
            user: mailbox.user_id.clone(),
            watchable: options.watchable,
            visible: true,
            generation: 0,
            created,
            last_window: None,
            bulk: 0,
            items: Items::default(),
        });
        address
    }
}
