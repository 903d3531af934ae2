//! Afterwards: the stack stays up, and every change that arrives is printed, until Ctrl-C.

use std::time::Duration;

use anyhow::Context;

use super::scene::{Calendars, Scene};
use super::show;

/// How long ending may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// Stays until Ctrl-C, then ends the watches in order.
pub(super) async fn play(scene: &Scene, calendars: &Calendars) -> anyhow::Result<()> {
    invite(scene, calendars)?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("could not wait for Ctrl-C")?,
        () = tell(scene, calendars) => {}
    }
    leave(scene, calendars).await
}

fn invite(scene: &Scene, calendars: &Calendars) -> anyhow::Result<()> {
    let providers = scene.stack.providers()?;
    show::act("5  Yours, until Ctrl-C", "");
    show::step("The stack", &scene.stack.endpoint);
    show::step(
        "Its API: the same, with this Host header",
        &scene.stack.api_host,
    );
    show::step("Google and Microsoft", &format!("http://{providers}"));
    show::step("The organization", &scene.organizations.acme.to_string());
    for (calendar, whose, path, title) in [
        (
            &calendars.empty.google,
            "Grace at Google",
            "events",
            "summary",
        ),
        (
            &calendars.empty.outlook,
            "Hedy at Outlook",
            "microsoft/events",
            "subject",
        ),
    ] {
        show::line(&format!(
            "\nCreate an event for {whose}, and see it arrive below:\n"
        ));
        show::line(&format!("curl http://{providers}/control/{path} \\"));
        show::line("-H 'content-type: application/json' \\");
        // A calendar's name at Microsoft fills half a line.
        let id = &calendar.source.external_id;
        show::line(&format!("-d '{{\"calendar\":\"{id}\","));
        show::line(&format!(
            "\"action\":\"put\",\"event\":{{\"{title}\":\"Tea\"}}}}'"
        ));
    }
    show::line("");
    Ok(())
}

/// Prints what is heard.
async fn tell(scene: &Scene, calendars: &Calendars) {
    let mut follower = scene.bus.follow();
    loop {
        let said = follower.next().await;
        if said.is_empty() {
            return;
        }
        for said in said {
            let mut known = calendars.all().into_iter();
            let calendar = known.find(|calendar| calendar.key.calendar == said.calendar);
            let name = calendar.map_or("another calendar", |calendar| &calendar.name);
            let time = scene.product.ambient.now().strftime("%H:%M:%S UTC");
            show::at(&time.to_string(), name, &show::describe(&said));
        }
    }
}

/// Ends the watches, so that a stack that keeps its state does not look for this world again.
async fn leave(scene: &Scene, calendars: &Calendars) -> anyhow::Result<()> {
    show::line("\nEnding the watches.");
    for calendar in calendars.all() {
        scene.product.watcher.unwatch(calendar.key).await?;
    }
    let stopped = async {
        while scene
            .world
            .simulator
            .channels()
            .iter()
            .any(|channel| channel.live)
        {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    if tokio::time::timeout(FAREWELL, stopped).await.is_err() {
        show::line("Some channels were not stopped in time; they end with the simulator.");
    }
    Ok(())
}
