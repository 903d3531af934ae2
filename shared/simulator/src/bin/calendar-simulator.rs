//! The simulator as a process, for `calwatch dev` and for anyone who wants a calendar
//! provider on loopback.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Parser;
use jiff::SignedDuration;
use simulator::{Clock, DeliveryTarget, GraphSettings, Settings, Simulator};
use tokio::net::TcpListener;

/// A faithful Google Calendar and Microsoft Graph on this machine.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// A loopback address; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Every id, token, gap and probability follows from it
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Keep the world in this file, and go on with it after a crash: events, grants, channels, messages
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// {"https://origin":{"base":"http://127.0.0.1:PORT","host":"name"}}
    #[arg(long)]
    delivery_map: Option<String>,

    /// Items on a page, however many are asked for
    #[arg(long, default_value_t = 2_500)]
    max_page_size: usize,

    /// The pause before the first retry; it doubles after that. The real ones are longer than a demo
    #[arg(long, default_value_t = 500)]
    retry_first_ms: i64,

    /// How long after a change its messages leave
    #[arg(long, default_value_t = 50)]
    delivery_latency_ms: i64,

    /// Send the sync message before `watch` is answered
    #[arg(long)]
    sync_before_answer: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if !options.listen.ip().is_loopback() {
        bail!(
            "refused to listen on {}: /control has no password, so loopback only",
            options.listen.ip()
        );
    }
    let delivery_map: BTreeMap<String, DeliveryTarget> = match &options.delivery_map {
        Some(json) => serde_json::from_str(json).context("could not read --delivery-map")?,
        None => BTreeMap::new(),
    };
    let settings = Settings {
        seed: options.seed,
        max_page_size: options.max_page_size.max(1),
        sync_before_answer: options.sync_before_answer,
        delivery_latency: SignedDuration::from_millis(options.delivery_latency_ms),
        retry_first: SignedDuration::from_millis(options.retry_first_ms),
        retry_longest: SignedDuration::from_secs(30),
        graph: GraphSettings {
            max_page_size: options.max_page_size.max(1),
            retry_first: SignedDuration::from_millis(options.retry_first_ms),
            retry_longest: SignedDuration::from_secs(30),
            ..GraphSettings::default()
        },
        ..Settings::default()
    };
    let simulator = match &options.state {
        Some(file) => Simulator::kept_in(file, settings).context("could not use --state")?,
        None => Simulator::new(settings),
    };
    simulator
        .set_delivery_map(delivery_map)
        .context("could not use --delivery-map")?;

    let listener = TcpListener::bind(options.listen)
        .await
        .context("could not listen")?;
    announce(&listener)?;
    simulator
        .serve(listener, Clock::Wall)
        .await
        .context("could not go on serving")
}

#[expect(
    clippy::print_stdout,
    reason = "the one line that tells a parent process where to find us"
)]
fn announce(listener: &TcpListener) -> anyhow::Result<()> {
    println!("http://{}", listener.local_addr()?);
    Ok(())
}
