//! Answers about a master: its rule, and what became of its occurrences.

use domain::event::Series;

use super::*;

/// A stand-up at 09:30 in Berlin, on every Thursday since the last in summer time.
fn standup(over: Value) -> Value {
    let mut series = answered(json!({
        "id": "m.1",
        "type": "seriesMaster",
        "originalStartTimeZone": "W. Europe Standard Time",
        "start": {"dateTime": "2026-10-22T07:30:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-10-22T07:45:00.0000000", "timeZone": "UTC"},
        "recurrence": {
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["thursday"],
                "firstDayOfWeek": "monday", "month": 0, "dayOfMonth": 0, "index": "first"},
            "range": {"type": "noEnd", "startDate": "2026-10-22", "endDate": "0001-01-01",
                "recurrenceTimeZone": "W. Europe Standard Time", "numberOfOccurrences": 0},
        },
    }));
    for (name, value) in over.as_object().unwrap() {
        series[name] = value.clone();
    }
    series
}

/// The second occurrence, after the clocks changed, moved to the afternoon.
fn moved(over: Value) -> Value {
    let mut event = answered(json!({
        "id": "x",
        "type": "exception",
        "seriesMasterId": "m.1",
        "occurrenceId": "OID.m.1.2026-10-29",
        "originalStart": "2026-10-29T08:30:00Z",
        "originalStartTimeZone": "W. Europe Standard Time",
        "start": {"dateTime": "2026-10-29T13:00:00.0000000", "timeZone": "UTC"},
    }));
    for (name, value) in over.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

fn items(over: Value) -> Vec<Item> {
    answer(CALENDAR, standup(over)).expect("a series")
}

fn event(item: &Item) -> &Event {
    match item {
        Item::Live(event) => event,
        other => panic!("not a live event: {other:?}"),
    }
}

fn place(original_start: Option<When>) -> Series {
    Series {
        master: EventId::of(CALENDAR, "m.1"),
        master_provider_id: "m.1".to_owned(),
        original_start,
    }
}

fn gone(date: &str, original_start: Option<When>, etag: Option<&str>) -> Item {
    let name = format!("OID.m.1.{date}");
    Item::GoneOccurrence {
        id: EventId::of(CALENDAR, &name),
        provider_id: name,
        series: place(original_start),
        etag: etag.map(str::to_owned),
    }
}

const BERLIN: &str = "Europe/Berlin";

#[test]
fn a_series_is_its_master_with_a_rule() {
    let items = items(json!({}));

    assert_eq!(items.len(), 1);
    let master = event(&items[0]);
    assert_eq!(master.kind, Kind::Master);
    assert_eq!(master.id, EventId::of(CALENDAR, "m.1"));
    assert_eq!(master.recurrence, ["RRULE:FREQ=WEEKLY;BYDAY=TH"]);
    assert_eq!(master.start, Some(at("2026-10-22T07:30:00Z", 7200, BERLIN)));
    assert_eq!(master.series, None);
}

#[test]
fn an_exception_and_its_cancelled_sibling_go_by_their_dates() {
    let items = items(json!({
        "exceptionOccurrences": [moved(json!({}))],
        "cancelledOccurrences": ["OID.m.1.2026-11-05"],
    }));

    assert_eq!(items.len(), 3);
    let exception = event(&items[1]);
    assert_eq!(exception.id, EventId::of(CALENDAR, "OID.m.1.2026-10-29"));
    assert_eq!(exception.provider_id, "x");
    assert_eq!(exception.kind, Kind::Exception);
    assert_eq!(
        exception.start,
        Some(at("2026-10-29T13:00:00Z", 3600, BERLIN))
    );
    assert_eq!(
        exception.series,
        Some(place(Some(at("2026-10-29T08:30:00Z", 3600, BERLIN))))
    );
    // Half past nine on the clock, as always, although the series began in summer time.
    let half_past_nine = at("2026-11-05T08:30:00Z", 3600, BERLIN);
    assert_eq!(items[2], gone("2026-11-05", Some(half_past_nine), None));
}

#[test]
fn an_exception_without_a_name_goes_by_where_it_was() {
    let nameless = moved(json!({"occurrenceId": null}));
    let unplaced = moved(json!({"originalStart": null}));

    for exception in [nameless, unplaced] {
        let items = items(json!({"exceptionOccurrences": [exception]}));
        let exception = event(&items[1]);
        assert_eq!(exception.id, EventId::of(CALENDAR, "OID.m.1.2026-10-29"));
        assert_eq!(
            exception.series,
            Some(place(Some(at("2026-10-29T08:30:00Z", 3600, BERLIN))))
        );
    }
}

#[test]
fn the_date_of_an_occurrence_is_that_of_its_home() {
    let range = json!({"type": "noEnd", "recurrenceTimeZone": "Tokyo Standard Time"});
    let early = json!({
        "originalStartTimeZone": "UTC",
        "start": {"dateTime": "2026-10-21T22:00:00.0000000", "timeZone": "UTC"},
        "recurrence": {"pattern": {"type": "daily", "interval": 1}, "range": range},
        "exceptionOccurrences": [moved(json!({
            "occurrenceId": null, "originalStart": "2026-10-28T22:00:00Z",
        }))],
        "cancelledOccurrences": ["OID.m.1.2026-10-30"],
    });

    let items = items(early);

    let tokyo = "Asia/Tokyo";
    let master = event(&items[0]);
    assert_eq!(
        master.start,
        Some(at("2026-10-21T22:00:00Z", 32_400, tokyo))
    );
    assert_eq!(
        event(&items[1]).id,
        EventId::of(CALENDAR, "OID.m.1.2026-10-29")
    );
    let seven = at("2026-10-29T22:00:00Z", 32_400, tokyo);
    assert_eq!(items[2], gone("2026-10-30", Some(seven), None));
}

#[test]
fn an_all_day_series_counts_in_dates() {
    let midnight = |date: &str| json!({"dateTime": format!("{date}T00:00:00"), "timeZone": "UTC"});
    let exception = |original: &str, name: Value| {
        moved(json!({
            "id": original, "isAllDay": true, "start": midnight("2026-12-09"),
            "occurrenceId": name, "originalStart": original,
        }))
    };
    let items = items(json!({
        "isAllDay": true,
        "start": midnight("2026-12-01"),
        "end": midnight("2026-12-02"),
        "recurrence": {
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"]},
            "range": {"type": "endDate", "endDate": "2026-12-29", "recurrenceTimeZone": ""},
        },
        "exceptionOccurrences": [
            exception("2026-12-08T00:00:00Z", json!("OID.m.1.2026-12-08")),
            exception("2026-12-15T00:00:00Z", Value::Null),
            exception("2026-12-21T23:00:00Z", Value::Null),
        ],
        "cancelledOccurrences": ["OID.m.1.2026-12-29"],
    }));

    let master = event(&items[0]);
    assert_eq!(master.start, Some(day("2026-12-01")));
    let rule = "RRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20261229";
    assert_eq!(master.recurrence, [rule]);
    for (item, date) in items[1..4].iter().zip(["08", "15", "22"]) {
        let date = format!("2026-12-{date}");
        assert_eq!(event(item).series, Some(place(Some(day(&date)))));
        assert_eq!(
            event(item).id,
            EventId::of(CALENDAR, &format!("OID.m.1.{date}"))
        );
    }
    assert_eq!(items[4], gone("2026-12-29", Some(day("2026-12-29")), None));
}

#[test]
fn an_exception_whose_organizer_cancelled_it_is_a_gone_occurrence() {
    let items = items(json!({"exceptionOccurrences": [moved(json!({"isCancelled": true}))]}));

    let half_past_nine = at("2026-10-29T08:30:00Z", 3600, BERLIN);
    let expected = gone("2026-10-29", Some(half_past_nine), Some("v1"));
    assert_eq!(items[1..], [expected]);
}

#[test]
fn an_occurrence_in_both_lists_is_what_the_exception_says() {
    let items = items(json!({
        "exceptionOccurrences": [moved(json!({})), moved(json!({"id": "y"}))],
        "cancelledOccurrences": ["OID.m.1.2026-10-29", "OID.m.1.2026-10-29"],
    }));

    assert_eq!(items.len(), 2);
    assert_eq!(event(&items[1]).provider_id, "x");
}

#[test]
fn an_occurrence_has_one_name_whatever_id_graph_writes_into_it() {
    let items = items(json!({"cancelledOccurrences": ["OID.AAMk.other.format.2026-11-05"]}));

    let half_past_nine = at("2026-11-05T08:30:00Z", 3600, BERLIN);
    assert_eq!(items[1], gone("2026-11-05", Some(half_past_nine), None));
}

#[test]
fn a_member_that_can_not_be_read_costs_only_itself() {
    let items = items(json!({
        "exceptionOccurrences": [
            5,
            moved(json!({"id": null})),
            moved(json!({"start": null})),
            moved(json!({"occurrenceId": "2026-10-29", "originalStart": "then"})),
            moved(json!({})),
        ],
        "cancelledOccurrences": [
            7, "", "OID.m.1", "OID.m.1.2026-02-30", "m.1.2026-11-05", "OID.m.1.20261105",
            "OID.m.1.2026-11-05T00:00:00Z",
        ],
    }));

    assert_eq!(items.len(), 2);
}

#[test]
fn a_home_that_nobody_knows_leaves_dates_but_no_times() {
    let custom = "Customized Time Zone";
    let items = items(json!({
        "originalStartTimeZone": custom,
        "recurrence": {
            "pattern": {"type": "daily", "interval": 1},
            "range": {"type": "noEnd", "recurrenceTimeZone": custom},
        },
        "exceptionOccurrences": [moved(json!({"occurrenceId": null}))],
        "cancelledOccurrences": ["OID.m.1.2026-11-05"],
    }));

    assert_eq!(
        event(&items[0]).start,
        Some(When::Time {
            at: "2026-10-22T07:30:00Z".parse().unwrap(),
            offset_seconds: 0,
            zone: None,
        })
    );
    // Which date the exception was on is not known, so neither is which it is.
    assert_eq!(items[1..], [gone("2026-11-05", None, None)]);
}

#[test]
fn a_series_without_a_rule_is_unreadable() {
    let read = |over| answer(CALENDAR, standup(over));

    for recurrence in [
        Value::Null,
        json!({"pattern": {"type": "lunar", "interval": 1}, "range": {"type": "noEnd"}}),
        json!({"pattern": {"type": "daily", "interval": 1}}),
    ] {
        assert_eq!(read(json!({"recurrence": recurrence})), None);
    }
}

#[test]
fn an_occurrence_is_no_answer_about_its_series() {
    let read = |kind: Value| answer(CALENDAR, answered(json!({"type": kind})));

    assert_eq!(read(json!("occurrence")), None);
    assert_eq!(read(json!("exception")), None);
    assert_eq!(read(Value::Null), None);
    assert_eq!(
        read(json!("singleInstance")).map(|items| items.len()),
        Some(1)
    );
}
