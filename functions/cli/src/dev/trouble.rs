//! Third act: what goes wrong in practice.

use std::time::Duration;

use anyhow::{Context, ensure};
use domain::subscription::NoPush;
use domain::sweep;
use serde_json::json;
use simulator::Fate;
use tokio::time::Instant;

use super::changes::{CREATED, UPDATED};
use super::scene::{Calendar, Calendars, Scene};
use super::show;
use super::world::{ADA, HOLIDAYS, LAUNCH};

/// So many bursts of so many changes, with a pause after each: two seconds in all.
const BURSTS: u32 = 20;
const BURST: u32 = 10;
const PAUSE: Duration = Duration::from_millis(100);

/// How long they may take to be over.
const OVER: Duration = Duration::from_secs(120);

/// Messages that were not Google's own idea.
#[derive(Debug, Default)]
pub(super) struct Staged {
    /// Repeated byte for byte.
    pub(super) repeated: Vec<u64>,
    /// With a wrong token.
    pub(super) forged: Vec<u64>,
}

/// One trouble after the other.
pub(super) async fn play(scene: &Scene, calendars: &Calendars) -> anyhow::Result<Staged> {
    let mut staged = Staged::default();
    show::act("3  Trouble", "");
    let poll = silence(scene, &calendars.holidays).await?;
    storm(scene, &calendars.launch).await?;
    scene.settle(&[&calendars.ada], OVER).await?;
    repeat(scene, &calendars.ada, &mut staged).await?;
    forge(scene, calendars, &mut staged).await?;
    lose_cursor(scene, &calendars.ada).await?;
    show::step("The sweeper comes once a minute; waiting ...", "");
    poll.await?;
    Ok(staged)
}

/// A calendar without push changes; what is returned waits for the poll that finds it. The poll is
/// made due at once, as if five minutes had passed; everything after that is the product's doing.
async fn silence<'a>(
    scene: &'a Scene,
    holidays: &'a Calendar,
) -> anyhow::Result<impl Future<Output = anyhow::Result<()>> + 'a> {
    let before = scene.last_heard(holidays);
    let began = Instant::now();
    let event = scene.world.all_day("Founders' day", 40);
    scene.google().put_event(HOLIDAYS, event);
    let now = scene.product.ambient.now();
    scene
        .product
        .watcher
        .feeds
        .set_poll(holidays.key, sweep::POLLED, now, NoPush::Unwatchable)
        .await?;
    show::step(
        "Holidays change; Google says nothing",
        "5-minute poll brought forward",
    );
    Ok(async move {
        let what = "the poll of the holidays";
        let said = scene
            .hear(holidays, what, |said| {
                said.seq > before && said.name == CREATED
            })
            .await?;
        show::heard("... and polls Holidays", &said, began.elapsed());
        Ok(())
    })
}

async fn storm(scene: &Scene, launch: &Calendar) -> anyhow::Result<()> {
    let runs = &scene.product.runs;
    let before = (runs.list(launch.key).await?.len(), scene.last_heard(launch));
    let began = Instant::now();
    let mut event = None;
    for _ in 0..BURSTS {
        event = Some(scene.google().storm(LAUNCH, event.as_deref(), BURST));
        tokio::time::sleep(PAUSE).await;
    }
    let done = format!("{} changes of Launch in 2 seconds", BURSTS * BURST);
    ensure!(
        scene.settle(&[launch], OVER).await?,
        "waited {} seconds in vain for the end of: {done}",
        OVER.as_secs()
    );
    let cost = runs.list(launch.key).await?.len() - before.0;
    let told = scene.last_heard(launch) - before.1;
    let cost = format!(
        "{} on the bus, {}",
        show::count(told, "change"),
        show::count(cost as u64, "run")
    );
    show::timed(&done, &cost, began.elapsed());
    Ok(())
}

async fn repeat(scene: &Scene, ada: &Calendar, staged: &mut Staged) -> anyhow::Result<()> {
    let channel = channel(ada)?;
    let before = asked(scene, ada).await?;
    let message = scene
        .google()
        .redeliver(Some(&channel))
        .context("Ada's channel never said anything")?;
    staged.repeated.push(message);
    let view = scene.answered(message).await?;
    let after = asked(scene, ada).await?;
    ensure!(
        view.fate == Fate::Delivered && after == before,
        "a repeated message was answered {:?} and asked for {} more reads",
        view.status,
        after - before
    );
    show::step(
        "Google repeats a message of Ada",
        "200, recognised: no read",
    );
    Ok(())
}

/// How many reads of a calendar were ever asked for.
async fn asked(scene: &Scene, calendar: &Calendar) -> anyhow::Result<u64> {
    let found = scene.product.watcher.inboxes.get(calendar.key).await?;
    let (inbox, _) = found.context("a calendar that was just watched has no inbox")?;
    Ok(inbox.req)
}

async fn forge(scene: &Scene, calendars: &Calendars, staged: &mut Staged) -> anyhow::Result<()> {
    let channel_of_ada = channel(&calendars.ada)?;
    let channel_of_launch = channel(&calendars.launch)?;
    let channels = scene.google().channels();
    let borrowed = channels
        .into_iter()
        .find(|channel| channel.id == channel_of_launch)
        .and_then(|channel| channel.token)
        .context("the channel of Launch has no token")?;
    for (done, token) in [
        ("A stranger sends one, its token made up", "let-me-in"),
        ("... with the token of another channel", &borrowed),
    ] {
        let message = scene.google().forge(&channel_of_ada, Some(token))?;
        staged.forged.push(message);
        let view = scene.answered(message).await?;
        ensure!(
            view.status == Some(401),
            "a forged message was answered {:?}",
            view.status
        );
        show::step(done, "401");
    }
    Ok(())
}

/// Google forgets where we were: 410, and the calendar is read as a whole again.
async fn lose_cursor(scene: &Scene, ada: &Calendar) -> anyhow::Result<()> {
    let before = scene.last_heard(ada);
    scene.google().expire_sync_tokens(ADA);
    let renamed = json!({ "id": "bulk00000007", "summary": "Renamed" });
    let done = "Ada's sync token expires; one change";
    let said = scene
        .change(ada, done, UPDATED, |google| google.put_event(ADA, renamed))
        .await?;
    let gone = scene.google().request_log();
    let gone = gone
        .iter()
        .any(|entry| entry.endpoint == "events.list" && entry.status == 410);
    ensure!(gone, "Google never answered 410");
    let events = scene.google().truth(ADA).len();
    show::step(
        "... so all of Ada is read again",
        &format!(
            "{events} events, {} told",
            show::count(said.seq - before, "change")
        ),
    );
    Ok(())
}

fn channel(calendar: &Calendar) -> anyhow::Result<String> {
    let channel = calendar
        .channel
        .with_context(|| format!("Google refused to push {}", calendar.name))?;
    Ok(channel.to_string())
}
