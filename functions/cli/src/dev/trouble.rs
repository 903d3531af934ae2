//! Third act: what goes wrong in practice.

use std::time::Duration;

use anyhow::ensure;
use app::watch::Watched;
use tokio::time::Instant;

use super::changes::UPDATED;
use super::pair::Pair;
use super::scene::{Calendar, Calendars, Scene};
use super::show;
use super::strangers::{self, Staged};
use super::world::Draft;

/// So many bursts of so many changes, with a pause after each: two seconds in all.
const BURSTS: u32 = 20;
const BURST: u32 = 10;
const PAUSE: Duration = Duration::from_millis(100);

/// How long they may take to be over.
const OVER: Duration = Duration::from_secs(120);

/// Which of the old events is renamed.
const RENAMED: usize = 7;

/// One trouble after the other, each at both providers at once.
pub(super) async fn play(scene: &Scene, calendars: &Calendars) -> anyhow::Result<Staged> {
    show::act("3  Trouble", "");
    lose_place(scene, &calendars.full).await?;
    // From here on nobody changes Alan's calendar, so that Globex's poll finds all there is.
    let polls = silence(scene, calendars).await?;
    storm(scene, &calendars.launch).await?;
    let settled = scene.settle(&calendars.full.each(), OVER).await?;
    ensure!(settled, "waited in vain for Ada and Alan to be read");
    let staged = strangers::play(scene, calendars).await?;
    show::step("The sweeper comes once a minute; waiting ...", "");
    for (done, poll) in ["... and they are polled"]
        .into_iter()
        .chain(std::iter::repeat(""))
        .zip(&polls)
    {
        poll.wait(scene, done).await?;
    }
    Ok(staged)
}

/// The provider forgets where we were: 410, and the calendar is read as a whole again.
async fn lose_place(scene: &Scene, full: &Pair<Calendar>) -> anyhow::Result<()> {
    let world = &scene.world;
    let before = full.both(|calendar| async { Ok(scene.last_heard(calendar)) });
    let before = before.await?;
    for calendar in full.each() {
        world.lose_place(&calendar.source);
    }
    scene
        .change(full, "Cursor lost, one rename", UPDATED, |at| {
            let old = world.truth(at)[RENAMED]["id"].clone();
            world.rename(at, old.as_str().unwrap_or_default(), "Renamed")
        })
        .await?;
    for (done, calendar) in ["... all is read again", ""].into_iter().zip(full.each()) {
        let provider = calendar.source.provider;
        ensure!(
            world.places_lost(provider) > 0,
            "{} never answered 410",
            show::provider(provider)
        );
        let events = world.truth(&calendar.source).len();
        let told = scene.last_heard(calendar) - before.of(provider);
        let told = show::count(told, "change");
        show::at(
            done,
            &calendar.name,
            &format!("{events} events, {told} told"),
        );
    }
    Ok(())
}

/// A poll that has to find changes which nobody told us of.
struct Poll<'a> {
    calendar: &'a Calendar,
    before: u64,
    changes: u64,
    began: Instant,
}

/// Calendars without push change. Their polls are made due at once, as if five minutes had passed;
/// everything after that is the product's doing.
async fn silence<'a>(scene: &Scene, calendars: &'a Calendars) -> anyhow::Result<Vec<Poll<'a>>> {
    let founders = Draft::all_day("Founders' day", 40);
    let mut silent = Vec::new();
    for calendar in calendars.holidays.each() {
        silent.push((calendar, 1));
        scene.world.create(&calendar.source, &founders);
    }
    // The day off and the new name; of what came before its import it needs to know nothing.
    silent.push((&calendars.shared, 2));
    let mut polls = Vec::new();
    let lines = ["Changes without push"]
        .into_iter()
        .chain(std::iter::repeat(""));
    for (done, (calendar, changes)) in lines.zip(silent) {
        let Watched::Polled(_) = calendar.watched else {
            anyhow::bail!("{} was not to be pushed", calendar.name);
        };
        polls.push(Poll {
            calendar,
            before: scene.last_heard(calendar),
            changes,
            began: Instant::now(),
        });
        let now = scene.product.ambient.now();
        let feeds = &scene.product.watcher.feeds;
        feeds.poll_at(calendar.key, now).await?;
        show::at(done, &calendar.name, "5-minute poll brought forward");
    }
    Ok(polls)
}

impl Poll<'_> {
    async fn wait(&self, scene: &Scene, done: &str) -> anyhow::Result<()> {
        let last = self.before + self.changes;
        let wanted = |said: &aws::tap::Announcement| said.seq == last;
        let said = scene.hear(self.calendar, "its poll", wanted).await?;
        let after = self.began.elapsed();
        let name = &self.calendar.name;
        if self.changes == 1 {
            show::heard(done, name, &said, after);
        } else {
            let told = format!("{} on the bus", show::count(self.changes, "change"));
            show::timed(done, name, &told, after);
        }
        Ok(())
    }
}

/// What became of a storm.
struct Outcome {
    /// What it came to.
    cost: String,
    after: Duration,
    /// How many the provider needed to tell of it: Graph's hold many notifications each.
    messages: u64,
}

/// Two storms at the same time.
async fn storm(scene: &Scene, launch: &Pair<Calendar>) -> anyhow::Result<()> {
    let done = format!("{} changes in 2 seconds", BURSTS * BURST);
    let outcomes = launch.both(|calendar| rage(scene, calendar, &done)).await?;
    for (done, calendar) in [&*done, ""].into_iter().zip(launch.each()) {
        let outcome = outcomes.of(calendar.source.provider);
        show::timed(done, &calendar.name, &outcome.cost, outcome.after);
    }
    for (done, calendar) in ["... told in", ""].into_iter().zip(launch.each()) {
        let outcome = outcomes.of(calendar.source.provider);
        show::at(
            done,
            &calendar.name,
            &show::count(outcome.messages, "message"),
        );
    }
    Ok(())
}

async fn rage(scene: &Scene, launch: &Calendar, done: &str) -> anyhow::Result<Outcome> {
    let runs = &scene.product.runs;
    let before = (runs.list(launch.key).await?.len(), scene.last_heard(launch));
    let messages = messages(scene, launch);
    let began = Instant::now();
    let mut event = None;
    for _ in 0..BURSTS {
        event = Some(scene.world.storm(&launch.source, event.as_deref(), BURST));
        tokio::time::sleep(PAUSE).await;
    }
    ensure!(
        scene.settle(&[launch], OVER).await?,
        "waited {} seconds in vain for the end of {done} of {}",
        OVER.as_secs(),
        launch.name
    );
    let cost = runs.list(launch.key).await?.len() - before.0;
    let told = scene.last_heard(launch) - before.1;
    let cost = format!(
        "{} on the bus, {}",
        show::count(told, "change"),
        show::count(cost as u64, "run")
    );
    Ok(Outcome {
        cost,
        after: began.elapsed(),
        messages: self::messages(scene, launch) - messages,
    })
}

/// How many messages were sent about a calendar so far.
fn messages(scene: &Scene, calendar: &Calendar) -> u64 {
    let place = Some(&calendar.source.external_id);
    let messages = scene.world.messages().into_iter();
    let about = messages.filter(|message| message.view.calendar.as_ref() == place);
    about.count() as u64
}
