//! One word for what each provider calls by its own.

use domain::Provider;
use simulator::{ChannelView, ResourceState, Settings};

use super::World;

impl World {
    /// How the provider is told that its notification was taken in.
    pub fn accepted(&self) -> u16 {
        match self.provider {
            Provider::Google => 200,
            Provider::Microsoft => 202,
        }
    }

    /// How a stranger is answered who speaks as the provider. Microsoft's hear what it hears
    /// itself: a batch may hold real notifications beside forged ones.
    pub fn refused(&self) -> u16 {
        match self.provider {
            Provider::Google => 401,
            Provider::Microsoft => 202,
        }
    }

    /// How the simulator counts requests for a page.
    pub fn page_endpoint(&self) -> &'static str {
        match self.provider {
            Provider::Google => "events.list",
            Provider::Microsoft => "graph.calendarView.delta",
        }
    }

    /// How many pages were asked for.
    pub fn pages_asked(&self) -> u64 {
        self.google.requests_to(self.page_endpoint())
    }

    /// How many events the provider was asked about by their names, alone or among others.
    pub fn look_ups(&self) -> u64 {
        self.google.requests_to(match self.provider {
            Provider::Google => "events.get",
            Provider::Microsoft => "graph.events.get",
        })
    }

    /// How many access tokens were asked for.
    pub fn tokens_asked(&self) -> u64 {
        self.google.requests_to(match self.provider {
            Provider::Google => "oauth.token",
            Provider::Microsoft => "entra.token",
        })
    }

    /// The provider's name for the n-th event that [`World::bulk`] added.
    pub fn bulk_id(&self, n: usize) -> String {
        match self.provider {
            Provider::Google => format!("bulk{n:08}"),
            Provider::Microsoft => {
                let named = self.truth().into_iter();
                let title = format!("Event {n}");
                let id = named
                    .filter(|event| event["subject"] == *title)
                    .find_map(|event| event["id"].as_str().map(str::to_owned));
                id.expect("an event of a bulk")
            }
        }
    }

    /// Every channel or subscription that was ever created for a calendar.
    pub fn watches_of(&self, calendar: &str) -> Vec<ChannelView> {
        let all = self.google.channels();
        all.into_iter()
            .filter(|it| it.calendar.as_deref() == Some(calendar))
            .collect()
    }

    /// The same for the main calendar.
    pub fn watches(&self) -> Vec<ChannelView> {
        self.watches_of(self.main())
    }

    /// Lets the provider say of the main calendar that something changed, although nothing did.
    pub fn notify_of_nothing(&self) {
        let watch = self.watches().remove(0);
        self.google
            .notify(&watch.id, ResourceState::Exists)
            .expect("a channel that exists");
    }
}

/// The same provider, which serves so few items a page.
pub fn pages_of(settings: Settings, items: usize) -> Settings {
    let mut settings = settings;
    settings.max_page_size = items;
    settings.graph.max_page_size = items;
    settings
}
