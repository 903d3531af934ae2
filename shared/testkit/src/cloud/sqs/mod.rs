//! SQS: standard queues with all their bad habits, each of them on request.
//!
//! A standard queue delivers at least once and in any order. This one delivers once and in
//! order, until a test asks for a loss, a duplicate or another order.

mod message;
mod operations;
mod queue;

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::SignedDuration;

use super::clock::Clock;
use super::{ACCOUNT, Cloud, REGION, locked};

pub use message::{Message, MessageState};
use queue::Queue;

/// How a queue treats its messages.
#[derive(Clone, Debug)]
pub struct QueueSettings {
    /// How long a received message is hidden, unless the receiver says otherwise.
    pub visibility_timeout: SignedDuration,
    /// How long a new message is hidden, unless the sender says otherwise.
    pub delay: SignedDuration,
    /// The dead-letter queue, and after how many receives a message goes there.
    pub redrive: Option<(String, u32)>,
}

/// What AWS does unless told otherwise.
impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            visibility_timeout: SignedDuration::from_secs(30),
            delay: SignedDuration::ZERO,
            redrive: None,
        }
    }
}

#[derive(Debug)]
pub(super) struct Queues {
    clock: Clock,
    by_name: Mutex<BTreeMap<String, Queue>>,
}

impl Queues {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            by_name: Mutex::default(),
        }
    }

    fn with<T>(&self, name: &str, work: impl FnOnce(&mut Queue) -> T) -> T {
        let mut queues = locked(&self.by_name);
        match queues.get_mut(name) {
            Some(queue) => work(queue),
            None => panic!("there is no queue `{name}`"),
        }
    }
}

/// The URL of a queue.
fn url(name: &str) -> String {
    format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}")
}

/// The ARN of a queue.
pub(super) fn arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

impl Cloud {
    /// A new queue with AWS's own settings; returns its URL.
    pub fn create_queue(&self, name: &str) -> String {
        self.create_queue_with(name, QueueSettings::default())
    }

    /// A new queue; returns its URL.
    pub fn create_queue_with(&self, name: &str, settings: QueueSettings) -> String {
        let mut queues = locked(&self.inside.queues.by_name);
        queues.insert(name.to_owned(), Queue::new(name, settings));
        url(name)
    }

    /// The URL of a queue.
    pub fn queue_url(&self, name: &str) -> String {
        url(name)
    }

    /// All messages of a queue that nobody has deleted: visible, delayed and in flight.
    pub fn messages(&self, queue: &str) -> Vec<Message> {
        let now = self.now();
        self.inside.queues.with(queue, |it| it.all(now))
    }

    /// Receives a message as a consumer does, without a line in the call log.
    pub fn receive(&self, queue: &str) -> Option<Message> {
        let now = self.now();
        let mut queues = locked(&self.inside.queues.by_name);
        queue::receive(&mut queues, queue, now, None)
    }

    /// Deletes a received message, as its consumer does when it is done.
    pub fn delete(&self, queue: &str, message: &Message) {
        let receipt = message.receipt.as_deref().expect("a received message");
        self.inside.queues.with(queue, |it| it.delete(receipt));
    }

    /// Shows a received message again at once, as if its visibility timeout had passed.
    pub fn release(&self, queue: &str, message: &Message) {
        let receipt = message.receipt.as_deref().expect("a received message");
        let now = self.now();
        self.inside
            .queues
            .with(queue, |it| it.show_at(receipt, now, now));
    }

    /// The next message is accepted and never seen again.
    pub fn lose_next_message(&self, queue: &str) {
        self.inside.queues.with(queue, |it| it.losses += 1);
    }

    /// The next message is delivered twice.
    pub fn duplicate_next_message(&self, queue: &str) {
        self.inside.queues.with(queue, |it| it.duplicates += 1);
    }

    /// From now on, messages of this queue arrive in an order that depends on the seed.
    pub fn reorder_messages(&self, queue: &str, seed: u64) {
        self.inside.queues.with(queue, |it| it.reorder(seed));
    }
}
