//! One calendar: who may read it, and what its events are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::google::items::Items;
use crate::state::State;
use crate::world::WorldError;

/// What can be chosen about a new calendar.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct CalendarOptions {
    /// Whether push is supported; it is not for holidays, birthdays and week numbers.
    pub watchable: bool,
    /// An IANA name.
    pub time_zone: String,
    /// Its title; the id, if not said.
    pub summary: Option<String>,
}

impl Default for CalendarOptions {
    fn default() -> Self {
        Self {
            watchable: true,
            time_zone: "Europe/Lisbon".to_owned(),
            summary: None,
        }
    }
}

/// What an account may do with a calendar.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) enum Role {
    Owner,
    Reader,
}

impl Role {
    /// `accessRole`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Reader => "reader",
        }
    }
}

/// A calendar of the world.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Calendar {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) summary: String,
    pub(crate) time_zone: String,
    pub(crate) watchable: bool,
    /// Whether anyone may see it at all: `LoseAccess` takes it away from everyone.
    pub(crate) visible: bool,
    /// Access role by account.
    pub(crate) access: BTreeMap<String, Role>,
    /// Sync tokens of an older generation are dead.
    pub(crate) generation: u64,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) items: Items,
}

impl State {
    pub(crate) fn add_calendar(&mut self, email: &str, id: &str, options: CalendarOptions) {
        let now = self.time.now();
        let calendar = self
            .google
            .calendars
            .entry(id.to_owned())
            .or_insert_with(|| Calendar {
                id: id.to_owned(),
                owner: email.to_owned(),
                summary: options.summary.unwrap_or_else(|| id.to_owned()),
                time_zone: options.time_zone,
                watchable: options.watchable,
                visible: true,
                access: BTreeMap::new(),
                generation: 0,
                created: now,
                updated: now,
                items: Items::default(),
            });
        let role = if calendar.owner == email && calendar.watchable {
            Role::Owner
        } else {
            Role::Reader
        };
        if calendar.access.insert(email.to_owned(), role).is_none() {
            self.google
                .lists
                .entry(email.to_owned())
                .or_default()
                .touch(id, false);
            self.announce_list(email);
        }
    }

    /// Takes a calendar away from everyone, or gives it back.
    pub(crate) fn set_visible(&mut self, id: &str, visible: bool) -> Result<(), WorldError> {
        let calendar = self.google.calendar_mut(id)?;
        calendar.visible = visible;
        for email in calendar.access.keys().cloned().collect::<Vec<_>>() {
            self.google
                .lists
                .entry(email.clone())
                .or_default()
                .touch(id, !visible);
            self.announce_list(&email);
        }
        Ok(())
    }
}
