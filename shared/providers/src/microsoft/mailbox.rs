//! A calendar's name at Graph: `users/{object id}`, or `users/{object id}/calendars/{id}`.

use crate::calendar::ReadError;
use crate::request::segment;

/// The two parts of a calendar's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mailbox<'a> {
    user: &'a str,
    /// None is the mailbox's default calendar.
    calendar: Option<&'a str>,
}

fn read(external_id: &str) -> Option<Mailbox<'_>> {
    let rest = external_id.strip_prefix("users/")?;
    let (user, calendar) = match rest.split_once('/') {
        None => (rest, None),
        Some((user, rest)) => (user, Some(rest.strip_prefix("calendars/")?)),
    };
    let is_name = |name: &str| !name.is_empty() && !name.contains('/');
    (is_name(user) && calendar.is_none_or(is_name)).then_some(Mailbox { user, calendar })
}

/// The user whose mailbox a calendar lies in, in one spelling.
pub(crate) fn mailbox_of(external_id: &str) -> Option<String> {
    read(external_id).map(|mailbox| mailbox.user.to_ascii_lowercase())
}

/// The path of a calendar, below the version.
pub(super) fn path(external_id: &str) -> Result<String, ReadError> {
    let mailbox = read(external_id).ok_or_else(unknown)?;
    let user = segment(mailbox.user)?;
    match mailbox.calendar {
        None => Ok(format!("users/{user}")),
        Some(calendar) => Ok(format!("users/{user}/calendars/{}", segment(calendar)?)),
    }
}

/// The path below which a calendar's events are found one by one.
///
/// Below the mailbox, an event of any of its calendars is found: one that was dragged elsewhere
/// would seem to be where it was.
pub(super) fn path_of_events(external_id: &str) -> Result<String, ReadError> {
    let path = path(external_id)?;
    Ok(
        match read(external_id).and_then(|mailbox| mailbox.calendar) {
            None => format!("{path}/calendar/events"),
            Some(_) => format!("{path}/events"),
        },
    )
}

/// What a subscription to a calendar's events is asked for with: always in the same spelling, since
/// Graph recognises a duplicate by it.
///
/// It is not escaped, as no example of Graph's is, so what would have to be is not a name.
pub(super) fn resource(external_id: &str) -> Result<String, ReadError> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !br"?#%\".contains(&byte);
    let mailbox = read(external_id)
        .filter(|_| external_id.bytes().all(is_plain))
        .filter(|_| path(external_id).is_ok())
        .ok_or_else(unknown)?;
    let user = mailbox.user.to_ascii_lowercase();
    Ok(match mailbox.calendar {
        None => format!("users/{user}/events"),
        Some(calendar) => format!("users/{user}/calendars/{calendar}/events"),
    })
}

fn unknown() -> ReadError {
    ReadError::refused("a Microsoft calendar is named users/{id} or users/{id}/calendars/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_is_named_by_its_user_and_itself() {
        assert_eq!(path("users/A-1").unwrap(), "users/A-1");
        assert_eq!(
            path("users/a/calendars/AQ==").unwrap(),
            "users/a/calendars/AQ%3D%3D"
        );
        assert_eq!(resource("users/A-1").unwrap(), "users/a-1/events");
        assert_eq!(
            resource("users/A/calendars/AbC=").unwrap(),
            "users/a/calendars/AbC=/events"
        );
        assert_eq!(mailbox_of("users/A-1/calendars/x").as_deref(), Some("a-1"));
    }

    #[test]
    fn anything_else_is_not_a_calendar() {
        for name in [
            "",
            "users/",
            "users//calendars/a",
            "users/a/",
            "users/a/calendars/",
            "users/a/calendars/b/c",
            "users/a/events",
            "users/../calendars/..",
            "me",
            "amelia@contoso.example",
        ] {
            assert!(path(name).is_err(), "{name}");
            assert!(resource(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_name_that_would_have_to_be_escaped_can_not_be_subscribed_to() {
        for name in [
            "users/a?$filter=x",
            "users/a#",
            "users/a/calendars/b%2Fc",
            "users/a\\..",
            "users/a b",
            "users/a\n",
            "users/..",
        ] {
            assert!(resource(name).is_err(), "{name}");
        }
    }
}
