//! Everything a function is made of, built once per sandbox.

use app::Ambient;
use app::announce::Announcer;
use app::audit::Auditor;
use app::connect::Connector;
use app::grants::Grants;
use app::keys::Keys;
use app::manage::{Founder, Management, Recoverer};
use app::permits::Permits;
use app::publish::Publisher;
use app::receive::Receiver;
use app::renew::Renewer;
use app::rotate::Rotator;
use app::stop::Stopper;
use app::sweep::Sweeper;
use app::switches::Switchboard;
use app::sync::Syncer;
use app::watch::Watcher;
use aws::SdkConfig;
use aws::api_keys::ApiKeys;
use aws::bus::Bus;
use aws::calendars::Calendars;
use aws::connections::Connections;
use aws::credentials::Credentials;
use aws::dead_letters::DeadLetters;
use aws::feed::Feeds;
use aws::idempotency::Requests;
use aws::inbox::Inboxes;
use aws::mailboxes::Mailboxes;
use aws::mirror::Mirror;
use aws::notifications::Notifications;
use aws::organizations::{Organizations, Whose};
use aws::outbox::Outbox;
use aws::queue::Queue;
use aws::runs::Runs;
use aws::secrets::Secrets;
use aws::subscriptions::Subscriptions;
use domain::switches::Turn;
use jiff::Timestamp;
use providers::Client;

use crate::config::{
    AccessConfig, ApiConfig, ManageConfig, SweeperConfig, SyncConfig, WatchConfig, WebhookConfig,
};

/// The real clock and real chance.
pub fn system() -> Ambient {
    Ambient::new(Timestamp::now, rand::random::<u128>)
}

/// What the sync function works with.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Brings calendars up to date.
    pub syncer: Syncer,
    /// Stops subscriptions.
    pub stopper: Stopper,
}

/// What a webhook function works with.
pub fn connect_receiver(sdk: &SdkConfig, config: WebhookConfig, ambient: Ambient) -> Receiver {
    Receiver {
        switchboard: switchboard(sdk, config.organizations, &ambient),
        keys: Keys::new(ambient.clone(), Secrets::new(sdk), config.token_keys),
        inboxes: Inboxes::new(sdk, config.calendars),
        notifications: Notifications::new(
            sdk,
            config.notifications,
            config.recognised_for,
            config.keep_notifications,
        ),
        subscriptions: Subscriptions::new(sdk, config.subscriptions),
        queue: Queue::new(sdk, config.queues),
        ambient,
    }
}

/// What the sync function works with.
///
/// # Errors
/// If no HTTP client can be had.
pub fn connect_syncer(
    sdk: &SdkConfig,
    config: SyncConfig,
    ambient: Ambient,
) -> Result<Worker, providers::Error> {
    let connections = Connections::new(sdk, config.access.connections.clone());
    let (client, grants) = access(sdk, config.access, &ambient)?;
    let inboxes = Inboxes::new(sdk, config.calendars.clone());
    let queue = Queue::new(sdk, config.queues);
    let recoverer = Recoverer {
        ambient: ambient.clone(),
        calendars: Calendars::new(sdk, config.calendars.clone()),
        inboxes: inboxes.clone(),
        connections,
        queue: queue.clone(),
    };
    let mirror = Mirror::new(
        sdk,
        config.calendars,
        config.events,
        config.changes,
        config.keep_changes,
    );
    let stopper = Stopper {
        subscriptions: Subscriptions::new(sdk, config.subscriptions),
        inboxes: inboxes.clone(),
        grants: grants.clone(),
        client: client.clone(),
    };
    let switchboard = switchboard(sdk, config.organizations, &ambient);
    let publisher = Publisher {
        ambient: ambient.clone(),
        mirror: mirror.clone(),
        bus: Bus::new(sdk, config.bus),
        switchboard: switchboard.clone(),
    };
    let syncer = Syncer {
        ambient: ambient.clone(),
        longest_delay: config.longest_delay,
        client,
        grants,
        permits: Permits {
            ambient: ambient.clone(),
            mailboxes: Mailboxes::new(sdk, config.mailboxes),
        },
        span: config.span,
        inboxes,
        mirror,
        publisher,
        runs: Runs::new(sdk, config.runs, config.keep_runs),
        dead_letters: DeadLetters::new(sdk, config.dead_letters, config.keep_dead_letters),
        subscriptions: stopper.subscriptions.clone(),
        switchboard,
        recoverer,
        queue,
    };
    Ok(Worker { syncer, stopper })
}

/// What the sweeper works with.
pub fn connect_sweeper(sdk: &SdkConfig, config: SweeperConfig, ambient: Ambient) -> Sweeper {
    let switchboard = switchboard(sdk, config.organizations, &ambient);
    Sweeper {
        switchboard: switchboard.clone(),
        announcer: Announcer {
            switchboard,
            ambient: ambient.clone(),
            outbox: Outbox::new(
                sdk,
                config.calendars.clone(),
                config.subscriptions,
                config.connections,
            ),
            bus: Bus::new(sdk, config.bus),
        },
        inboxes: Inboxes::new(sdk, config.calendars.clone()),
        feeds: Feeds::new(sdk, config.calendars),
        queue: Queue::new(sdk, config.queues),
        ambient,
    }
}

