//! Is the mirror what the provider has? Asked of our own audit, and past all of our own code: what
//! is stored is compared with the raw JSON of the provider.

mod google;
mod microsoft;

use std::collections::BTreeMap;

use domain::{CalendarKey, Provider};
use jiff::Timestamp;
use serde_json::Value;
use testkit::World;

use super::scene::{feed, rows, text};

/// Fails unless the mirror is the truth.
pub(crate) async fn is_true(world: &World, key: CalendarKey, calendar: &str) {
    world.assert_in_sync(key).await;
    let stored: BTreeMap<String, Value> = rows(world, key)
        .await
        .into_iter()
        .map(|row| (text(&row["provider_id"]), row))
        .collect();
    let truth = world.truth_of(calendar);
    match world.provider {
        Provider::Google => google::compare(&stored, truth),
        Provider::Microsoft => {
            let window = feed(world, key).await.window;
            microsoft::compare(&stored, truth, window.expect("a calendar that was read"));
        }
    }
}

fn instant(text: &Value) -> Option<Timestamp> {
    text.as_str().map(|text| text.parse().expect("an instant"))
}
