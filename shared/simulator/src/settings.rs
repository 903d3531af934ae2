//! What can be chosen about a simulated world before it starts.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::delivery::Provider;
use crate::microsoft::settings::GraphSettings;
use crate::outbox::Patience;

/// The choices a world is made with; `Default` is a well-behaved Google beside a well-behaved Graph.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Every id, token, gap and probability follows from it.
    pub seed: u64,
    /// What the manual clock shows at first.
    pub start: Timestamp,
    /// Items on a page when the request names no `maxResults`.
    pub page_size: usize,
    /// Items on a page however many the request asks for. Google promises 2,500 at most and may serve fewer.
    pub max_page_size: usize,
    /// Page through the state of the first page, instead of seeing changes made meanwhile.
    pub snapshot_pages: bool,
    /// Withhold the answer of `watch` until the `sync` message has had its first answer.
    pub sync_before_answer: bool,
    /// A channel's life when the request names none.
    pub default_channel_seconds: i64,
    /// A channel's longest life. Google documents no maximum.
    pub max_channel_seconds: i64,
    /// Where callback origins really are; nothing is sent to an origin that is not here.
    pub delivery_map: BTreeMap<String, DeliveryTarget>,
    /// How long after a change its messages leave.
    pub delivery_latency: SignedDuration,
    /// How long an answer to a message is awaited, on the wall clock.
    pub delivery_timeout: std::time::Duration,
    /// How many messages are under way at once.
    pub deliveries_in_flight: usize,
    /// The pause before the first retry; it doubles after that.
    pub retry_first: SignedDuration,
    /// The longest pause between two retries.
    pub retry_longest: SignedDuration,
    /// When a message is given up, counted from its first attempt.
    pub retry_for: SignedDuration,
    /// How long an access token lives.
    pub access_token_seconds: i64,
    /// The OAuth client every account granted its refresh token to.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: String,
    /// The number of the Google Cloud project that owns the channels.
    pub project_number: String,
    /// What a service account's assertion may name as `aud`; `serve` adds its own `/token`.
    pub token_audiences: Vec<String>,
    /// Let deleted events that have attendees keep their details, as organizer copies may.
    pub organizer_copies_keep_details: bool,
    /// What is particular to Microsoft.
    pub graph: GraphSettings,
}

impl Settings {
    pub(crate) fn patience(&self, provider: Provider) -> Patience {
        match provider {
            Provider::Google => Patience {
                retry_first: self.retry_first,
                retry_longest: self.retry_longest,
                retry_for: self.retry_for,
            },
            Provider::Microsoft => Patience {
                retry_first: self.graph.retry_first,
                retry_longest: self.graph.retry_longest,
                retry_for: self.graph.retry_for,
            },
        }
    }
}

/// Where deliveries for one https origin are really sent.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct DeliveryTarget {
    /// A loopback base such as `http://127.0.0.1:3000`.
    pub base: String,
    /// The Host header to send, if not the origin's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            start: Timestamp::constant(1_794_321_000, 0), // 2026-11-10T14:30:00Z, as in the fixtures.
            page_size: 250,
            max_page_size: 2_500,
            snapshot_pages: false,
            sync_before_answer: false,
            default_channel_seconds: 604_800,
            max_channel_seconds: 604_800,
            delivery_map: BTreeMap::new(),
            delivery_latency: SignedDuration::ZERO,
            delivery_timeout: std::time::Duration::from_secs(10),
            deliveries_in_flight: 16,
            retry_first: SignedDuration::from_secs(10),
            retry_longest: SignedDuration::from_hours(1),
            retry_for: SignedDuration::from_hours(48),
            access_token_seconds: 3_599,
            client_id: "simulator-client".to_owned(),
            client_secret: "simulator-secret".to_owned(),
            project_number: "481516234200".to_owned(),
            token_audiences: vec!["https://oauth2.googleapis.com/token".to_owned()],
            organizer_copies_keep_details: false,
            graph: GraphSettings::default(),
        }
    }
}
