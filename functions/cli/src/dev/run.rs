//! `calwatch dev run`: the product on this machine, used as an operator uses it.
//!
//! What is shown as a command is that command, with its real output. Only what is not the
//! operator's is done otherwise: the providers are simulated, and so are the people there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use aws::secrets::Secrets;
use domain::inbox::Source;
use domain::{ConnectionId, Provider};
use jiff::tz::TimeZone;
use serde_json::Value;
use simulator::Clock;
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::left::{Watched, left};
use super::shell::{Said, Shell};
use super::stack::Stack;
use super::world::{Consents, Draft, Kept, Names, World};
use super::{grants, show};
use crate::command::Status;
use crate::profile::Profile;

/// How long anything may take that takes a second or two.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(300);

/// The organization's name.
const ACME: &str = "Acme";

/// What every step works with.
struct Scene<'a> {
    file: &'a Path,
    stack: Stack,
    world: World,
    shell: Shell,
    profile: PathBuf,
}

/// Shows it, and stays until Ctrl-C.
pub(super) async fn run(file: &Path) -> anyhow::Result<Status> {
    let stack = Stack::read(file)?;
    let sdk = aws::configuration_for(stack.account()?);
    let address = stack.providers()?;
    let socket = TcpListener::bind(address).await.with_context(|| {
        format!("could not listen on {address}, where the functions look for the providers")
    })?;
    let profile = file.with_file_name("profile.json");
    let shell = Shell::new(profile.clone());
    refresh_profile(&profile, &stack)?;
    // What was killed goes on; what ended in order begins anew.
    let left = left(&shell, &stack).await?;
    let now = lambda::system().now();
    let today = TimeZone::UTC.to_datetime(now).date();
    let (kept, watched) = match left {
        Some((kept, watched)) => (Some(kept), Some(watched)),
        None => {
            // Another seed each time: a stack that keeps its state must not take this world for
            // the last.
            let seed = now.as_microsecond().unsigned_abs();
            let folder = stack.state.as_ref();
            (folder.map(|folder| Kept::begin(folder, seed)), None)
        }
    };
    let world = match &kept {
        Some(kept) => World::kept_in(kept, &stack, today)?,
        None => World::new(&stack, now.as_microsecond().unsigned_abs(), today)?,
    };
    let beginning = match watched {
        Some(watched) => Beginning::Left(watched),
        None => {
            let (consents, names) = world.furnish();
            keep_clients(&Secrets::new(&sdk), &stack, &consents).await?;
            Beginning::New(Box::new((consents, names)))
        }
    };

    let providers = world.simulator.clone();
    let scene = Scene {
        file,
        stack,
        world,
        shell,
        profile,
    };
    let done = tokio::select! {
        ended = providers.serve(socket, Clock::Wall) => {
            ended.context("the simulated providers failed")?;
            Err(anyhow!("the simulated providers ended"))
        }
        done = scene.play(beginning) => done,
    };
    // It ended in order, so nothing here waits for this world any more.
    if let (Ok(Status::Done), Some(kept)) = (&done, &kept) {
        kept.forget()?;
    }
    done
}

/// How it begins.
enum Beginning {
    /// With people who have just come.
    New(Box<(Consents, Names)>),
    /// Where it was when it was killed.
    Left(Vec<Watched>),
}

/// A kept key stays good; where the API is may have changed.
fn refresh_profile(profile: &Path, stack: &Stack) -> anyhow::Result<()> {
    if let Some(kept) = Profile::read(profile)? {
        let refreshed = Profile {
            url: Some(stack.endpoint.clone()),
            host: Some(stack.api_host.clone()),
            key: kept.key,
        };
        refreshed.write(profile)?;
    }
    Ok(())
}

/// Fills in our application at each provider, as an operator does once.
async fn keep_clients(secrets: &Secrets, stack: &Stack, consents: &Consents) -> anyhow::Result<()> {
    for (name, client) in [
        ("GOOGLE_OAUTH_SECRET_ID", &consents.clients.google),
        ("MICROSOFT_OAUTH_SECRET_ID", &consents.clients.outlook),
    ] {
        let secret = stack.required(name)?;
        secrets.put_oauth_client(&secret, client).await?;
    }
    Ok(())
}

