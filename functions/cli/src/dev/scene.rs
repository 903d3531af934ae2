//! The product, the simulated world and the bus together, and how to wait for what they do.

use std::time::Duration;

use anyhow::Context;
use app::Ambient;
use app::audit::Auditor;
use app::connect::Connector;
use app::watch::{Watched, Watcher};
use aws::SdkConfig;
use aws::notifications::Notifications;
use aws::runs::Runs;
use aws::secrets::Secrets;
use aws::tap::Announcement;
use domain::inbox::{Inbox, Source};
use domain::{CalendarKey, EventId, OrganizationId};
use lambda::config::{ManageConfig, SyncConfig, WebhookConfig};
use tokio::time::Instant;

use super::bus::Bus;
use super::pair::Pair;
use super::show;
use super::stack::Stack;
use super::world::{Message, World};

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
    /// What the demo calls it, with its provider.
    pub(super) name: String,
    /// What calwatch calls it.
    pub(super) key: CalendarKey,
    /// Where it is.
    pub(super) source: Source,
    /// Whether its provider tells us of changes.
    pub(super) watched: Watched,
    /// Whether every event of it must be in the feed.
    pub(super) is_born_empty: bool,
}

/// The calendars of the demo.
#[derive(Clone, Debug)]
pub(super) struct Calendars {
    /// Ada's and Alan's, full of old events.
    pub(super) full: Pair<Calendar>,
    /// Grace's and Hedy's.
    pub(super) empty: Pair<Calendar>,
    /// Those that many people change.
    pub(super) launch: Pair<Calendar>,
    /// Those that no provider pushes.
    pub(super) holidays: Pair<Calendar>,
    /// Alan's once more, for another organization.
    pub(super) shared: Calendar,
}

impl Calendars {
    pub(super) fn all(&self) -> Vec<&Calendar> {
        let pairs = [&self.full, &self.empty, &self.launch, &self.holidays];
        let pairs = pairs.into_iter().flat_map(Pair::each);
        pairs.chain([&self.shared]).collect()
    }
}

/// The product's customers in the demo.
#[derive(Clone, Copy, Debug)]
pub(super) struct Organizations {
    pub(super) acme: OrganizationId,
    pub(super) globex: OrganizationId,
}

impl Organizations {
    pub(super) const fn all(self) -> [OrganizationId; 2] {
        [self.acme, self.globex]
    }
}

/// Everything.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) product: Product,
    pub(super) stack: Stack,
    pub(super) world: World,
    pub(super) bus: Bus,
    pub(super) organizations: Organizations,
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
            watcher: lambda::connect_watcher(sdk, manage.watch, ambient.clone())?,
            auditor: lambda::connect_auditor(sdk, sync, &ambient)?,
            runs: syncer.runs,
            notifications: receiver.notifications,
            secrets: Secrets::new(sdk),
            ambient,
        })
    }
}

impl Scene {
    /// Does the same to one event at each provider, waits for both changes to arrive, and shows
    /// them. `act` answers with the name from which calwatch makes its own; `name` is what the bus
    /// calls the change. Answers with those names.
    pub(super) async fn change(
        &self,
        calendars: &Pair<Calendar>,
        done: &str,
        name: &str,
        act: impl Fn(&Source) -> String,
    ) -> anyhow::Result<Pair<String>> {
        // Within a second of a read, a change waits for its turn; what people do comes alone.
        calendars.both(|calendar| self.rest(calendar)).await?;
        let act = &act;
        let changed = calendars
            .both(|calendar| async move {
                let before = self.last_heard(calendar);
                let began = Instant::now();
                let id = act(&calendar.source);
                let event = EventId::of(calendar.key.calendar, &id);
                let wanted = |said: &Announcement| {
                    said.seq > before && said.name == name && said.event.as_ref() == Some(&event)
                };
                let said = self.hear(calendar, done, wanted).await?;
                let after = began.elapsed();
                let others = self.bus.between(calendar.key, before, said.seq);
                Ok((id, said, after, others))
            })
            .await?;
        let lines = [done, ""].into_iter().zip(calendars.each());
        for ((done, calendar), (_, said, after, others)) in lines.zip(changed.each()) {
            show::heard(done, &calendar.name, said, *after);
            for other in others {
                show::at("", "", &format!("and {}", show::describe(other)));
            }
        }
        Ok(Pair {
            google: changed.google.0,
            outlook: changed.outlook.0,
        })
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
            let name = &calendar.name;
            format!("waited {seconds} seconds on the bus in vain for this of {name}: {what}")
        })
    }

    /// How many reads of a calendar were ever asked for.
    pub(super) async fn asked(&self, calendar: &Calendar) -> anyhow::Result<u64> {
        Ok(self.inbox(calendar).await?.req)
    }

    async fn inbox(&self, calendar: &Calendar) -> anyhow::Result<Inbox> {
        let found = self.product.watcher.inboxes.get(calendar.key).await?;
        let (inbox, _) = found.context("a calendar that was just watched has no inbox")?;
        Ok(inbox)
    }

    /// Waits until a calendar may be read again at once.
    async fn rest(&self, calendar: &Calendar) -> anyhow::Result<()> {
        while self
            .inbox(calendar)
            .await?
            .hold
            .is_some_and(|hold| self.product.ambient.now() < hold)
        {
            tokio::time::sleep(GLANCE).await;
        }
        Ok(())
    }

    /// Waits until these calendars owe nothing: every message is answered, every hint was followed
    /// by a read, every entry is on the bus and was heard. `false` if that takes longer than
    /// `patience`.
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
        if !self.world.is_all_told() {
            return Ok(false);
        }
        for calendar in calendars {
            let inbox = self.inbox(calendar).await?;
            // An echo repeats a read that found nothing; nobody waits for it.
            if inbox.is_dirty() && !inbox.only_echo_is_owed() {
                return Ok(false);
            }
            let feeds = &self.product.watcher.feeds;
            let feed = feeds
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

    /// Waits for the last word on one of the providers' messages.
    pub(super) async fn answered(&self, message: u64) -> anyhow::Result<Message> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut messages = self.world.messages().into_iter();
            let found = messages.find(|found| found.view.id == message);
            let found = found.context("the simulator forgot a message")?;
            if found.is_over() || Instant::now() >= deadline {
                return Ok(found);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }
}
