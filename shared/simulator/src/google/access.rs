//! Who is calling, and what stands in the way before a method begins.

use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};

use crate::faults::Fault;
use crate::google::calendars::Role;
use crate::google::refusal::Refusal;
use crate::manner::Manner;
use crate::state::{State, Trouble};

/// What every Calendar scope begins with.
pub(crate) const SCOPE: &str = "https://www.googleapis.com/auth/";

/// Any one of these reads events and watches them.
pub(crate) const EVENTS: &[&str] = &[
    "calendar",
    "calendar.readonly",
    "calendar.events",
    "calendar.events.readonly",
    "calendar.events.owned",
    "calendar.events.owned.readonly",
    "calendar.events.freebusy",
    "calendar.events.public.readonly",
    "calendar.app.created",
];

/// Any one of these reads the calendar list and watches it.
pub(crate) const LIST: &[&str] = &[
    "calendar",
    "calendar.readonly",
    "calendar.calendarlist",
    "calendar.calendarlist.readonly",
];

/// Any one of these reads a calendar's own properties.
pub(crate) const CALENDAR: &[&str] = &[
    "calendar",
    "calendar.readonly",
    "calendar.app.created",
    "calendar.calendars",
    "calendar.calendars.readonly",
];

/// Whom an access token speaks for.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) email: String,
    /// The OAuth client, or the service account.
    pub(crate) client: String,
    pub(crate) is_service_account: bool,
    pub(crate) scopes: Vec<String>,
}

impl Caller {
    pub(crate) fn has_any(&self, scopes: &[&str]) -> bool {
        let short = self
            .scopes
            .iter()
            .filter_map(|scope| scope.strip_prefix(SCOPE));
        short.into_iter().any(|scope| scopes.contains(&scope))
    }
}

/// Lets a call in: token, faults and quota, scope.
pub(crate) fn admit(
    state: &mut State,
    headers: &HeaderMap,
    calendar: Option<&str>,
    scopes: &[&str],
    manner: &mut Manner,
) -> Result<(Caller, Option<String>), Refusal> {
    let caller = caller(state, headers)?;
    let calendar = calendar.map(|name| match name {
        "primary" => caller.email.clone(),
        name => name.to_owned(),
    });
    let place = calendar.as_deref();

    let (delay, trouble) = state.trouble(place);
    manner.delay = delay;
    match trouble {
        Some(Trouble::Down { status }) => return Err(Refusal::server_error(status)),
        Some(Trouble::Quota { turn, retry_after }) => {
            return Err(Refusal::rate_limit(turn, retry_after));
        }
        None => {}
    }
    if state.strikes(place, &Fault::UsageLimit) {
        return Err(Refusal::usage_limit());
    }
    if !caller.has_any(scopes) {
        return Err(Refusal::insufficient_permissions());
    }
    Ok((caller, calendar))
}

/// A calendar that exists for this caller; the role it has there.
pub(crate) fn role(state: &State, caller: &Caller, calendar: &str) -> Result<Role, Refusal> {
    let place = state
        .google
        .calendars
        .get(calendar)
        .filter(|place| place.visible);
    place
        .and_then(|place| place.access.get(&caller.email).copied())
        .ok_or_else(Refusal::not_found)
}

fn caller(state: &State, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let header = headers
        .get(header::AUTHORIZATION)
        .ok_or_else(Refusal::login_required)?;
    let token = header
        .to_str()
        .ok()
        .and_then(|value| value.strip_prefix("Bearer "));
    let token = token.ok_or_else(Refusal::invalid_credentials)?;
    let now = state.time.now();
    state
        .google
        .grants
        .caller(token, now)
        .ok_or_else(Refusal::invalid_credentials)
}
