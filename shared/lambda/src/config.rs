//! Environment variables: read here and nowhere else, all bad ones reported at once.

use std::fmt;

use aws::queue::Urls;
use jiff::SignedDuration;
use providers::Settings;

/// One variable, for people.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is if it is not set; none means that it must be.
    pub default: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
}

const fn variable(
    name: &'static str,
    default: Option<&'static str>,
    meaning: &'static str,
) -> Variable {
    Variable {
        name,
        default,
        meaning,
    }
}

/// Every variable that some function reads; the README's table.
pub const VARIABLES: &[Variable] = &[
    variable(
        "WEBHOOK_DOMAIN",
        None,
        "https origin of the callback URLs that providers are given",
    ),
    variable(
        "WEBHOOK_DEDUPLICATION_MINUTES",
        Some("1440"),
        "how long an identical delivery is recognised; never suppresses a different notification",
    ),
    variable(
        "SYNC_MAX_DELAY_SECONDS",
        Some("60"),
        "longest delay between two runs of a calendar under a storm",
    ),
    variable(
        "RETENTION_DAYS_NOTIFICATIONS",
        Some("30"),
        "how long what providers told us is kept",
    ),
    variable(
        "RETENTION_DAYS_CHANGES",
        Some("30"),
        "how long entries of the feed are kept",
    ),
    variable(
        "RETENTION_DAYS_RUNS",
        Some("30"),
        "how long records of runs are kept",
    ),
    variable(
        "RETENTION_DAYS_DEAD_LETTERS",
        Some("90"),
        "how long dead letters are kept",
    ),
    variable(
        "GOOGLE_API_BASE_URL",
        Some("https://www.googleapis.com"),
        "where Google Calendar is; a simulator in tests",
    ),
    variable(
        "GOOGLE_TOKEN_URL",
        Some("https://oauth2.googleapis.com/token"),
        "where Google's access tokens are had",
    ),
    variable(
        "GOOGLE_OAUTH_SECRET_ID",
        None,
        "secret with our OAuth client at Google",
    ),
    variable(
        "TOKEN_KEYS_SECRET_ID",
        None,
        "secret with the keys of channel tokens",
    ),
    variable("KMS_KEY_ID", None, "key that seals grants"),
    variable("TABLE_CALENDARS", None, "table of inboxes and feeds"),
    variable(
        "TABLE_SUBSCRIPTIONS",
        None,
        "table of channels and subscriptions",
    ),
    variable("TABLE_NOTIFICATIONS", None, "table of notifications"),
    variable("TABLE_EVENTS", None, "table of mirrored events"),
    variable("TABLE_CHANGES", None, "table of feed entries"),
    variable("TABLE_CONNECTIONS", None, "table of grants"),
    variable("TABLE_ORGANIZATIONS", None, "table of tenants"),
    variable("TABLE_RUNS", None, "table of runs"),
    variable("TABLE_DEAD_LETTERS", None, "table of dead letters"),
    variable(
        "QUEUE_INTERACTIVE_URL",
        None,
        "queue of what somebody waits for",
    ),
    variable("QUEUE_BULK_URL", None, "queue of long work"),
    variable(
        "QUEUE_DEAD_LETTERS_URL",
        None,
        "queue of messages nobody could read",
    ),
    variable("EVENT_BUS_NAME", None, "bus that product code listens on"),
    variable(
        "LOG_LEVEL",
        Some("info"),
        "error, warn, info, debug or trace",
    ),
    variable(
        "AWS_ENDPOINT_URL",
        Some("AWS"),
        "an emulator, as the AWS SDK defines it",
    ),
];

/// All variables that are missing or bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSettings(Vec<String>);

impl fmt::Display for BadSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad settings: {}", self.0.join("; "))
    }
}

impl std::error::Error for BadSettings {}

/// Reads variables and collects what is wrong with them.
struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    bad: Vec<String>,
}

impl Reader<'_> {
    fn text(&mut self, name: &str) -> String {
        let set = (self.lookup)(name).filter(|value| !value.is_empty());
        let known = VARIABLES.iter().find(|variable| variable.name == name);
        match set.or_else(|| known?.default.map(str::to_owned)) {
            Some(value) => value,
            None => {
                self.bad.push(format!("{name} is not set"));
                String::new()
            }
        }
    }

    fn number(&mut self, name: &str, most: i64) -> i64 {
        let text = self.text(name);
        match text.parse() {
            Ok(number) if (1..=most).contains(&number) => number,
            Ok(_) | Err(_) => {
                self.bad
                    .push(format!("{name} must be a whole number from 1 to {most}"));
                1
            }
        }
    }

    fn days(&mut self, name: &str) -> SignedDuration {
        SignedDuration::from_hours(24 * self.number(name, 3_650))
    }

    fn origin(&mut self, name: &str) -> String {
        let text = self.text(name);
        let rest = text.strip_prefix("https://");
        let good =
            rest.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']));
        if !good && !text.is_empty() {
            self.bad
                .push(format!("{name} must be an https origin without a path"));
        }
        text
    }

    fn url(&mut self, name: &str) -> String {
        let text = self.text(name);
        let loopback = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"]
            .iter()
            .any(|prefix| text.starts_with(prefix));
        if !text.starts_with("https://") && !loopback {
            self.bad.push(format!(
                "{name} must be an https URL, or http on this machine"
            ));
        }
        text.trim_end_matches('/').to_owned()
    }

    fn finish<T>(self, value: T) -> Result<T, BadSettings> {
        if self.bad.is_empty() {
            Ok(value)
        } else {
            Err(BadSettings(self.bad))
        }
    }
}

