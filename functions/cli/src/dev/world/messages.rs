//! What the providers told the product, message by message.

use domain::Provider;
use domain::SubscriptionId;
use domain::callback::Callback;
use simulator::{ChannelView, DeliveryView, Fate};

use super::World;

/// A message of a provider.
#[derive(Debug)]
pub(crate) struct Message {
    /// Who sent it.
    pub(crate) provider: Provider,
    /// How many notifications are in it: one of Google's, any number of Graph's.
    pub(crate) notifications: u64,
    /// What became of it.
    pub(crate) view: DeliveryView,
}

impl Message {
    /// Whether nothing more will become of it.
    pub(crate) const fn is_over(&self) -> bool {
        match self.view.fate {
            Fate::Waiting | Fate::InFlight => false,
            Fate::Delivered | Fate::Lost | Fate::Dropped | Fate::Withdrawn => true,
        }
    }

    /// Whether it was answered as forgeries are. Google is told; Graph would repeat all of a message
    /// for the sake of one, so it is not.
    pub(crate) fn is_refused(&self) -> bool {
        let refusal = match self.provider {
            Provider::Google => 401,
            Provider::Microsoft => 202,
        };
        self.view.status == Some(refusal)
    }

    /// Whether its provider believes that the product has it.
    pub(crate) fn is_accepted(&self) -> bool {
        self.view.fate == Fate::Delivered
    }
}

impl World {
    /// Every message so far.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let views = self.simulator.deliveries().into_iter();
        views.map(|view| self.message(view)).collect()
    }

    /// Whether every change was told, and every message has its last answer.
    pub(crate) fn is_all_told(&self) -> bool {
        // What Graph has not put into a message yet is only due.
        self.simulator.next_delivery_due().is_none() && self.messages().iter().all(Message::is_over)
    }

    /// What the provider calls the channel or subscription that we know by this name.
    pub(crate) fn channel(&self, subscription: SubscriptionId) -> Option<ChannelView> {
        let ours = subscription.to_string();
        let mut channels = self.simulator.channels().into_iter();
        channels.find(|channel| {
            let address = Callback::read(&self.webhook_domain, &channel.address);
            let named = address.and_then(|address| address.subscription);
            channel.id == ours || named == Some(subscription)
        })
    }

    fn message(&self, view: DeliveryView) -> Message {
        let address = Callback::read(&self.webhook_domain, &view.url);
        let provider = address.map_or(Provider::Google, |address| address.provider);
        let notifications = match provider {
            Provider::Google => 1,
            Provider::Microsoft => view.number.parse().unwrap_or(0),
        };
        Message {
            provider,
            notifications,
            view,
        }
    }
}
