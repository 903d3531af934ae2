//! The parameters of `events.list`, and the rules between them.

use jiff::{SignedDuration, Timestamp};

use crate::google::refusal::Refusal;
use crate::seal::digest;

/// Not allowed beside a sync token.
const RESTRICTIONS: [&str; 8] = [
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
];

/// Those of them that this simulator does not know even without one.
const NOT_SIMULATED: [&str; 5] = [
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
];

/// They change how an answer is written, not what is in it.
const COSMETIC: [&str; 6] = ["quotaUser", "prettyPrint", "fields", "alt", "key", "userIp"];

/// Google refuses an `updatedMin` somewhere beyond four weeks.
const OLDEST_UPDATED_MIN: SignedDuration = SignedDuration::from_hours(24 * 28);

/// A read of a calendar's events, as asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ListQuery {
    pub(crate) max_results: Option<usize>,
    pub(crate) page_token: Option<String>,
    pub(crate) sync_token: Option<String>,
    pub(crate) show_deleted: bool,
    pub(crate) time_min: Option<Timestamp>,
    pub(crate) time_max: Option<Timestamp>,
    pub(crate) updated_min: Option<Timestamp>,
    pub(crate) event_types: Vec<String>,
    /// Stands for everything that must stay the same for the life of a sync token.
    pub(crate) round_parameters: u64,
    /// Stands for everything that must stay the same from page to page.
    pub(crate) page_parameters: u64,
}

/// A query that is refused, and whether a correct client could have sent it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BadQuery {
    pub(crate) refusal: Refusal,
    pub(crate) violation: Option<String>,
}

impl From<Refusal> for BadQuery {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            violation: None,
        }
    }
}

impl BadQuery {
    pub(crate) fn violating(refusal: Refusal, what: impl Into<String>) -> Self {
        Self {
            refusal,
            violation: Some(what.into()),
        }
    }
}

impl ListQuery {
    pub(crate) fn parse(raw: &str, now: Timestamp) -> Result<Self, BadQuery> {
        let mut pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(raw).map_err(|_| Refusal::bad_request("Bad Request"))?;
        pairs.retain(|(name, _)| !COSMETIC.contains(&name.as_str()));
        pairs.sort();
        let first = |wanted: &str| {
            pairs
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.clone())
        };
        let sync_token = first("syncToken");
        check(&pairs, sync_token.is_some())?;

        let time = |name: &str| match first(name) {
            None => Ok(None),
            Some(text) => text
                .parse()
                .map(Some)
                .map_err(|_| Refusal::invalid_parameter(name)),
        };
        let query = Self {
            max_results: match first("maxResults").map(|text| text.parse::<usize>()) {
                None => None,
                Some(Ok(count)) if count > 0 => Some(count),
                Some(_) => return Err(Refusal::invalid_parameter("maxResults").into()),
            },
            page_token: first("pageToken"),
            show_deleted: first("showDeleted").is_some_and(|value| value == "true"),
            time_min: time("timeMin")?,
            time_max: time("timeMax")?,
            updated_min: time("updatedMin")?,
            event_types: pairs
                .iter()
                .filter(|(name, _)| name == "eventTypes")
                .map(|(_, value)| value.clone())
                .collect(),
            round_parameters: fingerprint(&pairs, |name| {
                RESTRICTIONS.contains(&name)
                    || ["maxResults", "pageToken", "syncToken"].contains(&name)
            }),
            page_parameters: fingerprint(&pairs, |name| name == "pageToken"),
            sync_token,
        };
        if let (Some(min), Some(max)) = (query.time_min, query.time_max)
            && min >= max
        {
            return Err(Refusal::time_range_empty().into());
        }
        if query
            .updated_min
            .is_some_and(|min| min < now - OLDEST_UPDATED_MIN)
        {
            return Err(Refusal::updated_min_too_long_ago().into());
        }
        Ok(query)
    }
}

fn check(pairs: &[(String, String)], has_sync_token: bool) -> Result<(), BadQuery> {
    for (name, value) in pairs {
        let is_restriction = RESTRICTIONS.contains(&name.as_str());
        let hides_deleted = name == "showDeleted" && value == "false";
        if has_sync_token && (is_restriction || hides_deleted) {
            let what = format!("{name} beside a syncToken");
            return Err(BadQuery::violating(
                Refusal::sync_token_with_restrictions(),
                what,
            ));
        }
        if NOT_SIMULATED.contains(&name.as_str()) || (name == "singleEvents" && value == "true") {
            let message = format!("The simulator does not know {name}={value}");
            return Err(Refusal::bad_request(&message).into());
        }
    }
    Ok(())
}

/// One number for all parameters but some. A default that is spelled out counts as left out.
fn fingerprint(pairs: &[(String, String)], is_free: impl Fn(&str) -> bool) -> u64 {
    let is_default = |name: &str, value: &str| {
        value == "false" && ["showDeleted", "singleEvents"].contains(&name)
    };
    let bound = pairs
        .iter()
        .filter(|(name, value)| !is_free(name) && !is_default(name, value));
    digest(
        &bound
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect::<String>(),
    )
}
