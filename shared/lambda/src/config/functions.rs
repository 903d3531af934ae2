//! What each function needs to know, and nothing else.

use app::grants::OAuthSecrets;
use aws::queue::Urls;
use domain::window::Span;
use jiff::SignedDuration;
use providers::Settings;

use super::{BadSettings, Lookup, Reader};

/// What a webhook function needs.
#[derive(Clone, Debug)]
pub struct WebhookConfig {
    pub(crate) organizations: String,
    pub(crate) notifications: String,
    pub(crate) calendars: String,
    pub(crate) subscriptions: String,
    pub(crate) queues: Urls,
    pub(crate) token_keys: String,
    pub(crate) recognised_for: SignedDuration,
    pub(crate) keep_notifications: SignedDuration,
}

impl WebhookConfig {
    /// Reads it.
    ///
    /// # Errors
    /// Names every variable that is missing or bad.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, BadSettings> {
        let mut reader = Reader {
            lookup,
            bad: Vec::new(),
        };
        let minutes = reader.number("WEBHOOK_DEDUPLICATION_MINUTES", 43_200);
        let config = Self {
            organizations: reader.text("TABLE_ORGANIZATIONS"),
            notifications: reader.text("TABLE_NOTIFICATIONS"),
            calendars: reader.text("TABLE_CALENDARS"),
            subscriptions: reader.text("TABLE_SUBSCRIPTIONS"),
            queues: Urls {
                interactive: reader.text("QUEUE_INTERACTIVE_URL"),
                bulk: reader.text("QUEUE_BULK_URL"),
                dead_letters: String::new(),
            },
            token_keys: reader.text("TOKEN_KEYS_SECRET_ID"),
            recognised_for: SignedDuration::from_mins(minutes),
            keep_notifications: reader.days("RETENTION_DAYS_NOTIFICATIONS"),
        };
        reader.finish(config)
    }
}

/// What the sync function needs.
#[derive(Clone, Debug)]
pub struct SyncConfig {
    pub(crate) access: AccessConfig,
    pub(crate) organizations: String,
    pub(crate) calendars: String,
    pub(crate) subscriptions: String,
    pub(crate) events: String,
    pub(crate) changes: String,
    pub(crate) runs: String,
    pub(crate) dead_letters: String,
    pub(crate) mailboxes: String,
    pub(crate) queues: Urls,
    pub(crate) bus: String,
    pub(crate) span: Span,
    pub(crate) longest_delay: SignedDuration,
    pub(crate) keep_changes: SignedDuration,
    pub(crate) keep_runs: SignedDuration,
    pub(crate) keep_dead_letters: SignedDuration,
}

/// What it takes to talk to providers.
#[derive(Clone, Debug)]
pub struct AccessConfig {
    pub(crate) providers: Settings,
    pub(crate) connections: String,
    pub(crate) oauth_secrets: OAuthSecrets,
    pub(crate) kms_key: String,
}

impl AccessConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            providers: Settings {
                google_api: reader.url("GOOGLE_API_BASE_URL"),
                google_token: reader.url("GOOGLE_TOKEN_URL"),
                microsoft_graph: reader.url("MICROSOFT_GRAPH_BASE_URL"),
                microsoft_login: reader.url("MICROSOFT_LOGIN_BASE_URL"),
            },
            connections: reader.text("TABLE_CONNECTIONS"),
            oauth_secrets: OAuthSecrets {
                google: reader.text("GOOGLE_OAUTH_SECRET_ID"),
                microsoft: reader.text("MICROSOFT_OAUTH_SECRET_ID"),
            },
            kms_key: reader.text("KMS_KEY_ID"),
        }
    }
}

impl SyncConfig {
    /// Reads it.
    ///
    /// # Errors
    /// Names every variable that is missing or bad.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, BadSettings> {
        let mut reader = Reader {
            lookup,
            bad: Vec::new(),
        };
        let seconds = reader.number("SYNC_MAX_DELAY_SECONDS", 900);
        let config = Self {
            access: AccessConfig::read(&mut reader),
            organizations: reader.text("TABLE_ORGANIZATIONS"),
            calendars: reader.text("TABLE_CALENDARS"),
            subscriptions: reader.text("TABLE_SUBSCRIPTIONS"),
            events: reader.text("TABLE_EVENTS"),
            changes: reader.text("TABLE_CHANGES"),
            runs: reader.text("TABLE_RUNS"),
            dead_letters: reader.text("TABLE_DEAD_LETTERS"),
            mailboxes: reader.text("TABLE_MAILBOXES"),
            span: reader.span(),
            queues: Urls {
                interactive: reader.text("QUEUE_INTERACTIVE_URL"),
                bulk: reader.text("QUEUE_BULK_URL"),
                dead_letters: reader.text("QUEUE_DEAD_LETTERS_URL"),
            },
            bus: reader.text("EVENT_BUS_NAME"),
            longest_delay: SignedDuration::from_secs(seconds),
            keep_changes: reader.days("RETENTION_DAYS_CHANGES"),
            keep_runs: reader.days("RETENTION_DAYS_RUNS"),
            keep_dead_letters: reader.days("RETENTION_DAYS_DEAD_LETTERS"),
        };
        reader.finish(config)
    }
}

