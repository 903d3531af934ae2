//! The product, the simulated world and the bus together, and how to wait for what they do.

use std::time::Duration;

use anyhow::Context;
use app::Ambient;
use app::audit::Auditor;
use app::connect::Connector;
use app::watch::Watcher;
use aws::SdkConfig;
use aws::notifications::Notifications;
use aws::runs::Runs;
use aws::secrets::Secrets;
use aws::tap::Announcement;
use domain::{CalendarKey, EventId, OrganizationId, SubscriptionId};
use lambda::config::{ManageConfig, SyncConfig, WebhookConfig};
use simulator::{DeliveryView, Fate, Simulator};
use tokio::time::Instant;

use super::bus::Bus;
use super::show;
use super::stack::Stack;
use super::world::World;

/// How long a change may take to arrive. It takes a second; a busy machine needs more.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a state is looked at while it is waited for.
const GLANCE: Duration = Duration::from_millis(200);

/// The parts of calwatch that the demo uses itself; everything else runs in the functions.
#[derive(Debug)]
pub(super) struct Product {
    pub(super) ambient: Ambient,
    pub(super) connector: Connector,
    pub(super) watcher: Watcher,
    pub(super) auditor: Auditor,
    pub(super) runs: Runs,
    pub(super) notifications: Notifications,
    pub(super) secrets: Secrets,
}

/// A calendar that calwatch watches.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    /// What the demo calls it.
    pub(super) name: &'static str,
    /// What calwatch calls it.
    pub(super) key: CalendarKey,
    /// Its channel, unless Google refused one.
    pub(super) channel: Option<SubscriptionId>,
    /// Whether every event of it must be in the feed.
    pub(super) born_empty: bool,
}

/// The calendars of the demo.
#[derive(Clone, Debug)]
pub(super) struct Calendars {
    pub(super) ada: Calendar,
    pub(super) grace: Calendar,
    pub(super) launch: Calendar,
    pub(super) holidays: Calendar,
}

impl Calendars {
    pub(super) fn all(&self) -> [&Calendar; 4] {
        [&self.ada, &self.grace, &self.launch, &self.holidays]
    }
}

/// Everything.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) product: Product,
    pub(super) world: World,
    pub(super) bus: Bus,
    pub(super) organization: OrganizationId,
    /// When the demo began.
    pub(super) began: Instant,
}

impl Product {
    /// Connects to the services of a stack, with its functions' own settings.
    pub(super) fn connect(stack: &Stack, sdk: &SdkConfig) -> anyhow::Result<Self> {
        let lookup = |name: &str| stack.variable(name);
        let manage = ManageConfig::read(&lookup)?;
        let sync = SyncConfig::read(&lookup)?;
        let ambient = lambda::system();
        let receiver =
            lambda::connect_receiver(sdk, WebhookConfig::read(&lookup)?, ambient.clone());
        let syncer = lambda::connect_syncer(sdk, sync.clone(), ambient.clone())?.syncer;
        Ok(Self {
            connector: lambda::connect_connector(sdk, &manage, ambient.clone()),
            watcher: lambda::connect_watcher(sdk, manage, ambient.clone())?,
            auditor: lambda::connect_auditor(sdk, sync, &ambient)?,
            runs: syncer.runs,
            notifications: receiver.notifications,
            secrets: Secrets::new(sdk),
            ambient,
        })
    }
}

impl Scene {
    /// The simulated Google.
    pub(super) const fn google(&self) -> &Simulator {
        &self.world.google
    }

    /// Does something to one event in Google, waits for the change to arrive, and shows it.
    /// `act` answers with Google's id of the event, `name` is what the bus calls the change.
    pub(super) async fn change(
        &self,
        calendar: &Calendar,
        done: &str,
        name: &str,
        act: impl FnOnce(&Simulator) -> String,
    ) -> anyhow::Result<Announcement> {
        let before = self.last_heard(calendar);
        let began = Instant::now();
        let event = EventId::of(calendar.key.calendar, &act(self.google()));
        let said = self
            .hear(calendar, done, |said| {
                said.seq > before && said.name == name && said.event.as_ref() == Some(&event)
            })
            .await?;
        show::heard(done, &said, began.elapsed());
        Ok(said)
    }

    /// The number of the newest entry of this calendar that was heard.
    pub(super) fn last_heard(&self, calendar: &Calendar) -> u64 {
        self.bus.numbers(calendar.key).last().copied().unwrap_or(0)
    }

    /// Waits for an announcement about a calendar.
    pub(super) async fn hear(
        &self,
        calendar: &Calendar,
        what: &str,
        wanted: impl Fn(&Announcement) -> bool,
    ) -> anyhow::Result<Announcement> {
        let heard = self.bus.wait_for(calendar.key, PATIENCE, wanted).await;
        heard.with_context(|| {
            let seconds = PATIENCE.as_secs();
            format!("waited {seconds} seconds on the bus in vain for: {what}")
        })
    }

    /// Waits until these calendars owe nothing: every message of Google is answered, every hint
    /// was followed by a read, every entry is on the bus and was heard. `false` if that takes
    /// longer than `patience`.
    pub(super) async fn settle(
        &self,
        calendars: &[&Calendar],
        patience: Duration,
    ) -> anyhow::Result<bool> {
        let deadline = Instant::now() + patience;
        loop {
            if self.owes_nothing(calendars).await? {
                return Ok(true);
            }
            if Instant::now() >= deadline {
                return Ok(false);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    async fn owes_nothing(&self, calendars: &[&Calendar]) -> anyhow::Result<bool> {
        let all_answered = self.google().deliveries().iter().all(is_over);
        if !all_answered {
            return Ok(false);
        }
        for calendar in calendars {
            let watcher = &self.product.watcher;
            let (inbox, _) = watcher
                .inboxes
                .get(calendar.key)
                .await?
                .context("a calendar that was just watched has no inbox")?;
            // An echo repeats a read that found nothing; nobody waits for it.
            if inbox.is_dirty() && !inbox.only_echo_is_owed() {
                return Ok(false);
            }
            let feed = watcher
                .feeds
                .get(calendar.key)
                .await?
                .context("a calendar that was just watched has no feed")?;
            let heard = self.bus.numbers(calendar.key).len() as u64;
            if feed.published_seq < feed.last_seq || heard < feed.last_seq {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Waits for the last word on one of Google's messages.
    pub(super) async fn answered(&self, message: u64) -> anyhow::Result<DeliveryView> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut messages = self.google().deliveries().into_iter();
            let view = messages.find(|view| view.id == message);
            let view = view.context("the simulator forgot a message")?;
            if is_over(&view) || Instant::now() >= deadline {
                return Ok(view);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }
}

/// Whether nothing more will become of a message.
fn is_over(message: &DeliveryView) -> bool {
    match message.fate {
        Fate::Waiting | Fate::InFlight => false,
        Fate::Delivered | Fate::Lost | Fate::Dropped | Fate::Withdrawn => true,
    }
}
