//! Identifiers: prefixed, typed, so that one kind can not be passed for another.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use ulid::Ulid;

/// A text that is not an identifier of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidId {
    expected: &'static str,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not an identifier of the form {}… followed by 26 characters",
            self.expected
        )
    }
}

impl std::error::Error for InvalidId {}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Ulid);

        impl $name {
            /// What every identifier of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            /// The identifier with this number.
            pub const fn new(ulid: Ulid) -> Self {
                Self(ulid)
            }

            /// When it was made.
            pub fn made_at(self) -> jiff::Timestamp {
                let millis = i64::try_from(self.0.timestamp_ms()).unwrap_or(i64::MAX);
                jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX)
            }

            /// The 16 bytes behind the text.
            pub fn to_bytes(self) -> [u8; 16] {
                self.0.to_bytes()
            }

            /// The identifier with these 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Ulid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = InvalidId { expected: $prefix };
                let ulid: Ulid = text
                    .strip_prefix($prefix)
                    .filter(|rest| rest.len() == 26)
                    .and_then(|rest| rest.parse().ok())
                    .ok_or(invalid.clone())?;
                // Only the canonical spelling is accepted: two texts must never name one thing.
                let id = Self(ulid);
                if id.to_string() == text { Ok(id) } else { Err(invalid) }
            }
        }
    };
}

id!(
    /// A tenant: owns everything below it.
    OrganizationId, "org_"
);
id!(
    /// One grant at one provider.
    ConnectionId, "con_"
);
id!(
    /// One external calendar of a connection that is watched.
    CalendarId, "cal_"
);
id!(
    /// One Google channel or Graph subscription. For Google it is the channel id as well.
    SubscriptionId, "sub_"
);
id!(
    /// One incremental read of a calendar.
    RunId, "run_"
);
id!(
    /// A key of the management API.
    ApiKeyId, "key_"
);
id!(
    /// Ties a notification, its message, run, changes and bus events together.
    CorrelationId, "cor_"
);

/// A calendar and the organization that owns it; nothing is ever looked up by the calendar alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CalendarKey {
    /// The owner.
    pub organization: OrganizationId,
    /// The calendar.
    pub calendar: CalendarId,
}

impl fmt::Display for CalendarKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.organization, self.calendar)
    }
}

impl FromStr for CalendarKey {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (organization, calendar) = text.split_once('/').ok_or(InvalidId {
            expected: "org_…/cal_",
        })?;
        Ok(Self {
            organization: organization.parse()?,
            calendar: calendar.parse()?,
        })
    }
}

/// A mirrored event: `evt_` and 26 characters of a hash of calendar and provider id, so that the
/// same event of the same calendar has the same identifier wherever it is computed.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(String);

impl EventId {
    /// What every event identifier starts with.
    pub const PREFIX: &'static str = "evt_";

    /// The identifier of the event that the provider calls `provider_id` in this calendar.
    pub fn of(calendar: CalendarId, provider_id: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(calendar.to_bytes());
        hash.update(provider_id.as_bytes());
        let text = BASE32_NOPAD.encode(&hash.finalize());
        Self(format!("{}{}", Self::PREFIX, &text[..26]))
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EventId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let valid = text.strip_prefix(Self::PREFIX).is_some_and(|rest| {
            rest.len() == 26
                && rest
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b))
        });
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId {
                expected: Self::PREFIX,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_of_another_kind_does_not_parse() {
        let calendar = CalendarId::new(Ulid::from_bytes([7; 16]));

        assert_eq!(calendar.to_string().parse(), Ok(calendar));
        assert!(calendar.to_string().parse::<OrganizationId>().is_err());
    }

    #[test]
    fn only_the_canonical_spelling_parses() {
        let text = CalendarId::new(Ulid::from_bytes([7; 16])).to_string();

        assert!(text.to_lowercase().parse::<CalendarId>().is_err());
        assert!(format!("{text}0").parse::<CalendarId>().is_err());
        assert!("cal_".parse::<CalendarId>().is_err());
    }

    #[test]
    fn an_event_has_one_identifier_per_calendar() {
        let one = CalendarId::from_bytes([1; 16]);
        let other = CalendarId::from_bytes([2; 16]);

        assert_eq!(EventId::of(one, "abc"), EventId::of(one, "abc"));
        assert_ne!(EventId::of(one, "abc"), EventId::of(other, "abc"));
        assert_eq!(EventId::of(one, "abc").as_str().len(), 30);
        let id = EventId::of(one, "abc");
        assert_eq!(id.as_str().parse(), Ok(id));
    }
}
