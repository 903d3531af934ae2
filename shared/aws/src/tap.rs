//! A listener on the bus, made the way product code makes one: a rule, and a queue it sends to.

use std::time::Duration;

use aws_sdk_eventbridge::types::Target;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::{CalendarId, EventId, OrganizationId};
use serde::Deserialize;

use crate::{Error, SdkConfig};

/// A rule on the bus and the queue behind it.
#[derive(Clone, Debug)]
pub struct Tap {
    bus: aws_sdk_eventbridge::Client,
    bus_name: String,
    rule: String,
    queue: aws_sdk_sqs::Client,
    queue_url: String,
}

/// What the bus said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// `calendar.event.created`, for example.
    pub name: String,
    /// The tenant.
    pub organization: OrganizationId,
    /// The calendar.
    pub calendar: CalendarId,
    /// The entry's number in the calendar's feed.
    pub seq: u64,
    /// The event, if it is about one.
    pub event: Option<EventId>,
    /// The event's part in a series, if it is about one.
    pub kind: Option<String>,
    /// The fields that changed.
    pub changed: Vec<String>,
}

impl Tap {
    /// Listens to everything that calwatch says from now on.
    ///
    /// # Errors
    /// If a service could not be asked.
    pub async fn open(config: &SdkConfig, bus_name: String, name: &str) -> Result<Self, Error> {
        let queue = aws_sdk_sqs::Client::new(config);
        let bus = aws_sdk_eventbridge::Client::new(config);
        let queue_url = queue
            .create_queue()
            .queue_name(name)
            .send()
            .await
            .map_err(Error::on("could not create a queue to listen with"))?
            .queue_url
            .ok_or(Error::bare("a new queue has no address"))?;
        let queue_arn = queue
            .get_queue_attributes()
            .queue_url(&queue_url)
            .attribute_names(QueueAttributeName::QueueArn)
            .send()
            .await
            .map_err(Error::on("could not look at a new queue"))?
            .attributes
            .and_then(|mut attributes| attributes.remove(&QueueAttributeName::QueueArn))
            .ok_or(Error::bare("a new queue has no name"))?;
        let rule_arn = bus
            .put_rule()
            .event_bus_name(&bus_name)
            .name(name)
            .event_pattern(r#"{"source":["calwatch"]}"#)
            .send()
            .await
            .map_err(Error::on("could not create a rule on the bus"))?
            .rule_arn
            .ok_or(Error::bare("a new rule has no name"))?;
        // Without it EventBridge drops what it can not deliver, and says nothing.
        let policy = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": "events.amazonaws.com" },
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
                "Condition": { "ArnEquals": { "aws:SourceArn": rule_arn } },
            }],
        });
        queue
            .set_queue_attributes()
            .queue_url(&queue_url)
            .attributes(QueueAttributeName::Policy, policy.to_string())
            .send()
            .await
            .map_err(Error::on("could not let the bus send to a queue"))?;
        let target = Target::builder()
            .id("queue")
            .arn(queue_arn)
            .build()
            .map_err(Error::on("could not name a queue to the bus"))?;
        let answer = bus
            .put_targets()
            .event_bus_name(&bus_name)
            .rule(name)
            .targets(target)
            .send()
            .await
            .map_err(Error::on("could not tie a queue to the bus"))?;
        if answer.failed_entry_count > 0 {
            return Err(Error::bare("the bus did not take a queue"));
        }
        Ok(Self {
            bus,
            bus_name,
            rule: name.to_owned(),
            queue,
            queue_url,
        })
    }

    /// What was said since, a few at a time; waits up to `patience` for the first. Like every
    /// reader of the bus, it can hear something twice, and in another order.
    ///
    /// # Errors
    /// If the queue could not be asked, or what was said can not be understood.
    pub async fn listen(&self, patience: Duration) -> Result<Vec<Announcement>, Error> {
        let messages = self
            .queue
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(10)
            .wait_time_seconds(i32::try_from(patience.as_secs().min(20)).expect("at most 20"))
            .send()
            .await
            .map_err(Error::on("could not listen to the bus"))?
            .messages
            .unwrap_or_default();
        let mut heard = Vec::with_capacity(messages.len());
        for message in messages {
            heard.extend(parse(message.body.as_deref().unwrap_or_default())?);
            self.queue
                .delete_message()
                .queue_url(&self.queue_url)
                .set_receipt_handle(message.receipt_handle)
                .send()
                .await
                .map_err(Error::on("could not forget what the bus said"))?;
        }
        Ok(heard)
    }

    /// Stops listening.
    ///
    /// # Errors
    /// If a service could not be asked.
    pub async fn close(self) -> Result<(), Error> {
        const WHAT: &str = "could not stop listening to the bus";
        self.bus
            .remove_targets()
            .event_bus_name(&self.bus_name)
            .rule(&self.rule)
            .ids("queue")
            .send()
            .await
            .map_err(Error::on(WHAT))?;
        self.bus
            .delete_rule()
            .event_bus_name(&self.bus_name)
            .name(&self.rule)
            .send()
            .await
            .map_err(Error::on(WHAT))?;
        self.queue
            .delete_queue()
            .queue_url(&self.queue_url)
            .send()
            .await
            .map_err(Error::on(WHAT))?;
        Ok(())
    }
}

