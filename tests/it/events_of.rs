//! Events as a customer would make them, in the provider's words.

use serde_json::{Value, json};

/// An hour on a weekday.
pub(crate) fn meeting(title: &str) -> Value {
    json!({
        "summary": title,
        "start": { "dateTime": "2026-11-12T10:00:00Z", "timeZone": "Europe/Lisbon" },
        "end": { "dateTime": "2026-11-12T11:00:00Z", "timeZone": "Europe/Lisbon" },
    })
}

/// Every weekday from the ninth of November 2026, without an end.
pub(crate) fn stand_up() -> Value {
    json!({
        "summary": "Stand-up",
        "start": { "dateTime": "2026-11-09T09:30:00Z", "timeZone": "Europe/Lisbon" },
        "end": { "dateTime": "2026-11-09T09:45:00Z", "timeZone": "Europe/Lisbon" },
        "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"],
    })
}