impl Scene<'_> {
    async fn play(&self, beginning: Beginning) -> anyhow::Result<Status> {
        show::line("calwatch on this machine: real functions, simulated Google and Microsoft.");
        show::line("Every command below is run as it stands there; this is its real output.");
        show::line(&format!(
            "\n$ export CALWATCH_PROFILE={}",
            self.profile.display()
        ));
        self.organize().await?;
        let watched = match beginning {
            Beginning::New(people) => self.watch(&people.0, &people.1).await?,
            Beginning::Left(watched) => {
                show::line("\nThe last run was cut short. It goes on where it was:");
                self.shell.must(&["calendar", "list"]).await?;
                watched
            }
        };
        self.see_a_change(&watched[0]).await?;
        self.shell.run(&["health"]).await;
        self.invite(&watched)?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => {
                interrupted.context("could not wait for Ctrl-C")?;
            }
            ended = self.follow(&watched) => anyhow::bail!("a follower ended with {ended}"),
        }
        show::line("\n\nEnding the watches, so that nothing is left at the providers:");
        let (status, _) = self
            .shell
            .run(&["decommission", "--yes", "--wait", "15"])
            .await;
        Ok(if status == 0 {
            Status::Done
        } else {
            Status::Failed
        })
    }

    /// Creates the organization, unless the stack still has the one of the last time.
    async fn organize(&self) -> anyhow::Result<()> {
        if self.shell.quietly(&["org", "show"]).await.is_some() {
            self.shell.must(&["org", "show"]).await?;
            return Ok(());
        }
        // A key of a stack that is gone.
        let _ = std::fs::remove_file(&self.profile);
        let file = self.file.display().to_string();
        let create = ["org", "create", ACME, "--local", &file, "--save"];
        self.shell.must(&create).await?;
        Ok(())
    }

    /// Imports two people's grants, and watches three of their calendars.
    async fn watch(&self, consents: &Consents, names: &Names) -> anyhow::Result<Vec<Watched>> {
        let file = self.file.with_file_name("grants.jsonl");
        grants::write(&file, consents)?;
        show::line("\nAda, at Google, and Alan, at Microsoft, gave their consent:");
        let file = file.display().to_string();
        let imported = self.shell.must(&["connection", "import", &file]).await?;
        let connections = imported.ids(ConnectionId::PREFIX);
        let [ada, alan] = &*connections else {
            anyhow::bail!("the import did not make two connections");
        };
        let mut watched = Vec::new();
        for (connection, provider, external_id) in [
            (ada, Provider::Google, &names.full.google),
            (alan, Provider::Microsoft, &names.full.outlook),
            // Google pushes no changes of these.
            (ada, Provider::Google, &names.holidays.google),
        ] {
            let said = self
                .shell
                .must(&["calendar", "watch", connection, external_id])
                .await?;
            watched.push(Watched {
                id: said.id("cal_").context("a watched calendar has no id")?,
                source: Source {
                    provider,
                    connection: connection.parse()?,
                    external_id: external_id.clone(),
                },
            });
        }
        show::line("\nA few seconds later they were read for the first time:");
        for calendar in &watched {
            self.wait_for_import(&calendar.id).await?;
        }
        self.shell.must(&["calendar", "list"]).await?;
        Ok(watched)
    }

    async fn wait_for_import(&self, calendar: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let words = ["calendar", "show", calendar, "--json"];
            let shown = self.shell.quietly(&words).await;
            let shown = shown.context("a watched calendar is not there")?;
            let shown: Value = serde_json::from_str(&shown.text())?;
            // The first entry says that all of it is there.
            if shown["last_seq"].as_u64().unwrap_or(0) > 0 {
                return Ok(());
            }
            anyhow::ensure!(
                Instant::now() < deadline,
                "waited {} seconds in vain for {calendar} to be read",
                PATIENCE.as_secs()
            );
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Follows a calendar while somebody changes it.
    async fn see_a_change(&self, calendar: &Watched) -> anyhow::Result<()> {
        let said = Said::default();
        let words = ["changes", &calendar.id, "--new", "--follow"];
        let changed = async {
            // The follower has to ask for its place first.
            tokio::time::sleep(Duration::from_secs(2)).await;
            show::line("   (Ada has lunch tomorrow, and writes it down)");
            let lunch = Draft::meeting("Lunch", 1, 12);
            let lunch = self.world.create(&calendar.source, &lunch);
            self.wait_for(&said, "created").await?;
            show::line("   (... and moves it by an hour)");
            let later = Draft::meeting("Lunch", 1, 13);
            self.world.rewrite(&calendar.source, &lunch, &later);
            self.wait_for(&said, "updated").await
        };
        tokio::select! {
            status = self.shell.follow(&words, &said) => {
                anyhow::bail!("a follower ended with {status}")
            }
            seen = changed => seen?,
        }
        show::line("^C");
        Ok(())
    }

    async fn wait_for(&self, said: &Said, word: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !said.text().contains(word) {
            anyhow::ensure!(
                Instant::now() < deadline,
                "waited {} seconds in vain for a change to arrive",
                PATIENCE.as_secs()
            );
            tokio::time::sleep(GLANCE).await;
        }
        Ok(())
    }

    fn invite(&self, watched: &[Watched]) -> anyhow::Result<()> {
        let providers = self.stack.providers()?;
        show::line("\nIt stays up until Ctrl-C. In another terminal:\n");
        show::line(&format!(
            "  export CALWATCH_PROFILE={}",
            self.profile.display()
        ));
        show::line("  target/debug/calwatch calendar list");
        show::line(&format!(
            "\nThe API is at {}, with the header\nHost: {}; the profile knows both.",
            self.stack.endpoint, self.stack.api_host
        ));
        for (calendar, whose, path, title) in [
            (&watched[0], "Ada's calendar at Google", "events", "summary"),
            (
                &watched[1],
                "Alan's at Microsoft",
                "microsoft/events",
                "subject",
            ),
        ] {
            let id = &calendar.source.external_id;
            show::line(&format!(
                "\nCreate an event in {whose}, and see it arrive below:\n"
            ));
            show::line(&format!("  curl http://{providers}/control/{path} \\"));
            show::line("  -H 'content-type: application/json' \\");
            show::line(&format!("  -d '{{\"calendar\":\"{id}\","));
            show::line(&format!(
                "  \"action\":\"put\",\"event\":{{\"{title}\":\"Tea\"}}}}'"
            ));
        }
        Ok(())
    }

    /// Follows Ada's and Alan's calendars for good.
    async fn follow(&self, watched: &[Watched]) -> u8 {
        let (one, other) = (Said::default(), Said::default());
        let ada = ["changes", &watched[0].id, "--new", "--follow"];
        let alan = ["changes", &watched[1].id, "--new", "--follow"];
        tokio::select! {
            ended = self.shell.follow(&ada, &one) => ended,
            ended = self.shell.follow(&alan, &other) => ended,
        }
    }
}