/// What whoever creates organizations and connections works with.
pub fn connect_connector(sdk: &SdkConfig, config: &ManageConfig, ambient: Ambient) -> Connector {
    Connector {
        ambient,
        organizations: Organizations::new(sdk, config.organizations.clone()),
        connections: Connections::new(sdk, config.watch.access.connections.clone()),
        credentials: Credentials::new(sdk, config.watch.access.kms_key.clone()),
    }
}

/// What whoever watches calendars works with.
///
/// # Errors
/// If no HTTP client can be had.
pub fn connect_watcher(
    sdk: &SdkConfig,
    config: WatchConfig,
    ambient: Ambient,
) -> Result<Watcher, providers::Error> {
    let (client, grants) = access(sdk, config.access.clone(), &ambient)?;
    Ok(watcher(sdk, config, ambient, client, grants))
}

fn watcher(
    sdk: &SdkConfig,
    config: WatchConfig,
    ambient: Ambient,
    client: Client,
    grants: Grants,
) -> Watcher {
    Watcher {
        keys: Keys::new(ambient.clone(), Secrets::new(sdk), config.token_keys),
        grants,
        client,
        inboxes: Inboxes::new(sdk, config.calendars.clone()),
        feeds: Feeds::new(sdk, config.calendars),
        subscriptions: Subscriptions::new(sdk, config.subscriptions),
        queue: Queue::new(sdk, config.queues),
        webhook_domain: config.webhook_domain,
        ambient,
    }
}

/// What the management API works with.
///
/// # Errors
/// If no HTTP client can be had.
pub fn connect_management(
    sdk: &SdkConfig,
    config: ApiConfig,
    ambient: Ambient,
) -> Result<Management, providers::Error> {
    let ManageConfig {
        watch,
        organizations,
    } = config.manage;
    let (client, grants) = access(sdk, watch.access.clone(), &ambient)?;
    let calendars = watch.calendars.clone();
    let queue = Queue::new(sdk, watch.queues.clone());
    Ok(Management {
        organizations: Organizations::new(sdk, organizations),
        api_keys: ApiKeys::new(sdk, config.api_keys),
        connections: Connections::new(sdk, watch.access.connections.clone()),
        credentials: Credentials::new(sdk, watch.access.kms_key.clone()),
        grants: grants.clone(),
        calendars: Calendars::new(sdk, calendars.clone()),
        subscriptions: Subscriptions::new(sdk, watch.subscriptions.clone()),
        mirror: Mirror::new(
            sdk,
            calendars,
            config.events,
            config.changes,
            config.keep_changes,
        ),
        runs: Runs::new(sdk, config.runs, config.keep_runs),
        requests: Requests::new(sdk, config.idempotency),
        watcher: watcher(sdk, watch, ambient.clone(), client, grants),
        queue,
        ambient,
    })
}

/// What renewal works with.
///
/// # Errors
/// If no HTTP client can be had.
pub fn connect_renewer(
    sdk: &SdkConfig,
    config: WatchConfig,
    ambient: Ambient,
) -> Result<Renewer, providers::Error> {
    Ok(Renewer {
        connections: Connections::new(sdk, config.access.connections.clone()),
        watcher: connect_watcher(sdk, config, ambient)?,
    })
}

/// What whoever founds organizations works with: their table, and the one of their keys.
pub fn connect_founder(
    sdk: &SdkConfig,
    organizations: String,
    api_keys: String,
    ambient: Ambient,
) -> Founder {
    Founder {
        ambient,
        organizations: Organizations::new(sdk, organizations),
        api_keys: ApiKeys::new(sdk, api_keys),
    }
}

/// What whoever audits calendars works with.
///
/// # Errors
/// If no HTTP client can be had.
pub fn connect_auditor(
    sdk: &SdkConfig,
    config: SyncConfig,
    ambient: &Ambient,
) -> Result<Auditor, providers::Error> {
    let (client, grants) = access(sdk, config.access, ambient)?;
    Ok(Auditor {
        client,
        grants,
        inboxes: Inboxes::new(sdk, config.calendars.clone()),
        mirror: Mirror::new(
            sdk,
            config.calendars,
            config.events,
            config.changes,
            config.keep_changes,
        ),
    })
}

fn access(
    sdk: &SdkConfig,
    config: AccessConfig,
    ambient: &Ambient,
) -> Result<(Client, Grants), providers::Error> {
    let client = Client::new(config.providers)?;
    let grants = Grants::new(
        ambient.clone(),
        client.clone(),
        Connections::new(sdk, config.connections),
        Credentials::new(sdk, config.kms_key),
        Secrets::new(sdk),
        config.oauth_secrets,
    );
    Ok((client, grants))
}

/// What whoever changes the keys of channel tokens works with.
pub fn connect_rotator(
    sdk: &SdkConfig,
    secret_id: String,
    subscriptions: String,
    ambient: Ambient,
) -> Rotator {
    Rotator {
        ambient,
        secrets: Secrets::new(sdk),
        secret_id,
        subscriptions: Subscriptions::new(sdk, subscriptions),
    }
}

/// Turns switches of everybody.
///
/// # Errors
/// If the table could not be asked.
pub async fn turn_everywhere(
    sdk: &SdkConfig,
    organizations: String,
    turn: Turn,
) -> Result<(), aws::Error> {
    let organizations = Organizations::new(sdk, organizations);
    organizations
        .turn(Whose::Everywhere, turn)
        .await
        .map(|_| ())
}

fn switchboard(sdk: &SdkConfig, organizations: String, ambient: &Ambient) -> Switchboard {
    Switchboard::new(ambient.clone(), Organizations::new(sdk, organizations))
}
