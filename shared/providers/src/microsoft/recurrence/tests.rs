//! What becomes of Graph's patterns and ranges.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::when::seen_from;
use super::*;

const BERLIN: &str = "W. Europe Standard Time";

fn start(at: &str, zone: &str) -> When {
    let at: Timestamp = at.parse().unwrap();
    seen_from(zone::named(zone).as_ref(), at)
}

fn written(pattern: Value, range: Value, start: &When, zone: &str) -> Option<String> {
    let json = json!({"pattern": pattern, "range": range}).to_string();
    let recurrence = Recurrence::read(Fields::read(&json).unwrap())?;
    recurrence.line(start, zone::named(zone).as_ref())
}

/// The line of a pattern that goes on for ever.
fn endless(pattern: Value) -> Option<String> {
    let start = start("2026-11-12T09:30:00Z", "UTC");
    written(pattern, json!({"type": "noEnd"}), &start, "UTC")
}

fn line(pattern: Value) -> String {
    endless(pattern).expect("a rule")
}

/// The line of an event on every day that starts at this instant in Berlin.
fn daily(range: Value, at: &str) -> Option<String> {
    let pattern = json!({"type": "daily", "interval": 1});
    written(pattern, range, &start(at, BERLIN), BERLIN)
}

#[test]
fn days_are_counted() {
    assert_eq!(
        line(json!({"type": "daily", "interval": 1})),
        "RRULE:FREQ=DAILY"
    );
    assert_eq!(
        line(json!({"type": "daily", "interval": 3})),
        "RRULE:FREQ=DAILY;INTERVAL=3"
    );
}

#[test]
fn a_week_lists_its_days_from_monday_on() {
    let days = ["Friday", "monday", "friday"];
    assert_eq!(
        line(json!({"type": "weekly", "interval": 1, "daysOfWeek": days,
            "firstDayOfWeek": "sunday"})),
        "RRULE:FREQ=WEEKLY;BYDAY=MO,FR"
    );
}

#[test]
fn the_first_day_of_the_week_is_named_where_it_matters() {
    let other_weeks = |first: Value| {
        line(
            json!({"type": "weekly", "interval": 2, "daysOfWeek": ["sunday", "tuesday"],
            "firstDayOfWeek": first}),
        )
    };

    let without = "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU";
    assert_eq!(other_weeks(json!("monday")), without);
    assert_eq!(other_weeks(json!("sunday")), format!("{without};WKST=SU"));
    assert_eq!(other_weeks(Value::Null), format!("{without};WKST=SU"));
}