/// Reads an event as EventBridge writes it; none if it is news of a calendar's state and not of what
/// is in it.
fn parse(body: &str) -> Result<Option<Announcement>, Error> {
    const WHAT: &str = "could not understand what the bus said";
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(rename = "detail-type")]
        detail_type: String,
        detail: serde_json::Value,
    }
    #[derive(Deserialize)]
    struct Detail {
        organization: String,
        calendar: String,
        seq: u64,
        event: Option<String>,
        kind: Option<String>,
        #[serde(default)]
        changed: Vec<String>,
    }
    let envelope: Envelope = serde_json::from_str(body).map_err(Error::on(WHAT))?;
    let name = envelope.detail_type;
    if !name.starts_with("calendar.event.") && name != "calendar.resynced" {
        return Ok(None);
    }
    let detail: Detail = serde_json::from_value(envelope.detail).map_err(Error::on(WHAT))?;
    let event = detail.event.map(|event| event.parse()).transpose();
    Ok(Some(Announcement {
        name,
        organization: detail.organization.parse().map_err(Error::on(WHAT))?,
        calendar: detail.calendar.parse().map_err(Error::on(WHAT))?,
        seq: detail.seq,
        event: event.map_err(Error::on(WHAT))?,
        kind: detail.kind,
        changed: detail.changed,
    }))
}

#[cfg(test)]
mod tests {
    use domain::change::{Change, What};
    use domain::{CalendarKey, CorrelationId};

    use super::*;

    #[test]
    fn what_the_bus_says_is_understood_by_a_listener() {
        let key = CalendarKey {
            organization: OrganizationId::from_bytes([1; 16]),
            calendar: CalendarId::from_bytes([2; 16]),
        };
        let entry = Change {
            seq: 7,
            at: jiff::Timestamp::UNIX_EPOCH,
            correlation: CorrelationId::from_bytes([3; 16]),
            what: What::Resynced,
        };
        let body = format!(
            r#"{{"version":"0","source":"calwatch","detail-type":"calendar.resynced","detail":{}}}"#,
            crate::bus::detail(key, &entry)
        );

        let heard = parse(&body).unwrap().unwrap();

        assert_eq!(heard.name, "calendar.resynced");
        assert_eq!(
            (heard.organization, heard.calendar),
            (key.organization, key.calendar)
        );
        assert_eq!((heard.seq, heard.event, heard.kind), (7, None, None));
    }

    #[test]
    fn something_else_on_the_queue_is_an_error() {
        assert!(parse("{}").is_err());
        let half = r#"{"detail-type":"calendar.resynced","detail":{"organization":"o"}}"#;
        assert!(parse(half).is_err());
    }

    #[test]
    fn news_of_a_calendars_state_is_not_an_entry_of_its_feed() {
        let news = r#"{"detail-type":"calendar.push_lost","detail":{"organization":"o"}}"#;

        assert_eq!(parse(news).unwrap(), None);
    }
}
