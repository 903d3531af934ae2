//! The order of the demo.

use std::path::Path;

use anyhow::{Context, anyhow};
use aws::tap::Tap;
use jiff::tz::TimeZone;
use simulator::Clock;
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::scene::{Organizations, Product, Scene};
use super::stack::Stack;
use super::world::World;
use super::{audit, bus, changes, connect, show, summary, trouble};
use crate::command::Status;

/// The name of the rule and the queue that stand for a product.
const PRODUCT: &str = "calwatch-demo";

/// Shows everything. The exit code says whether anything was lost.
pub(super) async fn run(file: &Path) -> anyhow::Result<Status> {
    let began = Instant::now();
    let stack = Stack::read(file)?;
    let sdk = aws::configuration_for(stack.account()?);
    let product = Product::connect(&stack, &sdk)?;
    let address = stack.providers()?;
    let socket = TcpListener::bind(address).await.with_context(|| {
        format!("could not listen on {address}, where the functions look for the providers")
    })?;

    // Another seed each time: a stack that keeps its state must not take this world for the last.
    let now = product.ambient.now();
    let seed = now.as_microsecond().unsigned_abs();
    let today = TimeZone::UTC.to_datetime(now).date();
    let world = World::new(&stack, seed, today)?;

    let organizations = Organizations {
        acme: product.connector.create_organization("Acme").await?,
        globex: product.connector.create_organization("Globex").await?,
    };
    let tap = Tap::open(&sdk, stack.required("EVENT_BUS_NAME")?, PRODUCT).await?;
    let (listener, bus) = bus::listen(tap.clone(), organizations.all().to_vec());
    let providers = world.simulator.clone();
    let scene = Scene {
        product,
        stack,
        world,
        bus,
        organizations,
        began,
    };
    let done = tokio::select! {
        ended = providers.serve(socket, Clock::Wall) => {
            ended.context("the simulated providers failed")?;
            Err(anyhow!("the simulated providers ended"))
        }
        error = listener.run() => Err(error),
        done = play(&scene) => done,
    };
    tap.close().await?;
    done
}

async fn play(scene: &Scene) -> anyhow::Result<Status> {
    show::line("calwatch on this machine: real functions, simulated Google and Microsoft.");
    let calendars = connect::play(scene).await?;
    changes::play(scene, &calendars).await?;
    let staged = trouble::play(scene, &calendars).await?;
    let audits = audit::play(scene, &calendars).await?;
    let lost_nothing = summary::play(scene, &calendars, &staged, &audits).await?;
    Ok(if lost_nothing {
        Status::Done
    } else {
        Status::Failed
    })
}
