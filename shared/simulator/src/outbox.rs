//! Messages that wait, are under way, or are done; what retries mean in time.

mod written;

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;

use crate::delivery::{Answer, Delivery, DeliveryView, Fate, Judgement, Provider};
use crate::microsoft::notify::kind;

/// Enough for a long demo; a soak must not grow without bound.
const REMEMBERED: usize = 10_000;

/// How many sent messages can be repeated.
const REPEATABLE: usize = 256;

/// How long a provider goes on trying.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) retry_first: SignedDuration,
    pub(crate) retry_longest: SignedDuration,
    pub(crate) retry_for: SignedDuration,
}

/// A message with its retry state.
#[derive(Debug)]
struct Letter {
    delivery: Delivery,
    first_attempt: Option<Timestamp>,
    last_attempt: Option<Timestamp>,
    /// Dropped, which wakes the other side, when the first attempt has an outcome of any kind.
    awaited: Option<oneshot::Sender<()>>,
}

/// All messages of the world.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    last_id: u64,
    waiting: BTreeMap<(Timestamp, u64), Letter>,
    in_flight: BTreeMap<u64, Letter>,
    views: BTreeMap<u64, DeliveryView>,
    sent: VecDeque<Delivery>,
}

impl Outbox {
    /// Takes a message in; the id in `delivery` is replaced by the one returned.
    pub(crate) fn post(
        &mut self,
        mut delivery: Delivery,
        due: Timestamp,
        awaited: Option<oneshot::Sender<()>>,
    ) -> u64 {
        let id = self.enter(&mut delivery, Fate::Waiting);
        let letter = Letter {
            delivery,
            first_attempt: None,
            last_attempt: None,
            awaited,
        };
        self.waiting.insert((due, id), letter);
        id
    }

    /// Remembers a message that a fault swallowed.
    pub(crate) fn drop_silently(&mut self, mut delivery: Delivery) {
        self.enter(&mut delivery, Fate::Dropped);
    }

    fn enter(&mut self, delivery: &mut Delivery, fate: Fate) -> u64 {
        self.last_id += 1;
        delivery.id = self.last_id;
        delivery.attempt = 0;
        self.look_on(delivery, fate);
        delivery.id
    }

    fn look_on(&mut self, delivery: &Delivery, fate: Fate) {
        let (state, number) = summary(delivery);
        let view = DeliveryView {
            id: delivery.id,
            channel_id: delivery.channel_id.clone(),
            calendar: delivery.calendar.clone(),
            state,
            number,
            url: delivery.url.clone(),
            attempts: delivery.attempt,
            status: None,
            fate,
        };
        self.views.insert(delivery.id, view);
        if self.views.len() > REMEMBERED {
            self.views.pop_first();
        }
    }

    /// What is due, at most `room` messages, oldest first.
    pub(crate) fn take_due(&mut self, now: Timestamp, room: usize) -> Vec<Delivery> {
        let mut due = Vec::new();
        while due.len() < room
            && let Some(entry) = self.waiting.first_entry()
            && entry.key().0 <= now
        {
            let mut letter = entry.remove();
            letter.first_attempt.get_or_insert(now);
            letter.last_attempt = Some(now);
            letter.delivery.attempt += 1;
            let delivery = letter.delivery.clone();
            self.show(delivery.id, |view| {
                view.attempts += 1;
                view.fate = Fate::InFlight;
            });
            self.sent.push_back(delivery.clone());
            if self.sent.len() > REPEATABLE {
                self.sent.pop_front();
            }
            self.in_flight.insert(delivery.id, letter);
            due.push(delivery);
        }
        due
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.waiting.first_key_value().map(|((due, _), _)| *due)
    }

    /// A message that is under way, and since when.
    pub(crate) fn under_way(&self, id: u64) -> Option<(&Delivery, Timestamp)> {
        let letter = self.in_flight.get(&id)?;
        Some((&letter.delivery, letter.last_attempt?))
    }

    /// Records an answer. A message that was not under way is none of our business.
    pub(crate) fn settle(
        &mut self,
        id: u64,
        (answer, judgement): (Answer, Judgement),
        now: Timestamp,
        patience: &Patience,
        jitter: f64,
    ) -> Option<Fate> {
        let mut letter = self.in_flight.remove(&id)?;
        letter.awaited = None;
        let first = letter.first_attempt.unwrap_or(now);
        let fate = match judgement {
            Judgement::Success => Fate::Delivered,
            Judgement::Retry if now.duration_since(first) < patience.retry_for => {
                let pause = pause(patience, letter.delivery.attempt).mul_f64(jitter);
                self.waiting.insert((now + pause, id), letter);
                Fate::Waiting
            }
            Judgement::Retry | Judgement::Final => Fate::Lost,
        };
        self.show(id, |view| {
            view.fate = fate;
            if let Answer::Status(status) = answer {
                view.status = Some(status);
            }
        });
        Some(fate)
    }

    /// Takes back the messages of a stopped channel that `keep` does not want.
    pub(crate) fn withdraw(&mut self, channel: &str, mut keep: impl FnMut() -> bool) {
        let of_channel = |letter: &Letter| letter.delivery.channel_id == channel;
        let keys: Vec<_> = self
            .waiting
            .iter()
            .filter(|(_, letter)| of_channel(letter))
            .map(|(key, _)| *key)
            .collect();
        for key in keys {
            if !keep() {
                self.waiting.remove(&key);
                self.show(key.1, |view| view.fate = Fate::Withdrawn);
            }
        }
    }

    /// The last message that was sent, of one channel or of any.
    pub(crate) fn last_sent(&self, channel: Option<&str>) -> Option<Delivery> {
        let is_of = |delivery: &Delivery, channel: &str| {
            delivery.channel_id == channel
                || delivery.subscriptions.iter().any(|one| one == channel)
        };
        let wanted = |delivery: &&Delivery| channel.is_none_or(|channel| is_of(delivery, channel));
        self.sent.iter().rev().find(wanted).cloned()
    }

    pub(crate) fn views(&self) -> Vec<DeliveryView> {
        self.views.values().cloned().collect()
    }

    fn show(&mut self, id: u64, change: impl FnOnce(&mut DeliveryView)) {
        if let Some(view) = self.views.get_mut(&id) {
            change(view);
        }
    }
}

/// The pause after the given attempt, without jitter.
fn pause(patience: &Patience, attempt: u32) -> SignedDuration {
    let doublings = attempt.saturating_sub(1).min(30);
    let pause = patience.retry_first.saturating_mul(1 << doublings);
    pause.min(patience.retry_longest)
}

/// What a message says, for those who look on: state and number, or kinds and count.
fn summary(delivery: &Delivery) -> (String, String) {
    match delivery.provider {
        Provider::Google => {
            let header = |name| delivery.header(name).unwrap_or_default().to_owned();
            (
                header("X-Goog-Resource-State"),
                header("X-Goog-Message-Number"),
            )
        }
        Provider::Microsoft => {
            let body: serde_json::Value =
                serde_json::from_slice(&delivery.body).unwrap_or_default();
            let items = body["value"].as_array().cloned().unwrap_or_default();
            let mut kinds: Vec<&str> = items.iter().map(kind).collect();
            kinds.sort_unstable();
            kinds.dedup();
            (kinds.join(","), items.len().to_string())
        }
    }
}
