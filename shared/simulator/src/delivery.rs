//! A message on its way to a callback URL, and what became of it.

use serde::{Deserialize, Serialize};

/// Who sends a message.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Google Calendar.
    Google,
    /// Microsoft Graph.
    Microsoft,
}

/// One attempt to deliver one message.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Delivery {
    /// The simulator's own number of the message; [`crate::Simulator::delivered`] wants it back.
    pub id: u64,
    /// Who sends it.
    pub provider: Provider,
    /// The callback address as it was registered.
    pub url: String,
    /// Every header, `Host` first, in the order and spelling seen on the wire.
    pub headers: Vec<(String, String)>,
    /// The body: always empty for Google, a batch of notifications for Microsoft.
    #[serde(with = "as_text")]
    pub body: Vec<u8>,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// The channel's id; for Microsoft, that of the first subscription.
    pub channel_id: String,
    /// Every subscription it has something for; none for Google.
    pub subscriptions: Vec<String>,
    /// The calendar it is about, the first one of a batch; none for a calendar list.
    pub calendar: Option<String>,
}

impl Delivery {
    /// The first value of a header, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// What the receiver of a message did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It answered with this status.
    Status(u16),
    /// It refused the connection, hung up or took too long.
    Nothing,
}

impl From<u16> for Answer {
    fn from(status: u16) -> Self {
        Self::Status(status)
    }
}

/// What the provider makes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    Success,
    Retry,
    Final,
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Not sent yet, or to be sent again.
    Waiting,
    /// Sent, without an answer so far.
    InFlight,
    /// The receiver accepted it.
    Delivered,
    /// The receiver refused it in a way that is not retried, or for too long.
    Lost,
    /// A fault swallowed it.
    Dropped,
    /// Its channel was stopped before it left.
    Withdrawn,
}

/// A message as `/control/deliveries` shows it.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct DeliveryView {
    /// The simulator's own number of the message.
    pub id: u64,
    /// The channel's id.
    pub channel_id: String,
    /// The calendar it is about; none for a calendar list.
    pub calendar: Option<String>,
    /// `X-Goog-Resource-State`, or the kinds of change and lifecycle event in a batch.
    pub state: String,
    /// `X-Goog-Message-Number`, or how many notifications are in a batch.
    pub number: String,
    /// The callback address.
    pub url: String,
    /// Attempts so far.
    pub attempts: u32,
    /// The last status the receiver answered.
    pub status: Option<u16>,
    /// Where it stands.
    pub fate: Fate,
}

/// A body is JSON, and is written as text.
mod as_text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(body: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&String::from_utf8_lossy(body))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        String::deserialize(from).map(String::into_bytes)
    }
}
