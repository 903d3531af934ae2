//! Messages to the sync function: ids only, versioned, read by this release and the next.
//!
//! Two queues: `interactive` for what somebody waits for, `bulk` for long work. Messages of one
//! organization share a group, so that a busy one does not hold up the others.

use aws_sdk_sqs::Client;
use domain::run::Reason;
use domain::{
    CalendarId, CalendarKey, ConnectionId, CorrelationId, OrganizationId, SubscriptionId,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Error, SdkConfig};

/// The queues.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    urls: Urls,
}

/// Where the queues are. A function that never sends to one leaves it empty.
#[derive(Clone, Debug, Default)]
pub struct Urls {
    /// What somebody waits for.
    pub interactive: String,
    /// Long work.
    pub bulk: String,
    /// Messages nobody could read.
    pub dead_letters: String,
}

/// Which queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// What somebody waits for.
    Interactive,
    /// Long work.
    Bulk,
}

/// What the sync function is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Read a calendar, if a read is owed.
    Sync {
        /// The calendar.
        key: CalendarKey,
        /// Why.
        reason: Reason,
        /// Ties it to what asked for it.
        correlation: CorrelationId,
    },
    /// Put a calendar's entries on the bus.
    Publish {
        /// The calendar.
        key: CalendarKey,
    },
    /// Stop a subscription that nobody wants.
    Stop {
        /// The subscription.
        subscription: SubscriptionId,
    },
    /// Resume the calendars of a connection whose grant was replaced.
    Recover(Recovery),
}

/// The calendars of a connection that are still to be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The tenant.
    pub organization: OrganizationId,
    /// The connection.
    pub connection: ConnectionId,
    /// When its grant was replaced.
    pub since: Timestamp,
    /// Calendars up to this one were looked at.
    pub after: Option<CalendarId>,
}

/// A message that this release does not understand.
#[derive(Debug)]
pub struct Unreadable;

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a queue message is not one that this release understands")
    }
}

impl std::error::Error for Unreadable {}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    /// If it is not one that this release understands. The cause is not kept: it could quote.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let message: MessageV1 = serde_json::from_str(text).map_err(|_| Unreadable)?;
        let key = |organization: &str, calendar: &str| {
            Ok::<_, Unreadable>(CalendarKey {
                organization: organization.parse().map_err(|_| Unreadable)?,
                calendar: calendar.parse().map_err(|_| Unreadable)?,
            })
        };
        match message {
            MessageV1::Sync {
                organization,
                calendar,
                reason,
                correlation,
                v: Version::One,
            } => Ok(Message::Sync {
                key: key(&organization, &calendar)?,
                reason: Reason::from_name(&reason).ok_or(Unreadable)?,
                correlation: correlation.parse().map_err(|_| Unreadable)?,
            }),
            MessageV1::Publish {
                organization,
                calendar,
                v: Version::One,
            } => Ok(Message::Publish {
                key: key(&organization, &calendar)?,
            }),
            MessageV1::Stop {
                subscription,
                v: Version::One,
            } => Ok(Message::Stop {
                subscription: subscription.parse().map_err(|_| Unreadable)?,
            }),
            MessageV1::Recover {
                organization,
                connection,
                since,
                after,
                v: Version::One,
            } => Ok(Message::Recover(Recovery {
                organization: organization.parse().map_err(|_| Unreadable)?,
                connection: connection.parse().map_err(|_| Unreadable)?,
                since,
                after: after
                    .map(|calendar| calendar.parse().map_err(|_| Unreadable))
                    .transpose()?,
            })),
        }
    }

    /// Writes a message.
    pub fn write(&self) -> String {
        let v = Version::One;
        let message = match self {
            Message::Sync {
                key,
                reason,
                correlation,
            } => MessageV1::Sync {
                v,
                organization: key.organization.to_string(),
                calendar: key.calendar.to_string(),
                reason: reason.name().to_owned(),
                correlation: correlation.to_string(),
            },
            Message::Publish { key } => MessageV1::Publish {
                v,
                organization: key.organization.to_string(),
                calendar: key.calendar.to_string(),
            },
            Message::Stop { subscription } => MessageV1::Stop {
                v,
                subscription: subscription.to_string(),
            },
            Message::Recover(recovery) => MessageV1::Recover {
                v,
                organization: recovery.organization.to_string(),
                connection: recovery.connection.to_string(),
                since: recovery.since,
                after: recovery.after.map(|calendar| calendar.to_string()),
            },
        };
        serde_json::to_string(&message).expect("texts can be written as JSON")
    }

    /// The group within which the queue is fair.
    fn group(&self) -> Option<String> {
        match self {
            Message::Sync { key, .. } | Message::Publish { key } => {
                Some(key.organization.to_string())
            }
            Message::Recover(recovery) => Some(recovery.organization.to_string()),
            Message::Stop { .. } => None,
        }
    }
}

#[derive(Serialize, Deserialize)]
enum Version {
    #[serde(rename = "1")]
    One,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum MessageV1 {
    Sync {
        v: Version,
        organization: String,
        calendar: String,
        reason: String,
        correlation: String,
    },
    Publish {
        v: Version,
        organization: String,
        calendar: String,
    },
    Stop {
        v: Version,
        subscription: String,
    },
    Recover {
        v: Version,
        organization: String,
        connection: String,
        since: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
}

impl Queue {
    /// These queues.
    pub fn new(config: &SdkConfig, urls: Urls) -> Self {
        Self {
            client: Client::new(config),
            urls,
        }
    }

    /// Sends a message, to be received after `delay` at the earliest.
    ///
    /// # Errors
    /// If the queue could not be asked.
    pub async fn send(
        &self,
        lane: Lane,
        message: &Message,
        delay: SignedDuration,
    ) -> Result<(), Error> {
        let url = match lane {
            Lane::Interactive => &self.urls.interactive,
            Lane::Bulk => &self.urls.bulk,
        };
        self.client
            .send_message()
            .queue_url(url)
            .message_body(message.write())
            .set_message_group_id(message.group())
            .set_delay_seconds(seconds(delay))
            .send()
            .await
            .map_err(Error::on("could not send a message"))?;
        Ok(())
    }

    /// Puts a message that nobody can read where a person will find it.
    ///
    /// # Errors
    /// If the queue could not be asked.
    pub async fn bury(&self, body: &str) -> Result<(), Error> {
        self.client
            .send_message()
            .queue_url(&self.urls.dead_letters)
            .message_body(body)
            .send()
            .await
            .map_err(Error::on("could not bury an unreadable message"))?;
        Ok(())
    }
}

/// Whole seconds, rounded up: a message must not arrive before its hold is over.
fn seconds(delay: SignedDuration) -> Option<i32> {
    let whole = delay.as_secs() + i64::from(delay.subsec_nanos() > 0);
    (whole > 0).then(|| i32::try_from(whole.min(900)).expect("at most 900"))
}
