//! Time, chance and settings of a world.

use std::sync::{Arc, Mutex};

use app::Ambient;
use serde_json::json;

use super::WEBHOOK_DOMAIN;
use crate::Cloud;

/// The cloud's clock, and chance from a seed.
pub(super) fn ambient(cloud: &Cloud, seed: u64) -> Ambient {
    let clock = cloud.clock();
    let state = Arc::new(Mutex::new(seed ^ 0x9e37_79b9_7f4a_7c15));
    let next = move || {
        let mut state = state.lock().expect("nobody panics here");
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    Ambient::new(
        move || clock.now(),
        move || (u128::from(next()) << 64) | u128::from(next()),
    )
}

/// The settings of all functions, as the template gives them.
pub(super) fn settings(cloud: &Cloud, google_url: &str, kms_key: &str) -> serde_json::Value {
    json!({
        "WEBHOOK_DOMAIN": WEBHOOK_DOMAIN,
        "GOOGLE_API_BASE_URL": google_url,
        "GOOGLE_TOKEN_URL": format!("{google_url}/token"),
        "GOOGLE_OAUTH_SECRET_ID": "google-oauth-client",
        "MICROSOFT_GRAPH_BASE_URL": google_url,
        "MICROSOFT_LOGIN_BASE_URL": google_url,
        "MICROSOFT_OAUTH_SECRET_ID": "microsoft-oauth-client",
        "TOKEN_KEYS_SECRET_ID": "token-keys",
        "KMS_KEY_ID": kms_key,
        "TABLE_CALENDARS": "test-calendars",
        "TABLE_SUBSCRIPTIONS": "test-subscriptions",
        "TABLE_NOTIFICATIONS": "test-notifications",
        "TABLE_EVENTS": "test-events",
        "TABLE_CHANGES": "test-changes",
        "TABLE_CONNECTIONS": "test-connections",
        "TABLE_ORGANIZATIONS": "test-organizations",
        "TABLE_RUNS": "test-runs",
        "TABLE_DEAD_LETTERS": "test-dead-letters",
        "TABLE_MAILBOXES": "test-mailboxes",
        "TABLE_API_KEYS": "test-api-keys",
        "TABLE_IDEMPOTENCY": "test-idempotency",
        "SYNC_WINDOW_PAST_DAYS": "30",
        "SYNC_WINDOW_FUTURE_DAYS": "365",
        "WEBHOOK_SYNC_WINDOW_HOURS": "0",
        "QUEUE_INTERACTIVE_URL": cloud.queue_url("test-interactive"),
        "QUEUE_BULK_URL": cloud.queue_url("test-bulk"),
        "QUEUE_DEAD_LETTERS_URL": cloud.queue_url("test-dead-letters"),
        "EVENT_BUS_NAME": "test-bus",
    })
}