/// What the sweeper needs.
#[derive(Clone, Debug)]
pub struct SweeperConfig {
    pub(crate) organizations: String,
    pub(crate) calendars: String,
    pub(crate) subscriptions: String,
    pub(crate) connections: String,
    pub(crate) queues: Urls,
    pub(crate) bus: String,
}

impl SweeperConfig {
    /// Reads it.
    ///
    /// # Errors
    /// Names every variable that is missing or bad.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, BadSettings> {
        let mut reader = Reader {
            lookup,
            bad: Vec::new(),
        };
        let config = Self {
            organizations: reader.text("TABLE_ORGANIZATIONS"),
            calendars: reader.text("TABLE_CALENDARS"),
            subscriptions: reader.text("TABLE_SUBSCRIPTIONS"),
            connections: reader.text("TABLE_CONNECTIONS"),
            queues: Urls {
                interactive: reader.text("QUEUE_INTERACTIVE_URL"),
                bulk: reader.text("QUEUE_BULK_URL"),
                dead_letters: String::new(),
            },
            bus: reader.text("EVENT_BUS_NAME"),
        };
        reader.finish(config)
    }
}

/// What the management API needs.
#[derive(Clone, Debug)]
pub struct ApiConfig {
    pub(crate) manage: ManageConfig,
    pub(crate) api_keys: String,
    pub(crate) idempotency: String,
    pub(crate) events: String,
    pub(crate) changes: String,
    pub(crate) runs: String,
    pub(crate) keep_changes: SignedDuration,
    pub(crate) keep_runs: SignedDuration,
}

impl ApiConfig {
    /// Reads it.
    ///
    /// # Errors
    /// Names every variable that is missing or bad.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, BadSettings> {
        let mut reader = Reader {
            lookup,
            bad: Vec::new(),
        };
        let config = Self {
            manage: ManageConfig::read_with(&mut reader),
            api_keys: reader.text("TABLE_API_KEYS"),
            idempotency: reader.text("TABLE_IDEMPOTENCY"),
            events: reader.text("TABLE_EVENTS"),
            changes: reader.text("TABLE_CHANGES"),
            runs: reader.text("TABLE_RUNS"),
            keep_changes: reader.days("RETENTION_DAYS_CHANGES"),
            keep_runs: reader.days("RETENTION_DAYS_RUNS"),
        };
        reader.finish(config)
    }
}

/// What whoever watches calendars and renews their subscriptions needs.
#[derive(Clone, Debug)]
pub struct WatchConfig {
    pub(crate) access: AccessConfig,
    pub(crate) calendars: String,
    pub(crate) subscriptions: String,
    pub(crate) queues: Urls,
    pub(crate) token_keys: String,
    pub(crate) webhook_domain: String,
}

impl WatchConfig {
    /// Reads it.
    ///
    /// # Errors
    /// Names every variable that is missing or bad.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, BadSettings> {
        let mut reader = Reader {
            lookup,
            bad: Vec::new(),
        };
        let config = Self::read_with(&mut reader);
        reader.finish(config)
    }

    fn read_with(reader: &mut Reader<'_>) -> Self {
        Self {
            access: AccessConfig::read(reader),
            calendars: reader.text("TABLE_CALENDARS"),
            subscriptions: reader.text("TABLE_SUBSCRIPTIONS"),
            queues: Urls {
                interactive: reader.text("QUEUE_INTERACTIVE_URL"),
                bulk: reader.text("QUEUE_BULK_URL"),
                dead_letters: String::new(),
            },
            token_keys: reader.text("TOKEN_KEYS_SECRET_ID"),
            webhook_domain: reader.origin("WEBHOOK_DOMAIN"),
        }
    }
}

/// What whoever creates organizations and connections needs as well.
#[derive(Clone, Debug)]
pub struct ManageConfig {
    /// What it takes to watch.
    pub watch: WatchConfig,
    pub(crate) organizations: String,
}

impl ManageConfig {
    /// Reads it.
    ///
    /// # Errors
    /// Names every variable that is missing or bad.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, BadSettings> {
        let mut reader = Reader {
            lookup,
            bad: Vec::new(),
        };
        let config = Self::read_with(&mut reader);
        reader.finish(config)
    }

    fn read_with(reader: &mut Reader<'_>) -> Self {
        Self {
            watch: WatchConfig::read_with(reader),
            organizations: reader.text("TABLE_ORGANIZATIONS"),
        }
    }
}
