//! The commands, one file per noun.

mod calendar;
mod changes;
mod connection;
mod decommission;
mod events;
mod follow;
mod found;
mod grant;
mod health;
mod import;
mod keys;
mod org;
mod place;
mod refresh;
mod runs;
mod session;
mod subscription;
mod switches;
mod token_keys;
mod webhook;

use clap::Subcommand;

use crate::dev;
use crate::global::Global;
use crate::terminal::Terminal;

pub(crate) use session::Session;

/// What a command came to, as its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// All of it was done. Of health: healthy.
    Done,
    /// Something failed.
    Failed,
    /// It is not a command.
    Usage,
    /// Of health: something is wrong, and calwatch copes.
    Degraded,
    /// Of health: something is wrong, and somebody has to act.
    Unhealthy,
    /// Of health: it could not be found out.
    Unknown,
    /// Of changes: a snapshot is needed first.
    ResyncRequired,
}

impl Status {
    /// What a shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Status::Done => 0,
            Status::Failed | Status::Degraded => 1,
            Status::Usage | Status::Unhealthy => 2,
            Status::Unknown | Status::ResyncRequired => 3,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The organization: create one, show it
    #[command(subcommand)]
    Org(org::Org),
    /// API keys: create, list, revoke
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Grants at Google and Microsoft: show, create, replace, import
    #[command(subcommand)]
    Connection(connection::ConnectionCommand),
    /// Calendars: watch, show, pause, resume, read again, unwatch
    #[command(subcommand)]
    Calendar(calendar::CalendarCommand),
    /// What providers tell us of changes through: show
    #[command(subcommand)]
    Subscription(subscription::SubscriptionCommand),
    /// Subscribe again, to one calendar, some or all
    RefreshSubscriptions(refresh::Refresh),
    /// What a calendar holds now
    Events(events::Events),
    /// What changed in a calendar, entry by entry
    Changes(changes::ChangesCommand),
    /// How a calendar was read, newest first
    Runs(runs::Runs),
    /// Whether everything works; made for monitors
    Health(health::HealthCommand),
    /// Stop and start parts of calwatch: show, set
    #[command(subcommand)]
    Switches(switches::SwitchesCommand),
    /// Send a forged notification and a handshake, and judge the answers
    ///
    /// Everything that is sent is what a stranger could send: no key is needed, nothing is
    /// believed, and nothing is changed.
    TestWebhook(webhook::TestWebhook),
    /// End every watch, so that nothing is left at the providers
    ///
    /// Google's channels can not be listed afterwards, so do this before the stack is deleted.
    /// Connections, events and changes stay.
    Decommission(decommission::Decommission),
    /// The keys of channel tokens, with AWS credentials: list, rotate, prune, revoke
    #[command(subcommand)]
    TokenKeys(token_keys::TokenKeys),
    /// For developers: calwatch on this machine
    Dev(dev::Dev),
}

impl Command {
    /// Whether a monitor reads the exit status.
    pub(crate) const fn is_health(&self) -> bool {
        matches!(self, Command::Health(_))
    }

    /// Does it.
    pub(crate) async fn run(
        self,
        global: &Global,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Status> {
        match self {
            Command::Org(org) => org.run(global, terminal).await,
            Command::Keys(keys) => keys.run(Session::open(global, terminal)?).await,
            Command::Connection(connection) => connection.run(global, terminal).await,
            Command::Calendar(calendar) => calendar.run(Session::open(global, terminal)?).await,
            Command::Subscription(subscription) => {
                subscription.run(Session::open(global, terminal)?).await
            }
            Command::RefreshSubscriptions(refresh) => {
                refresh.run(Session::open(global, terminal)?).await
            }
            Command::Events(events) => events.run(Session::open(global, terminal)?).await,
            Command::Changes(changes) => changes.run(Session::open(global, terminal)?).await,
            Command::Runs(runs) => runs.run(Session::open(global, terminal)?).await,
            Command::Health(health) => health.run(Session::open(global, terminal)?).await,
            Command::Switches(switches) => switches.run(global, terminal).await,
            Command::TestWebhook(test) => test.run(global, terminal).await,
            Command::Decommission(all) => all.run(Session::open(global, terminal)?).await,
            Command::TokenKeys(keys) => keys.run(global.json, terminal).await,
            Command::Dev(dev) => dev.run().await,
        }
    }
}

/// Reads the id of something whose ids have no type of their own.
fn word(text: &str) -> Result<String, &'static str> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if text.is_empty() || !text.chars().all(is_word) {
        return Err("not an id");
    }
    Ok(text.to_owned())
}
