//! Google's notifications as API Gateway hands them on, each with a number of its own.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::token::{Claims, Key, Keyring, Target};
use domain::{CalendarId, OrganizationId, SubscriptionId};
use jiff::Timestamp;
use serde_json::{Value, json};

const EXISTS: &str = include_str!("../../../events/google-webhook/exists.json");

/// The one key of this installation.
const KEY: &str = "a key of this bench, and of nothing else";

/// Whom they speak for; the names in `exists.json`, except for the calendar, which it hides.
pub(crate) const ORGANIZATION: &str = "org_01JCBK7Q2M5T8XW0E4N9R6V3ZA";
pub(crate) const CALENDAR: &str = "cal_01JCBK7Q2M5T8XW0E4N9R6V3ZC";
pub(crate) const SUBSCRIPTION: &str = "sub_01JCBK7Q2M5T8XW0E4N9R6V3ZD";
pub(crate) const RESOURCE: &str = "ret08u3rv24htgh289g1kk2mzq0";

/// Makes notifications.
pub(crate) struct Notifications {
    event: Value,
    number: u64,
}

impl Notifications {
    /// None was made yet.
    pub(crate) fn new() -> Self {
        let mut event: Value = serde_json::from_str(EXISTS).expect("events are JSON");
        event["headers"]["x-goog-channel-token"] = json!(token());
        Self { event, number: 1 }
    }

    /// One that nobody has seen.
    pub(crate) fn authentic(&mut self) -> Bytes {
        self.number += 1;
        self.event["headers"]["x-goog-message-number"] = json!(self.number.to_string());
        self.event.to_string().into()
    }

    /// One with a token of the right shape that another key signed.
    pub(crate) fn forged() -> Bytes {
        Bytes::from_static(EXISTS.as_bytes())
    }
}

/// The secret with our keys, as Secrets Manager holds it.
pub(crate) fn keys() -> String {
    json!({ "signing": 1, "1": KEY }).to_string()
}

fn token() -> String {
    let organization: OrganizationId = ORGANIZATION.parse().expect("an organization");
    let calendar: CalendarId = CALENDAR.parse().expect("a calendar");
    let subscription: SubscriptionId = SUBSCRIPTION.parse().expect("a subscription");
    let key = Key::new(KEY.as_bytes().to_vec()).expect("a key that is long enough");
    let keyring = Keyring::new(BTreeMap::from([(1, key)]), 1).expect("a key that signs");
    let claims = Claims {
        organization,
        target: Target::Calendar(calendar),
        subscription,
    };
    keyring.mint(&claims, Timestamp::UNIX_EPOCH).0
}
