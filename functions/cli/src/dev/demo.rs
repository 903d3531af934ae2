//! The order of the demo.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use aws::tap::Tap;
use jiff::tz::TimeZone;
use simulator::Clock;
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::scene::{Product, Scene};
use super::stack::Stack;
use super::world::World;
use super::{audit, bus, changes, connect, show, stay, summary, trouble};

/// The name of the rule and the queue that stand for a product.
const PRODUCT: &str = "calwatch-demo";

/// Shows everything. The exit code says whether anything was lost.
pub(super) async fn run(file: &Path, stays: bool) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let stack = Stack::read(file)?;
    let sdk = aws::configuration_for(stack.account()?);
    let product = Product::connect(&stack, &sdk)?;
    let address = stack.google()?;
    let socket = TcpListener::bind(address).await.with_context(|| {
        format!("could not listen on {address}, where the functions look for Google")
    })?;

    // Another seed each time: a stack that keeps its state must not take this world for the last.
    let now = product.ambient.now();
    let seed = now.as_microsecond().unsigned_abs();
    let today = TimeZone::UTC.to_datetime(now).date();
    let world = World::new(&stack, seed, today)?;

    let organization = product.connector.create_organization("Acme").await?;
    let tap = Tap::open(&sdk, stack.required("EVENT_BUS_NAME")?, PRODUCT).await?;
    let (listener, bus) = bus::listen(tap.clone(), organization);
    let google = world.google.clone();
    let scene = Scene {
        product,
        world,
        bus,
        organization,
        began,
    };
    let done = tokio::select! {
        ended = google.serve(socket, Clock::Wall) => {
            ended.context("the simulated Google failed")?;
            Err(anyhow!("the simulated Google ended"))
        }
        error = listener.run() => Err(error),
        done = play(&scene, &stack, stays) => done,
    };
    tap.close().await?;
    done
}

async fn play(scene: &Scene, stack: &Stack, stays: bool) -> anyhow::Result<ExitCode> {
    show::line("calwatch on this machine: the real functions, a simulated Google Calendar.");
    let secret = stack.required("GOOGLE_OAUTH_SECRET_ID")?;
    let calendars = connect::play(scene, &secret).await?;
    changes::play(scene, &calendars).await?;
    let staged = trouble::play(scene, &calendars).await?;
    let audits = audit::play(scene, &calendars).await?;
    let lost_nothing = summary::play(scene, &calendars, &staged, &audits).await?;
    if stays {
        stay::play(scene, stack, &calendars).await?;
    }
    Ok(if lost_nothing {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
