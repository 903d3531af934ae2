//! The simulated Google and who lives in it.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::Date;
use providers::grant::Grant;
use serde_json::{Value, json};
use simulator::{CalendarOptions, Clock, DeliveryTarget, Settings, Simulator};

use super::stack::Stack;

/// Ada's account and primary calendar; a person gave consent.
pub(super) const ADA: &str = "ada@acme.example";
/// Grace's account and primary calendar; her company's administrator gave consent.
pub(super) const GRACE: &str = "grace@acme.example";
/// A calendar that many people change.
pub(super) const LAUNCH: &str = "launch@acme.example";
/// A calendar of the kind that Google refuses to push.
pub(super) const HOLIDAYS: &str = "holidays@acme.example";

/// How many events Ada has before calwatch comes.
pub(super) const OLD_EVENTS: u32 = 120;

/// The simulated world.
#[derive(Debug)]
pub(super) struct World {
    pub(super) google: Simulator,
    /// Today, so that its events are near.
    today: Date,
}

impl World {
    /// A world whose messages go to this stack. With another seed, everything in it has other names.
    pub(super) fn new(stack: &Stack, seed: u64, today: Date) -> anyhow::Result<Self> {
        let functions = DeliveryTarget {
            base: stack.endpoint.clone(),
            host: Some(stack.api_host.clone()),
        };
        let google = Simulator::new(Settings {
            seed,
            delivery_map: BTreeMap::from([(stack.required("WEBHOOK_DOMAIN")?, functions)]),
            delivery_latency: SignedDuration::from_millis(50),
            // Google's first pause is longer than a demo.
            retry_first: SignedDuration::from_millis(500),
            retry_longest: SignedDuration::from_secs(30),
            // Small, so that importing Ada's calendar takes several pages.
            max_page_size: 50,
            ..Settings::default()
        });
        google.follow(Clock::Wall);
        Ok(Self { google, today })
    }

    /// What a person grants by consent.
    pub(super) fn consent(&self, email: &str) -> (Grant, aws::secrets::OAuthClient) {
        let account = self.google.add_account(email);
        let grant = Grant::GoogleRefreshToken {
            refresh_token: account.refresh_token.into(),
        };
        let client = aws::secrets::OAuthClient {
            id: account.client_id,
            proof: aws::secrets::Proof::Secret(account.client_secret.into()),
        };
        (grant, client)
    }

    /// What an administrator grants by delegation.
    pub(super) fn delegation(&self, email: &str) -> Grant {
        self.google.add_account(email);
        let account = self.google.add_service_account();
        Grant::GoogleServiceAccount {
            client_email: account.client_email,
            key_id: account.private_key_id,
            private_key_pem: account.private_key_pem.into(),
            subject: email.to_owned(),
        }
    }

    /// What was there before calwatch came, for accounts that exist.
    pub(super) fn furnish(&self) {
        self.google.bulk_events(ADA, OLD_EVENTS);
        self.google
            .add_calendar(GRACE, LAUNCH, CalendarOptions::default());
        let refuses = CalendarOptions {
            watchable: false,
            ..CalendarOptions::default()
        };
        self.google.add_calendar(ADA, HOLIDAYS, refuses);
        for (title, days) in [("Harvest day", 20), ("Winter day", 60)] {
            self.google.put_event(HOLIDAYS, self.all_day(title, days));
        }
    }

    /// An event of an hour at full hours, so many days from now.
    pub(super) fn meeting(&self, title: &str, days: i64, hour: i8) -> Value {
        json!({
            "summary": title,
            "start": { "dateTime": self.at(days, hour), "timeZone": "Europe/Lisbon" },
            "end": { "dateTime": self.at(days, hour + 1), "timeZone": "Europe/Lisbon" },
        })
    }

    /// An event of a day, so many days from now.
    pub(super) fn all_day(&self, title: &str, days: i64) -> Value {
        json!({
            "summary": title,
            "start": { "date": self.day(days).to_string() },
            "end": { "date": self.day(days + 1).to_string() },
        })
    }

    /// A full hour, so many days from now.
    pub(super) fn at(&self, days: i64, hour: i8) -> String {
        format!("{}T{hour:02}:00:00Z", self.day(days))
    }

    fn day(&self, days: i64) -> Date {
        self.today
            .saturating_add(SignedDuration::from_hours(24 * days))
    }
}
