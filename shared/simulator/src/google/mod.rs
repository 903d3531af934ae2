//! Google Calendar: its API under `/calendar/v3`, its token endpoint, its messages.

pub(crate) mod access;
pub(crate) mod calendar_list;
pub(crate) mod calendars;
pub(crate) mod channels;
pub(crate) mod cursors;
pub(crate) mod events;
pub(crate) mod grants;
pub(crate) mod items;
pub(crate) mod list;
pub(crate) mod notify;
pub(crate) mod occurrences;
pub(crate) mod query;
pub(crate) mod refusal;
pub(crate) mod render;
pub(crate) mod reply;
pub(crate) mod service_accounts;
pub(crate) mod stop;
pub(crate) mod token_endpoint;
pub(crate) mod watch;

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};

use crate::simulator::Simulator;
use crate::world::WorldError;

/// Google's part of the world.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Google {
    pub(crate) grants: grants::Grants,
    pub(crate) service_accounts: service_accounts::ServiceAccounts,
    pub(crate) calendars: BTreeMap<String, calendars::Calendar>,
    pub(crate) lists: BTreeMap<String, calendar_list::CalendarList>,
    /// Stopped and expired ones stay, since an id is never free again.
    pub(crate) channels: BTreeMap<String, channels::Channel>,
}

impl Google {
    pub(crate) fn calendar(&self, id: &str) -> Result<&calendars::Calendar, WorldError> {
        self.calendars
            .get(id)
            .ok_or_else(|| WorldError::unknown("calendar", id))
    }

    pub(crate) fn calendar_mut(
        &mut self,
        id: &str,
    ) -> Result<&mut calendars::Calendar, WorldError> {
        self.calendars
            .get_mut(id)
            .ok_or_else(|| WorldError::unknown("calendar", id))
    }
}

/// The endpoints of Google's API description that are simulated.
pub(crate) fn router() -> Router<Simulator> {
    Router::new()
        .route("/calendar/v3/calendars/{calendar}", get(list::calendar))
        .route(
            "/calendar/v3/calendars/{calendar}/events",
            get(list::events),
        )
        .route(
            "/calendar/v3/calendars/{calendar}/events/{event}",
            get(list::event),
        )
        .route(
            "/calendar/v3/calendars/{calendar}/events/watch",
            post(watch::events),
        )
        .route(
            "/calendar/v3/users/me/calendarList",
            get(calendar_list::list),
        )
        .route(
            "/calendar/v3/users/me/calendarList/watch",
            post(watch::calendar_list),
        )
        .route("/calendar/v3/channels/stop", post(stop::stop))
        .route("/token", post(token_endpoint::token))
        .route("/revoke", post(token_endpoint::revoke))
}