/// Where settings come from: the environment in production, a table in tests.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The process's environment.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The level to log at.
pub fn log_level(lookup: Lookup<'_>) -> String {
    let level = lookup("LOG_LEVEL").unwrap_or_default().to_lowercase();
    let known = ["error", "warn", "info", "debug", "trace"];
    if known.contains(&level.as_str()) {
        level
    } else {
        "info".to_owned()
    }
}

/// What a webhook function needs.
#[derive(Clone, Debug)]
pub struct WebhookConfig {
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
    pub(crate) calendars: String,
    pub(crate) subscriptions: String,
    pub(crate) events: String,
    pub(crate) changes: String,
    pub(crate) runs: String,
    pub(crate) dead_letters: String,
    pub(crate) queues: Urls,
    pub(crate) bus: String,
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
    pub(crate) oauth_secret: String,
    pub(crate) kms_key: String,
}

impl AccessConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            providers: Settings {
                google_api: reader.url("GOOGLE_API_BASE_URL"),
                google_token: reader.url("GOOGLE_TOKEN_URL"),
            },
            connections: reader.text("TABLE_CONNECTIONS"),
            oauth_secret: reader.text("GOOGLE_OAUTH_SECRET_ID"),
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
            calendars: reader.text("TABLE_CALENDARS"),
            subscriptions: reader.text("TABLE_SUBSCRIPTIONS"),
            events: reader.text("TABLE_EVENTS"),
            changes: reader.text("TABLE_CHANGES"),
            runs: reader.text("TABLE_RUNS"),
            dead_letters: reader.text("TABLE_DEAD_LETTERS"),
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
    pub(crate) calendars: String,
    pub(crate) queues: Urls,
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
            calendars: reader.text("TABLE_CALENDARS"),
            queues: Urls {
                interactive: reader.text("QUEUE_INTERACTIVE_URL"),
                bulk: reader.text("QUEUE_BULK_URL"),
                dead_letters: String::new(),
            },
        };
        reader.finish(config)
    }
}

/// What whoever connects and watches calendars needs.
#[derive(Clone, Debug)]
pub struct ManageConfig {
    pub(crate) access: AccessConfig,
    pub(crate) organizations: String,
    pub(crate) calendars: String,
    pub(crate) subscriptions: String,
    pub(crate) queues: Urls,
    pub(crate) token_keys: String,
    pub(crate) webhook_domain: String,
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
        let config = Self {
            access: AccessConfig::read(&mut reader),
            organizations: reader.text("TABLE_ORGANIZATIONS"),
            calendars: reader.text("TABLE_CALENDARS"),
            subscriptions: reader.text("TABLE_SUBSCRIPTIONS"),
            queues: Urls {
                interactive: reader.text("QUEUE_INTERACTIVE_URL"),
                bulk: reader.text("QUEUE_BULK_URL"),
                dead_letters: String::new(),
            },
            token_keys: reader.text("TOKEN_KEYS_SECRET_ID"),
            webhook_domain: reader.origin("WEBHOOK_DOMAIN"),
        };
        reader.finish(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_variable_is_named_at_once() {
        let lookup = |name: &str| match name {
            "TABLE_CALENDARS" => Some("calendars".to_owned()),
            "WEBHOOK_DEDUPLICATION_MINUTES" => Some("soon".to_owned()),
            _ => None,
        };

        let bad = WebhookConfig::read(&lookup).unwrap_err();

        insta::assert_snapshot!(bad.to_string().replace("; ", "\n"), @r"
        bad settings: WEBHOOK_DEDUPLICATION_MINUTES must be a whole number from 1 to 43200
        TABLE_NOTIFICATIONS is not set
        TABLE_SUBSCRIPTIONS is not set
        QUEUE_INTERACTIVE_URL is not set
        QUEUE_BULK_URL is not set
        TOKEN_KEYS_SECRET_ID is not set
        ");
    }

    #[test]
    fn a_provider_is_reached_by_https_or_on_this_machine() {
        let read = |url: &str| {
            let lookup = |name: &str| {
                Some(match name {
                    "GOOGLE_API_BASE_URL" => url.to_owned(),
                    "GOOGLE_TOKEN_URL" => "https://token.example".to_owned(),
                    _ => "1".to_owned(),
                })
            };
            SyncConfig::read(&lookup).is_ok()
        };

        assert!(read("https://www.googleapis.com"));
        assert!(read("http://127.0.0.1:8080"));
        assert!(!read("http://www.googleapis.com"));
        assert!(!read("http://127.0.0.1.example"));
    }

    #[test]
    fn the_webhook_domain_is_an_origin() {
        let read = |domain: &str| {
            let lookup = |name: &str| {
                Some(match name {
                    "GOOGLE_API_BASE_URL" | "GOOGLE_TOKEN_URL" => "https://a.example".to_owned(),
                    "WEBHOOK_DOMAIN" => domain.to_owned(),
                    _ => "1".to_owned(),
                })
            };
            ManageConfig::read(&lookup).is_ok()
        };

        assert!(read("https://hooks.example"));
        for domain in [
            "http://hooks.example",
            "https://hooks.example/",
            "hooks.example",
            "https://",
        ] {
            assert!(!read(domain), "{domain}");
        }
    }
}
