//! Events that recur.

use serde_json::json;
use testkit::world::titled;

use super::{is_the_same, series, timed};

#[tokio::test]
async fn an_event_that_was_there_before_is_the_same() {
    is_the_same(
        &[
            |world| {
                world.put(timed(
                    "early",
                    "Before",
                    "2026-11-20T08:00:00Z",
                    "2026-11-20T08:30:00Z",
                    "UTC",
                ));
            },
            |world| {
                world.put(series(
                    "elder",
                    "2026-11-16T09:00:00Z",
                    "2026-11-16T09:15:00Z",
                    "UTC",
                    "RRULE:FREQ=DAILY;COUNT=5",
                ));
                world.cancel_occurrence("elder", "2026-11-17T09:00:00Z");
                world.move_occurrence(
                    "elder",
                    "2026-11-18T09:00:00Z",
                    "2026-11-18T11:00:00Z",
                    "2026-11-18T11:15:00Z",
                );
            },
        ],
        &[],
    )
    .await;
}

#[tokio::test]
async fn a_daily_series_with_moved_cancelled_and_changed_occurrences_is_the_same() {
    let rows = is_the_same(
        &[],
        &[
            |world| {
                world.put(series(
                    "daily",
                    "2026-11-16T09:00:00Z",
                    "2026-11-16T09:15:00Z",
                    "Europe/London",
                    "RRULE:FREQ=DAILY;COUNT=10",
                ));
            },
            // Before there are exceptions: Microsoft's follow their series, Google's do not.
            |world| {
                world.put(titled("daily", "Renamed"));
            },
            |world| {
                world.move_occurrence(
                    "daily",
                    "2026-11-17T09:00:00Z",
                    "2026-11-17T11:00:00Z",
                    "2026-11-17T11:15:00Z",
                );
            },
            |world| world.cancel_occurrence("daily", "2026-11-18T09:00:00Z"),
            |world| {
                // A moved one is cancelled.
                world.move_occurrence(
                    "daily",
                    "2026-11-19T09:00:00Z",
                    "2026-11-19T12:00:00Z",
                    "2026-11-19T12:15:00Z",
                );
            },
            |world| world.cancel_occurrence("daily", "2026-11-19T09:00:00Z"),
            |world| {
                let place = ("2026-11-20T09:00:00Z", "2026-11-20T09:15:00Z");
                world.retitle_occurrence("daily", place, "Changed");
            },
        ],
    )
    .await;

    let kinds: Vec<_> = rows.iter().map(|row| &row["kind"]).collect();
    let expected = [
        "master",
        "exception",
        "occurrence",
        "occurrence",
        "exception",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(rows[4]["title"], "Changed");
}

#[tokio::test]
async fn a_weekly_series_across_a_change_of_the_clocks_is_the_same() {
    let rows = is_the_same(
        &[],
        &[
            |world| {
                world.put(series(
                    "weekly",
                    "2027-03-15T09:30:00Z",
                    "2027-03-15T10:00:00Z",
                    "Europe/London",
                    "RRULE:FREQ=WEEKLY;BYDAY=MO,WE",
                ));
            },
            // British summer time begins on 28 March 2027.
            |world| {
                world.move_occurrence(
                    "weekly",
                    "2027-03-29T08:30:00Z",
                    "2027-03-29T13:00:00Z",
                    "2027-03-29T13:30:00Z",
                );
            },
            |world| world.cancel_occurrence("weekly", "2027-03-31T08:30:00Z"),
        ],
    )
    .await;

    let moved = &rows
        .iter()
        .find(|row| row["kind"] == "exception")
        .expect("it");
    assert_eq!(moved["series"]["original_start"]["offset_seconds"], 3_600);
}

#[tokio::test]
async fn a_monthly_series_by_weekday_is_the_same() {
    let rows = is_the_same(
        &[],
        &[
            |world| {
                world.put(series(
                    "monthly",
                    "2026-11-24T17:00:00Z",
                    "2026-11-24T18:00:00Z",
                    "UTC",
                    "RRULE:FREQ=MONTHLY;BYDAY=4TU",
                ));
            },
            |world| world.cancel_occurrence("monthly", "2026-12-22T17:00:00Z"),
        ],
    )
    .await;

    assert_eq!(
        rows[0]["recurrence"],
        json!(["RRULE:FREQ=MONTHLY;BYDAY=4TU"])
    );
}

#[tokio::test]
async fn an_all_day_series_is_the_same() {
    is_the_same(
        &[],
        &[
            |world| {
                world.put(json!({
                    "id": "wholedays",
                    "summary": "On call",
                    "start": { "date": "2026-11-16" },
                    "end": { "date": "2026-11-17" },
                    "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO"],
                }));
            },
            |world| world.cancel_occurrence("wholedays", "2026-11-23"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_series_that_ends_on_a_date_is_the_same() {
    is_the_same(
        &[],
        &[|world| {
            world.put(series(
                "ending",
                "2027-03-22T09:30:00Z",
                "2027-03-22T10:00:00Z",
                "Europe/London",
                "RRULE:FREQ=DAILY;UNTIL=20270402T083000Z",
            ));
        }],
    )
    .await;
}

#[tokio::test]
async fn deleted_events_and_series_are_gone_at_both() {
    let rows = is_the_same(
        &[],
        &[
            |world| {
                world.put(timed(
                    "stays",
                    "Stays",
                    "2026-11-12T15:00:00Z",
                    "2026-11-12T16:00:00Z",
                    "UTC",
                ));
                world.put(timed(
                    "leaves",
                    "Leaves",
                    "2026-11-12T17:00:00Z",
                    "2026-11-12T18:00:00Z",
                    "UTC",
                ));
                world.put(series(
                    "ended",
                    "2026-11-16T09:00:00Z",
                    "2026-11-16T09:15:00Z",
                    "UTC",
                    "RRULE:FREQ=DAILY;COUNT=10",
                ));
            },
            |world| {
                world.cancel_occurrence("ended", "2026-11-17T09:00:00Z");
                world.move_occurrence(
                    "ended",
                    "2026-11-18T09:00:00Z",
                    "2026-11-18T11:00:00Z",
                    "2026-11-18T11:15:00Z",
                );
            },
            |world| {
                world.delete("leaves");
                world.delete("ended");
            },
        ],
    )
    .await;

    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn a_calendar_read_anew_is_the_same() {
    is_the_same(
        &[],
        &[
            |world| {
                world.put(series(
                    "anew1",
                    "2026-11-16T09:00:00Z",
                    "2026-11-16T09:15:00Z",
                    "UTC",
                    "RRULE:FREQ=DAILY;COUNT=10",
                ));
                world.cancel_occurrence("anew1", "2026-11-17T09:00:00Z");
                world.put(timed(
                    "anew2",
                    "Anew",
                    "2026-11-12T15:00:00Z",
                    "2026-11-12T16:00:00Z",
                    "UTC",
                ));
            },
            |world| {
                world.lose_cursors();
                world.put(titled("anew2", "Renamed"));
                world.cancel_occurrence("anew1", "2026-11-19T09:00:00Z");
            },
        ],
    )
    .await;
}
