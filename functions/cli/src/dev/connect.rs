//! First act: an organization, its grants, its calendars.

use anyhow::Context;
use app::watch::Watched;
use domain::inbox::Source;
use domain::{ConnectionId, Provider};

use super::scene::{Calendar, Calendars, Scene};
use super::show;
use super::world::{ADA, GRACE, HOLIDAYS, LAUNCH, OLD_EVENTS};

/// Connects two accounts and watches four calendars.
pub(super) async fn play(scene: &Scene, oauth_secret: &str) -> anyhow::Result<Calendars> {
    let product = &scene.product;
    show::act("1  Connect", "");
    show::step(
        "The product listens: a rule, a queue",
        "on the EventBridge bus",
    );
    show::step("An organization, Acme", &scene.organization.to_string());

    let (consent, client) = scene.world.consent(ADA);
    let delegation = scene.world.delegation(GRACE);
    scene.world.furnish();
    product
        .secrets
        .put_oauth_client(oauth_secret, &client)
        .await?;
    let connector = &product.connector;
    let ada = connector
        .connect(scene.organization, Provider::Google, &consent)
        .await?;
    show::step("Ada signs in: a refresh token", "sealed by KMS, stored");
    let grace = connector
        .connect(scene.organization, Provider::Google, &delegation)
        .await?;
    show::step(
        "Grace's company: a service account",
        "sealed by KMS, stored",
    );

    let calendars = Calendars {
        ada: watch(scene, ada, "Ada", ADA, false).await?,
        grace: watch(scene, grace, "Grace", GRACE, true).await?,
        launch: watch(scene, grace, "Launch", LAUNCH, true).await?,
        holidays: watch(scene, ada, "Holidays", HOLIDAYS, false).await?,
    };
    for (calendar, what) in [
        (&calendars.ada, format!("{OLD_EVENTS} events")),
        (&calendars.grace, "empty".to_owned()),
        (&calendars.launch, "empty".to_owned()),
        (&calendars.holidays, "2 events".to_owned()),
    ] {
        let name = calendar.name;
        scene
            .hear(calendar, &format!("the import of {name}"), |said| {
                said.name == "calendar.resynced"
            })
            .await?;
        let how = match calendar.channel {
            Some(_) => "imported; Google pushes",
            None => "imported; Google will not push",
        };
        show::step(&format!("Watch {name}, {what}"), how);
    }
    Ok(calendars)
}

async fn watch(
    scene: &Scene,
    connection: ConnectionId,
    name: &'static str,
    external_id: &'static str,
    born_empty: bool,
) -> anyhow::Result<Calendar> {
    let source = Source {
        provider: Provider::Google,
        connection,
        external_id: external_id.to_owned(),
    };
    let (key, watched) = scene
        .product
        .watcher
        .watch(scene.organization, &source)
        .await
        .with_context(|| format!("could not watch {name}"))?;
    Ok(Calendar {
        name,
        key,
        channel: match watched {
            Watched::Pushed(channel) => Some(channel),
            Watched::Polled(_) => None,
        },
        born_empty,
    })
}
