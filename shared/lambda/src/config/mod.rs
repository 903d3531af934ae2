//! Environment variables: read here and nowhere else, all bad ones reported at once.

mod functions;
mod variables;

use std::fmt;

use domain::window::Span;
use jiff::SignedDuration;

pub use functions::{
    AccessConfig, ApiConfig, ManageConfig, SweeperConfig, SyncConfig, WatchConfig, WebhookConfig,
};
pub use variables::{VARIABLES, Variable};

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
        self.whole(name, 1, most)
    }

    fn whole(&mut self, name: &str, least: i64, most: i64) -> i64 {
        let text = self.text(name);
        match text.parse() {
            Ok(number) if (least..=most).contains(&number) => number,
            Ok(_) | Err(_) => {
                self.bad.push(format!(
                    "{name} must be a whole number from {least} to {most}"
                ));
                least
            }
        }
    }

    fn days(&mut self, name: &str) -> SignedDuration {
        SignedDuration::from_hours(24 * self.number(name, 3_650))
    }

    /// How far back and ahead a calendar is read where its provider wants to be told.
    fn span(&mut self) -> Span {
        let days = |days| SignedDuration::from_hours(24 * days);
        let past = self.number("SYNC_WINDOW_PAST_DAYS", 1_825);
        let future = self.number("SYNC_WINDOW_FUTURE_DAYS", 1_825);
        let hours = self.whole("WEBHOOK_SYNC_WINDOW_HOURS", 0, 87_600);
        if hours == 0 {
            return Span {
                past: days(past),
                future: days(future),
            };
        }
        tracing::warn!(
            hours,
            "WEBHOOK_SYNC_WINDOW_HOURS overrides SYNC_WINDOW_PAST_DAYS and SYNC_WINDOW_FUTURE_DAYS",
        );
        let half = SignedDuration::from_mins(30 * hours);
        Span {
            past: half,
            future: half,
        }
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
        TABLE_ORGANIZATIONS is not set
        TABLE_NOTIFICATIONS is not set
        TABLE_SUBSCRIPTIONS is not set
        QUEUE_INTERACTIVE_URL is not set
        QUEUE_BULK_URL is not set
        TOKEN_KEYS_SECRET_ID is not set
        ");
    }

    /// Good settings, save one variable.
    fn good_but(one: &str, value: &str, name: &str) -> String {
        match name {
            _ if name == one => value.to_owned(),
            "WEBHOOK_DOMAIN" => "https://hooks.example".to_owned(),
            _ if name.ends_with("_URL") => "https://a.example".to_owned(),
            _ => "1".to_owned(),
        }
    }

    #[test]
    fn a_provider_is_reached_by_https_or_on_this_machine() {
        for one in [
            "GOOGLE_API_BASE_URL",
            "GOOGLE_TOKEN_URL",
            "MICROSOFT_GRAPH_BASE_URL",
            "MICROSOFT_LOGIN_BASE_URL",
        ] {
            let read = |url: &str| {
                let lookup = |name: &str| Some(good_but(one, url, name));
                SyncConfig::read(&lookup).is_ok()
            };

            assert!(read("https://www.googleapis.com"), "{one}");
            assert!(read("http://127.0.0.1:8080"), "{one}");
            assert!(!read("http://www.googleapis.com"), "{one}");
            assert!(!read("http://127.0.0.1.example"), "{one}");
        }
    }

    #[test]
    fn the_webhook_domain_is_an_origin() {
        let read = |domain: &str| {
            let lookup = |name: &str| Some(good_but("WEBHOOK_DOMAIN", domain, name));
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
