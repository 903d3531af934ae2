//! First act: two organizations, their grants, their calendars.

use anyhow::Context;
use app::watch::Watched;
use domain::inbox::Source;
use domain::{ConnectionId, OrganizationId, Provider};
use providers::grant::Grant;

use super::pair::Pair;
use super::scene::{Calendar, Calendars, Scene};
use super::show;
use super::world::{Consents, Names, OLD_EVENTS};

/// Connects two accounts at each provider and watches nine calendars.
pub(super) async fn play(scene: &Scene) -> anyhow::Result<Calendars> {
    show::act("1  Connect", "");
    show::step(
        "The product listens: a rule, a queue",
        "on the EventBridge bus",
    );
    let acme = scene.organizations.acme;
    show::step("An organization, Acme", &acme.to_string());

    let (consents, names) = scene.world.furnish();
    keep_clients(scene, &consents).await?;
    let people = connect(scene, acme, &consents.personal).await?;
    let token = "a refresh token, sealed by KMS";
    show::step("Ada signs in (Google)", token);
    show::step("Alan signs in (Microsoft)", token);
    let companies = connect(scene, acme, &consents.delegated).await?;
    show::step(
        "Grace's administrator consents (Google)",
        "a service account, sealed by KMS",
    );
    show::step(
        "Hedy's administrator consents (Microsoft)",
        "a whole tenant, sealed by KMS",
    );

    let old = format!("Watch {OLD_EVENTS} old events");
    let found = ["Ada", "Alan"];
    let full = watch(scene, (&people, &names.full), found, Birth::WithEvents).await?;
    let found = ["Grace", "Hedy"];
    let empty = watch(scene, (&companies, &names.empty), found, Birth::Empty).await?;
    let found = ["Launch", "Launch"];
    let launch = watch(scene, (&companies, &names.launch), found, Birth::Empty).await?;
    let found = ["Holidays", "Holidays"];
    let holidays = watch(scene, (&people, &names.holidays), found, Birth::WithEvents).await?;
    imported(scene, &old, &full.each()).await?;
    imported(scene, "Watch an empty calendar", &empty.each()).await?;
    imported(scene, "Watch a busy calendar", &launch.each()).await?;
    imported(scene, "Watch public holidays", &holidays.each()).await?;

    let shared = share(scene, &consents, &names).await?;
    Ok(Calendars {
        full,
        empty,
        launch,
        holidays,
        shared,
    })
}

/// Whether a calendar has events when it is first read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Birth {
    Empty,
    WithEvents,
}

/// Another organization connects Alan's mailbox, which can be pushed to one only.
async fn share(scene: &Scene, consents: &Consents, names: &Names) -> anyhow::Result<Calendar> {
    let globex = scene.organizations.globex;
    show::step("Another organization, Globex", &globex.to_string());
    let connector = &scene.product.connector;
    let again = connector
        .connect(globex, Provider::Microsoft, &consents.once_more)
        .await?;
    show::step(
        "Alan signs in there, too (Microsoft)",
        "a refresh token, sealed by KMS",
    );
    let source = Source {
        provider: Provider::Microsoft,
        connection: again,
        external_id: names.full.outlook.clone(),
    };
    let name = "Alan, for Globex".to_owned();
    let shared = watch_one(scene, globex, source, name, Birth::WithEvents).await?;
    imported(scene, "Watch the same calendar", &[&shared]).await?;
    Ok(shared)
}

/// Fills in our application at each provider, as an operator does once.
async fn keep_clients(scene: &Scene, consents: &Consents) -> anyhow::Result<()> {
    let secrets = &scene.product.secrets;
    for (name, client) in [
        ("GOOGLE_OAUTH_SECRET_ID", &consents.clients.google),
        ("MICROSOFT_OAUTH_SECRET_ID", &consents.clients.outlook),
    ] {
        let secret = scene.stack.required(name)?;
        secrets.put_oauth_client(&secret, client).await?;
    }
    Ok(())
}

async fn connect(
    scene: &Scene,
    organization: OrganizationId,
    grants: &Pair<Grant>,
) -> anyhow::Result<Pair<ConnectionId>> {
    let connector = &scene.product.connector;
    grants
        .both(|grant| async move {
            let connected = connector.connect(organization, grant.provider(), grant);
            Ok(connected.await?)
        })
        .await
}

/// Watches a calendar at each provider.
async fn watch(
    scene: &Scene,
    (connections, external): (&Pair<ConnectionId>, &Pair<String>),
    [at_google, at_outlook]: [&str; 2],
    birth: Birth,
) -> anyhow::Result<Pair<Calendar>> {
    let acme = scene.organizations.acme;
    let one = |provider, name| {
        let source = Source {
            provider,
            connection: *connections.of(provider),
            external_id: external.of(provider).clone(),
        };
        let name = format!("{name}, {}", show::provider(provider));
        watch_one(scene, acme, source, name, birth)
    };
    let (google, outlook) = tokio::try_join!(
        one(Provider::Google, at_google),
        one(Provider::Microsoft, at_outlook)
    )?;
    Ok(Pair { google, outlook })
}

async fn watch_one(
    scene: &Scene,
    organization: OrganizationId,
    source: Source,
    name: String,
    birth: Birth,
) -> anyhow::Result<Calendar> {
    let watching = scene.product.watcher.watch(organization, &source);
    let (key, watched) = watching
        .await
        .with_context(|| format!("could not watch {name}"))?;
    Ok(Calendar {
        name,
        key,
        source,
        watched,
        is_born_empty: birth == Birth::Empty,
    })
}

/// Waits until these were read for the first time, and says how it goes on.
async fn imported(scene: &Scene, done: &str, calendars: &[&Calendar]) -> anyhow::Result<()> {
    let lines = [done].into_iter().chain(std::iter::repeat(""));
    for (done, calendar) in lines.zip(calendars) {
        scene
            .hear(calendar, "its import", |said| {
                said.name == "calendar.resynced"
            })
            .await?;
        let how = match calendar.watched {
            Watched::Pushed(_) => format!("{} pushes", show::provider(calendar.source.provider)),
            Watched::Polled(why) => format!("polled: {}", why.name()),
        };
        show::at(done, &calendar.name, &format!("imported; {how}"));
    }
    Ok(())
}
