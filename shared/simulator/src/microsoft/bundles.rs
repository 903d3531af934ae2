//! Notifications wait here, and leave together: what is due at once for one address is one POST.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::delivery::{Delivery, Provider};
use crate::microsoft::notify::host_of;
use crate::state::State;

/// One notification that waits.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Item {
    pub(crate) due: Timestamp,
    pub(crate) url: String,
    pub(crate) subscription: String,
    pub(crate) calendar: String,
    pub(crate) is_lifecycle: bool,
    /// Whether it has a POST to itself.
    pub(crate) is_alone: bool,
    pub(crate) value: Value,
}

impl State {
    /// Takes every message that is due, of both providers, at most `room` of them.
    pub(crate) fn take_due(&mut self, room: usize) -> Vec<Delivery> {
        self.pack();
        let now = self.time.now();
        self.outbox.take_due(now, room)
    }

    /// When the next message of either provider is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let waiting = self.microsoft.pending.iter();
        let free = waiting.filter(|item| !self.is_held(item));
        let packed = self.outbox.next_due();
        free.map(|item| item.due).chain(packed).min()
    }

    /// Puts what is due into messages.
    fn pack(&mut self) {
        self.give_up_held();
        let now = self.time.now();
        let all = std::mem::take(&mut self.microsoft.pending);
        let (mut due, waiting): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|item| item.due <= now && !self.is_held(item));
        self.microsoft.pending = waiting;
        due.sort_by_key(|item| item.due);

        let most = self.settings.graph.notifications_per_post.max(1);
        let mut bundles: Vec<Vec<Item>> = Vec::new();
        for item in due {
            let open = bundles.iter_mut().find(|bundle| {
                let fits = |other: &Item| other.url == item.url && !other.is_alone;
                bundle.len() < most && bundle.first().is_some_and(fits)
            });
            match open {
                Some(bundle) if !item.is_alone => bundle.push(item),
                _ => bundles.push(vec![item]),
            }
        }
        for items in bundles {
            let due = items.first().map_or(now, |item| item.due);
            self.outbox.post(bundle(&items), due, None);
        }
    }

    /// Nothing leaves while the access token behind a subscription is stale, if that is wanted.
    fn is_held(&self, item: &Item) -> bool {
        let now = self.time.now();
        let known = self.microsoft.subscriptions.get(&item.subscription);
        let is_stale = known.is_ok_and(|one| one.caller.expires <= now);
        self.settings.graph.pause_when_stale && is_stale && !item.is_lifecycle
    }

    fn give_up_held(&mut self) {
        let now = self.time.now();
        let patience = self.settings.graph.retry_for;
        let all = std::mem::take(&mut self.microsoft.pending);
        let (lost, kept): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|item| self.is_held(item) && now.duration_since(item.due) > patience);
        self.microsoft.pending = kept;
        for item in lost {
            let subscriptions = [item.subscription.clone()];
            self.outbox.drop_silently(bundle(&[item]));
            self.tell_missed(&subscriptions, now);
        }
    }
}

/// Notifications as one message.
pub(crate) fn bundle(items: &[Item]) -> Delivery {
    let url = items.first().map(|item| item.url.clone());
    let url = url.unwrap_or_default();
    let values: Vec<_> = items.iter().map(|item| &item.value).collect();
    let body = json!({ "value": values }).to_string().into_bytes();
    let headers = [
        ("Host", host_of(&url)),
        ("Content-Type", "application/json; charset=utf-8".to_owned()),
        ("Content-Length", body.len().to_string()),
    ];
    let mut subscriptions: Vec<String> = Vec::new();
    for item in items {
        if !subscriptions.contains(&item.subscription) {
            subscriptions.push(item.subscription.clone());
        }
    }
    Delivery {
        id: 0,
        provider: Provider::Microsoft,
        url,
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        body,
        attempt: 0,
        channel_id: subscriptions.first().cloned().unwrap_or_default(),
        subscriptions,
        calendar: items.first().map(|item| item.calendar.clone()),
    }
}