#[test]
fn a_month_has_a_day_or_a_place_in_its_weeks() {
    assert_eq!(
        line(json!({"type": "absoluteMonthly", "interval": 3, "dayOfMonth": 15})),
        "RRULE:FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=15"
    );
    assert_eq!(
        line(
            json!({"type": "relativeMonthly", "interval": 1, "index": "second",
            "daysOfWeek": ["tuesday"]})
        ),
        "RRULE:FREQ=MONTHLY;BYDAY=2TU"
    );
    assert_eq!(
        line(
            json!({"type": "relativeMonthly", "interval": 1, "index": "last",
            "daysOfWeek": ["friday"]})
        ),
        "RRULE:FREQ=MONTHLY;BYDAY=-1FR"
    );
    assert_eq!(
        line(json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"]})),
        "RRULE:FREQ=MONTHLY;BYDAY=1MO",
        "the first unless it says so"
    );
}

#[test]
fn of_several_days_the_place_counts_among_them() {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    assert_eq!(
        line(
            json!({"type": "relativeMonthly", "interval": 1, "index": "last",
            "daysOfWeek": days})
        ),
        "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"
    );
}

#[test]
fn a_day_that_a_month_lacks_is_its_last() {
    let monthly = |day: i32| {
        line(json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": day}))
            .replace("RRULE:FREQ=MONTHLY;", "")
    };
    assert_eq!(monthly(28), "BYMONTHDAY=28");
    assert_eq!(monthly(29), "BYMONTHDAY=28,29;BYSETPOS=-1");
    assert_eq!(monthly(30), "BYMONTHDAY=28,29,30;BYSETPOS=-1");
    assert_eq!(monthly(31), "BYMONTHDAY=-1");

    let yearly = |month: i32, day: i32| {
        line(
            json!({"type": "absoluteYearly", "interval": 1, "month": month,
            "dayOfMonth": day}),
        )
        .replace("RRULE:FREQ=YEARLY;", "")
    };
    assert_eq!(yearly(2, 28), "BYMONTH=2;BYMONTHDAY=28");
    assert_eq!(yearly(2, 29), "BYMONTH=2;BYMONTHDAY=-1");
    assert_eq!(yearly(4, 30), "BYMONTH=4;BYMONTHDAY=30");
    assert_eq!(yearly(12, 31), "BYMONTH=12;BYMONTHDAY=31");
}

#[test]
fn a_year_names_its_month() {
    assert_eq!(
        line(json!({"type": "absoluteYearly", "interval": 1, "month": 3, "dayOfMonth": 15})),
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=15"
    );
    assert_eq!(
        line(
            json!({"type": "relativeYearly", "interval": 2, "month": 11, "index": "fourth",
            "daysOfWeek": ["thursday"]})
        ),
        "RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=11;BYDAY=4TH"
    );
}

#[test]
fn a_number_of_occurrences_is_a_count() {
    let range = json!({"type": "numbered", "numberOfOccurrences": 10, "endDate": "0001-01-01"});

    let line = daily(range, "2026-11-12T08:30:00Z");

    assert_eq!(line.as_deref(), Some("RRULE:FREQ=DAILY;COUNT=10"));
}

#[test]
fn the_last_day_ends_with_an_occurrence_whatever_the_clocks_did_since() {
    let until = |last: &str, start: &str| daily(json!({"type": "endDate", "endDate": last}), start);

    // 09:30 in Berlin, in summer and in winter.
    assert_eq!(
        until("2026-10-24", "2026-10-01T07:30:00Z").as_deref(),
        Some("RRULE:FREQ=DAILY;UNTIL=20261024T073000Z")
    );
    assert_eq!(
        until("2026-10-25", "2026-10-01T07:30:00Z").as_deref(),
        Some("RRULE:FREQ=DAILY;UNTIL=20261025T083000Z")
    );
    // 00:30 in Berlin: by UTC it is still the day before.
    assert_eq!(
        until("2026-12-31", "2026-11-30T23:30:00Z").as_deref(),
        Some("RRULE:FREQ=DAILY;UNTIL=20261230T233000Z")
    );
}

#[test]
fn an_all_day_series_ends_on_a_date() {
    let start = When::Day("2026-11-12".parse().unwrap());
    let pattern = json!({"type": "daily", "interval": 1});
    let range = json!({"type": "endDate", "endDate": "2026-12-31"});

    let line = written(pattern, range, &start, "Customized Time Zone");

    assert_eq!(line.as_deref(), Some("RRULE:FREQ=DAILY;UNTIL=20261231"));
}

#[test]
fn a_last_day_without_a_zone_is_not_an_end() {
    let start = start("2026-11-12T09:30:00Z", "Customized Time Zone");
    let pattern = json!({"type": "daily", "interval": 1});
    let line = |range| written(pattern.clone(), range, &start, "Customized Time Zone");

    assert_eq!(
        line(json!({"type": "endDate", "endDate": "2026-12-31"})),
        None
    );
    assert!(line(json!({"type": "noEnd"})).is_some());
}

#[test]
fn half_a_pattern_is_no_rule() {
    let monday = json!(["monday"]);
    for pattern in [
        json!({}),
        json!({"type": "hourly", "interval": 1}),
        json!({"type": "daily"}),
        json!({"type": "daily", "interval": 0}),
        json!({"type": "daily", "interval": -1}),
        json!({"type": "daily", "interval": 1.5}),
        json!({"type": "daily", "interval": 9_999_999_999_u64}),
        json!({"type": "weekly", "interval": 1}),
        json!({"type": "weekly", "interval": 1, "daysOfWeek": []}),
        json!({"type": "weekly", "interval": 1, "daysOfWeek": ["monday", "holiday"]}),
        json!({"type": "weekly", "interval": 1, "daysOfWeek": monday, "firstDayOfWeek": "x"}),
        json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 32}),
        json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": monday, "index": "fifth"}),
        json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 0}),
    ] {
        assert_eq!(endless(pattern.clone()), None, "{pattern}");
    }
    for range in [
        json!({}),
        json!({"type": "someday"}),
        json!({"type": "endDate"}),
        json!({"type": "endDate", "endDate": "2026-02-30"}),
        json!({"type": "endDate", "endDate": "-000001-12-31"}),
        json!({"type": "numbered", "numberOfOccurrences": 0}),
    ] {
        assert_eq!(
            daily(range.clone(), "2026-11-12T08:30:00Z"),
            None,
            "{range}"
        );
    }
}

