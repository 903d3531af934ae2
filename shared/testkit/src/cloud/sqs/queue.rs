//! One queue: who may see which message when.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::super::order::Sequence;
use super::message::{Message, MessageState};
use super::{QueueSettings, arn};

#[derive(Debug)]
pub(super) struct Queue {
    pub(super) name: String,
    pub(super) settings: QueueSettings,
    pub(super) losses: usize,
    pub(super) duplicates: usize,
    messages: Vec<Message>,
    order: Option<Sequence>,
    sent: u64,
    received: u64,
}

/// What a sender decides about its message.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) body: String,
    pub(super) group: Option<String>,
    pub(super) attributes: Value,
    pub(super) delay: Option<SignedDuration>,
}

impl Queue {
    pub(super) fn new(name: &str, settings: QueueSettings) -> Self {
        Self {
            name: name.to_owned(),
            settings,
            losses: 0,
            duplicates: 0,
            messages: Vec::new(),
            order: None,
            sent: 0,
            received: 0,
        }
    }

    /// Takes a message in, or only seems to; the id is what the sender learns either way.
    pub(super) fn send(&mut self, sent: Sent, now: Timestamp) -> String {
        self.sent += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.sent);
        if self.losses > 0 {
            self.losses -= 1;
            return id;
        }
        let copies = match self.duplicates > 0 {
            true => 2,
            false => 1,
        };
        self.duplicates = self.duplicates.saturating_sub(1);
        let message = Message {
            id: id.clone(),
            body: sent.body,
            group: sent.group,
            attributes: sent.attributes,
            sent_at: now,
            visible_at: now + sent.delay.unwrap_or(self.settings.delay),
            receives: 0,
            receipt: None,
            state: MessageState::Visible,
            queue_arn: arn(&self.name),
        };
        self.messages.extend(std::iter::repeat_n(message, copies));
        id
    }

    pub(super) fn all(&self, now: Timestamp) -> Vec<Message> {
        let mut all = self.messages.clone();
        for message in &mut all {
            message.state = state(message, now);
        }
        all
    }

    pub(super) fn reorder(&mut self, seed: u64) {
        self.order = Some(Sequence::new(seed));
    }

    /// A receipt of an earlier receive deletes nothing, and SQS does not say so.
    pub(super) fn delete(&mut self, receipt: &str) {
        self.messages
            .retain(|it| it.receipt.as_deref() != Some(receipt));
    }

    /// Moves the end of the visibility timeout; false if nobody has the message in flight.
    pub(super) fn show_at(&mut self, receipt: &str, at: Timestamp, now: Timestamp) -> bool {
        let in_flight = |it: &&mut Message| {
            it.receipt.as_deref() == Some(receipt) && state(it, now) == MessageState::InFlight
        };
        let Some(message) = self.messages.iter_mut().find(in_flight) else {
            return false;
        };
        message.visible_at = at;
        true
    }

    pub(super) fn purge(&mut self) {
        self.messages.clear();
    }

    /// The place of the message that comes next.
    fn next(&mut self, now: Timestamp) -> Option<usize> {
        let visible = |it: &Message| state(it, now) == MessageState::Visible;
        let places = self.messages.iter().enumerate();
        let places = places.filter(|(_, it)| visible(it)).map(|(place, _)| place);
        let places: Vec<usize> = places.collect();
        match (&mut self.order, places.len()) {
            (_, 0) => None,
            (None, _) => Some(places[0]),
            (Some(order), count) => Some(places[order.below(count)]),
        }
    }
}

/// Receives one message; one that was received too often goes to the dead-letter queue instead.
pub(super) fn receive(
    queues: &mut BTreeMap<String, Queue>,
    name: &str,
    now: Timestamp,
    visibility: Option<SignedDuration>,
) -> Option<Message> {
    loop {
        let queue = queues.get_mut(name)?;
        let place = queue.next(now)?;
        let dead_letters = queue.settings.redrive.clone();
        if let Some((dead_letters, most)) = dead_letters
            && queue.messages[place].receives >= most
        {
            let mut message = queue.messages.remove(place);
            message.receipt = None;
            message.queue_arn = arn(&dead_letters);
            let Some(target) = queues.get_mut(&dead_letters) else {
                panic!("there is no dead-letter queue `{dead_letters}`");
            };
            target.messages.push(message);
            continue;
        }
        queue.received += 1;
        let receipt = format!("{name}#{}", queue.received);
        let visibility = visibility.unwrap_or(queue.settings.visibility_timeout);
        let message = &mut queue.messages[place];
        message.receives += 1;
        message.receipt = Some(receipt);
        message.visible_at = now + visibility;
        let mut received = message.clone();
        received.state = MessageState::InFlight;
        return Some(received);
    }
}

fn state(message: &Message, now: Timestamp) -> MessageState {
    match (message.visible_at > now, &message.receipt) {
        (false, _) => MessageState::Visible,
        (true, None) => MessageState::Delayed,
        (true, Some(_)) => MessageState::InFlight,
    }
}
