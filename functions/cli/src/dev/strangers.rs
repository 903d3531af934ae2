//! The rest of the third act: messages that say nothing new, or that nobody sent.

use anyhow::{Context, ensure};
use app::watch::Watched;
use domain::Provider;
use domain::callback::Callback;
use simulator::ChannelView;

use super::pair::Pair;
use super::scene::{Calendar, Calendars, Scene};
use super::show;
use super::stranger;

/// Messages that were not the providers' own idea.
#[derive(Debug, Default)]
pub(super) struct Staged {
    /// Repeated byte for byte.
    pub(super) repeated: Vec<u64>,
    /// With a wrong token.
    pub(super) forged: Vec<u64>,
}

/// One after the other.
pub(super) async fn play(scene: &Scene, calendars: &Calendars) -> anyhow::Result<Staged> {
    let mut staged = Staged::default();
    repeat(scene, &calendars.full, &mut staged).await?;
    let [ada, alan] = calendars.full.each();
    forge(
        scene,
        ada,
        "A stranger forges one",
        "let-me-in",
        &mut staged,
    )
    .await?;
    forge(scene, alan, "", "let-me-in", &mut staged).await?;
    // A token of Graph's speaks for itself, whatever subscription it comes with; Google's does not.
    let borrowed = channel(scene, &calendars.launch.google)?.token;
    let borrowed = borrowed.context("the channel of Launch has no token")?;
    forge(
        scene,
        ada,
        "... with Launch's token",
        &borrowed,
        &mut staged,
    )
    .await?;
    greet(scene).await?;
    Ok(staged)
}

async fn repeat(scene: &Scene, full: &Pair<Calendar>, staged: &mut Staged) -> anyhow::Result<()> {
    for (done, calendar) in ["A message comes again", ""].into_iter().zip(full.each()) {
        let channel = channel(scene, calendar)?;
        let before = scene.asked(calendar).await?;
        let message = scene
            .world
            .simulator
            .redeliver(Some(&channel.id))
            .with_context(|| format!("the channel of {} never said anything", calendar.name))?;
        staged.repeated.push(message);
        let message = scene.answered(message).await?;
        let after = scene.asked(calendar).await?;
        let status = message.view.status.unwrap_or_default();
        ensure!(
            message.is_accepted() && after == before,
            "a repeated message was answered {status} and asked for {} more reads",
            after - before
        );
        show::at(
            done,
            &calendar.name,
            &format!("{status}, recognised: no read"),
        );
    }
    Ok(())
}

/// A message with another token than the channel's.
async fn forge(
    scene: &Scene,
    calendar: &Calendar,
    done: &str,
    token: &str,
    staged: &mut Staged,
) -> anyhow::Result<()> {
    let channel = channel(scene, calendar)?;
    let before = scene.asked(calendar).await?;
    let message = scene.world.simulator.forge(&channel.id, Some(token))?;
    staged.forged.push(message);
    let message = scene.answered(message).await?;
    let after = scene.asked(calendar).await?;
    let status = message.view.status.unwrap_or_default();
    ensure!(
        message.is_refused() && after == before,
        "a forged message was answered {status} and asked for {} more reads",
        after - before
    );
    let came = format!("{status}, and nothing recorded");
    show::at(done, &calendar.name, &came);
    Ok(())
}

/// A stranger asks for the handshake that Graph asks for, and learns nothing by it.
async fn greet(scene: &Scene) -> anyhow::Result<()> {
    let address = Callback {
        provider: Provider::Microsoft,
        organization: scene.organizations.acme,
        subscription: None,
    };
    let heard = stranger::shake_hands(&scene.stack, &address.url("")).await?;
    ensure!(
        heard == stranger::TOKEN,
        "a handshake was answered with `{heard}`"
    );
    let came = format!("200, echoed: {heard}");
    show::at("A stranger's handshake", "Outlook's route", &came);
    Ok(())
}

fn channel(scene: &Scene, calendar: &Calendar) -> anyhow::Result<ChannelView> {
    let name = &calendar.name;
    let Watched::Pushed(subscription) = calendar.watched else {
        anyhow::bail!("the provider refused to push {name}");
    };
    let channel = scene.world.channel(subscription);
    channel.with_context(|| format!("the provider does not know the channel of {name}"))
}
