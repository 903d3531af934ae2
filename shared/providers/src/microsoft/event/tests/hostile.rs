//! What no calendar holds: nothing of it makes the reading panic.

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 33] = [
    "id",
    "type",
    "@removed",
    "seriesMasterId",
    "occurrenceId",
    "originalStart",
    "originalStartTimeZone",
    "recurrence",
    "pattern",
    "range",
    "recurrenceTimeZone",
    "interval",
    "daysOfWeek",
    "dayOfMonth",
    "endDate",
    "numberOfOccurrences",
    "cancelledOccurrences",
    "exceptionOccurrences",
    "subject",
    "body",
    "content",
    "location",
    "displayName",
    "start",
    "end",
    "dateTime",
    "timeZone",
    "isAllDay",
    "isCancelled",
    "attendees",
    "emailAddress",
    "changeKey",
    "onlineMeeting",
];

const WORDS: [&str; 12] = [
    "singleInstance",
    "seriesMaster",
    "exception",
    "daily",
    "relativeMonthly",
    "endDate",
    "UTC",
    "W. Europe Standard Time",
    "tzone://Microsoft/Custom",
    "OID.m.2026-11-12",
    "OID..-009999-01-01",
    "9999-12-31T23:59:59.9999999Z",
];

/// Any JSON, often with Graph's names and sometimes with its values.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "-?[0-9]{1,6}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{7})?Z?)?"
            .prop_map(Value::from),
        (0..WORDS.len()).prop_map(|at| Value::from(WORDS[at])),
        ("[\"é\\x01x]", 0..80_000usize).prop_map(|(text, count)| text.repeat(count).into()),
    ];
    leaf.prop_recursive(4, 48, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((0..NAMES.len(), inner), 0..12).prop_map(|fields| {
                let named = fields
                    .into_iter()
                    .map(|(at, value)| (NAMES[at].to_owned(), value));
                Value::Object(named.collect())
            }),
        ]
    })
}

fn read_all(json: &str) {
    let _ = read(CALENDAR, json);
    let _ = serde_json::from_str(json).map(|event| answer(CALENDAR, event));
    let _ = single(CALENDAR, json);
    if let Some(fields) = Fields::read(json) {
        let _ = series(CALENDAR, "abc".to_owned(), fields);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_json_makes_it_panic(any in any_json()) {
        read_all(&any.to_string());
        if any.is_object() {
            read_all(&answered(any).to_string());
        }
    }

    #[test]
    fn no_member_of_a_series_makes_it_panic(
        date in "-?[0-9]{4,6}-[0-9]{2}-[0-9]{2}", second in any::<i64>(), any in any_json(),
        zone in 0..WORDS.len(), all_day in any::<bool>(),
    ) {
        let time = jiff::Timestamp::from_second(second % 253_402_200_000).unwrap();
        let range = json!({"type": "endDate", "endDate": date, "recurrenceTimeZone": WORDS[zone]});
        let exception = json!({
            "id": "x", "originalStart": time.to_string(),
            "start": {"dateTime": time.to_string(), "timeZone": "UTC"}, "isAllDay": any,
        });
        read_all(&answered(json!({
            "type": "seriesMaster", "isAllDay": all_day,
            "start": {"dateTime": time.to_string(), "timeZone": "UTC"},
            "recurrence": {"pattern": {"type": "daily", "interval": 1}, "range": range},
            "exceptionOccurrences": [exception, any],
            "cancelledOccurrences": [format!("OID.m.{date}"), any],
        })).to_string());
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        read_all(&text);
    }
}

#[test]
fn an_item_that_goes_too_deep_or_too_high_is_unreadable() {
    let deep = format!(
        r#"{{"id":"abc","x":{}1{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );

    assert_eq!(read(CALENDAR, &deep), None);
    assert_eq!(read(CALENDAR, r#"{"id":"abc","x":1e999}"#), None);
}

#[test]
fn an_event_without_measure_is_cut_and_says_so() {
    let long = "x".repeat(200_000);

    let event = live(json!({"body": {"contentType": "text", "content": long}}));

    assert_eq!(event.truncated, ["description"]);
}