/// The parts of a rule in the order in which they may stand, each with what it may say.
fn is_well_formed(line: &str) -> bool {
    const ORDER: [&str; 9] = [
        "FREQ",
        "INTERVAL",
        "BYMONTH",
        "BYMONTHDAY",
        "BYDAY",
        "BYSETPOS",
        "WKST",
        "COUNT",
        "UNTIL",
    ];
    let number = |text: &str, most: i32| {
        text.parse()
            .is_ok_and(|number: i32| (1..=most).contains(&number))
    };
    let is_day = |text: &str| DAYS.iter().any(|day| day.1 == text);
    let is_placed = |text: &str| {
        let place = text.len() - 2;
        let known = ["", "1", "2", "3", "4", "-1"].contains(&&text[..place]);
        known && is_day(&text[place..])
    };
    let Some(rule) = line.strip_prefix("RRULE:") else {
        return false;
    };
    let parts: Option<Vec<_>> = rule.split(';').map(|part| part.split_once('=')).collect();
    let parts = parts.unwrap_or_default();
    let places: Vec<_> = parts
        .iter()
        .map(|part| ORDER.iter().position(|name| *name == part.0))
        .collect();
    let is_sorted = places.windows(2).all(|two| two[0] < two[1]);
    let are_values = parts.iter().all(|(name, value)| match *name {
        "FREQ" => ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].contains(value),
        "INTERVAL" => number(value, i32::MAX) && *value != "1",
        "COUNT" => number(value, i32::MAX),
        "BYMONTH" => number(value, 12),
        "BYMONTHDAY" => *value == "-1" || value.split(',').all(|day| number(day, 31)),
        "BYDAY" => value.split(',').all(is_placed),
        "BYSETPOS" => ["1", "2", "3", "4", "-1"].contains(value),
        "WKST" => is_day(value),
        "UNTIL" => value.len() == "20261231T083000Z".len(),
        _ => false,
    });
    places.first() == Some(&Some(0)) && !places.contains(&None) && is_sorted && are_values
}

fn pattern() -> impl Strategy<Value = Value> {
    let kinds = [
        "daily",
        "weekly",
        "absoluteMonthly",
        "relativeMonthly",
        "absoluteYearly",
        "relativeYearly",
    ];
    let indices = ["first", "second", "third", "fourth", "last"];
    let day = (0..7usize).prop_map(|at| DAYS[at].0);
    (
        proptest::sample::select(kinds.to_vec()),
        1..=i32::MAX,
        1..=31,
        1..=12,
        proptest::collection::vec(day.clone(), 1..9),
        day,
        proptest::sample::select(indices.to_vec()),
    )
        .prop_map(|(kind, interval, day, month, days, first, index)| {
            json!({
                "type": kind, "interval": interval, "dayOfMonth": day, "month": month,
                "daysOfWeek": days, "firstDayOfWeek": first, "index": index,
            })
        })
}

fn range() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"type": "noEnd"})),
        (1..=i32::MAX).prop_map(|count| json!({"type": "numbered", "numberOfOccurrences": count})),
        (1970..2400, 1..=12, 1..=28).prop_map(|(year, month, day)| {
            json!({"type": "endDate", "endDate": format!("{year}-{month:02}-{day:02}")})
        }),
    ]
}

proptest! {
    #[test]
    fn every_pattern_of_graph_is_a_rule(
        pattern in pattern(), range in range(), second in 0..4_000_000_000_i64,
    ) {
        let at = Timestamp::from_second(second).unwrap();
        let start = seen_from(zone::named(BERLIN).as_ref(), at);

        let line = written(pattern, range, &start, BERLIN).expect("a rule");

        prop_assert!(is_well_formed(&line), "{line}");
    }
}
