//! The parameters of `calendarView/delta`: a window, or a token, and nothing else.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::microsoft::cursors::{Kind, Window};
use crate::microsoft::refusal::Refusal;

/// How far a window may reach, as quoted for the real service.
const LONGEST_DAYS: i64 = 1_825;

/// A read of a calendar view, as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeltaQuery {
    pub(crate) start: Start,
}

/// Where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// A first round over a window.
    Window(Window),
    /// A first round over the window of before: an empty `$deltatoken`.
    Again,
    Token(Kind, String),
}

impl DeltaQuery {
    pub(crate) fn parse(raw: &str) -> Result<Self, Refusal> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(raw)
            .map_err(|_| Refusal::bad_request("The query could not be read."))?;
        let (mut from, mut to) = (None, None);
        let mut token = None;
        for (name, value) in pairs {
            match name.to_ascii_lowercase().as_str() {
                "startdatetime" => from = Some(instant(&value)?),
                "enddatetime" => to = Some(instant(&value)?),
                "$skiptoken" => token = Some((Kind::Skip, value)),
                "$deltatoken" => token = Some((Kind::Delta, value)),
                _ => return Err(Refusal::not_with_delta()),
            }
        }
        let start = match (token, from, to) {
            (Some((Kind::Delta, token)), None, None) if token.is_empty() => Start::Again,
            (Some((kind, token)), None, None) => Start::Token(kind, token),
            (None, Some(from), Some(to)) => Start::Window(checked(from, to)?),
            (None, _, _) => return Err(Refusal::no_window()),
            (Some(_), _, _) => return Err(Refusal::not_with_delta()),
        };
        Ok(Self { start })
    }
}

fn checked(from: Timestamp, to: Timestamp) -> Result<Window, Refusal> {
    if from >= to {
        let message = "The end time must be after the start time.";
        return Err(Refusal::new(400, "ErrorInvalidTimeInterval", message));
    }
    if to.duration_since(from).as_hours() > LONGEST_DAYS * 24 {
        let message = format!(
            "The requested time duration between start and end is over {LONGEST_DAYS} days."
        );
        return Err(Refusal::new(400, "ErrorCalendarViewRangeTooBig", &message));
    }
    Ok((from, to))
}

/// With an offset, or in UTC without one.
fn instant(text: &str) -> Result<Timestamp, Refusal> {
    let civil = || {
        let at: DateTime = text.parse().ok()?;
        TimeZone::UTC.to_ambiguous_timestamp(at).compatible().ok()
    };
    let at = text.parse().ok().or_else(civil);
    at.ok_or_else(|| {
        let message = format!("The date '{text}' is not valid.");
        Refusal::new(400, "ErrorInvalidParameter", &message)
    })
}
