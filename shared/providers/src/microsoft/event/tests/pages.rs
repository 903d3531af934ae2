//! Items of a page: whole ones, parts, and mentions of a series.

use serde_json::Value;

use super::*;

/// The items of a fixture, in order.
fn page(name: &str) -> Vec<Option<Read>> {
    let path = format!("{}/fixtures/microsoft/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a fixture");
    let page: Value = serde_json::from_str(&text).expect("JSON");
    let items = page["value"].as_array().expect("a list").iter();
    items
        .map(|item| read(CALENDAR, &item.to_string()))
        .collect()
}

fn item(over: Value) -> Option<Read> {
    read(CALENDAR, &answered(over).to_string())
}

const MASTER: &str = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0ANvR0Zk7hP0y1cQ2WfT8LmAAB7dE3mAAA";

#[test]
fn a_page_has_events_and_mentions_of_series() {
    let items = page("calendarview-delta-page-1.json");

    let [
        Some(Read::Item(Item::Live(event))),
        Some(Read::Series(series)),
    ] = &items[..]
    else {
        panic!("{items:?}");
    };
    assert_eq!(event.title.as_deref(), Some("Budget review"));
    assert_eq!(
        event.start,
        Some(at("2026-11-11T15:00:00Z", 0, "Europe/London"))
    );
    assert_eq!(
        event.organizer.as_ref().unwrap().email.as_deref(),
        Some("amelia.north@contoso.example")
    );
    assert_eq!(series, MASTER);
}

#[test]
fn a_whole_day_of_a_page_is_free() {
    let items = page("calendarview-delta-page-2-final.json");

    let [Some(Read::Item(Item::Live(event)))] = &items[..] else {
        panic!("{items:?}");
    };
    assert_eq!(event.start, Some(day("2026-12-01")));
    assert!(!event.busy);
}

#[test]
fn a_later_page_says_what_is_gone_and_which_series_changed() {
    let id = |middle: &str| {
        format!("AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0ANvR0Zk7hP0y1cQ2WfT8LmAAB7dE3{middle}AAA")
    };
    let outside = id("uAAA").replace("AAB7dE3uAAAAAA", "OUTOFWINDOWAAA");

    assert_eq!(
        page("calendarview-delta-round-2-removed.json"),
        [
            Some(Read::Removed(id("u"))),
            Some(Read::Series(MASTER.to_owned())),
            Some(Read::Removed(outside)),
        ]
    );
}

#[test]
fn an_empty_page_has_no_items() {
    assert!(page("calendarview-delta-no-changes.json").is_empty());
    assert!(page("calendarview-delta-empty-page-with-next-link.json").is_empty());
}

#[test]
fn a_stub_of_an_occurrence_mentions_its_series() {
    for kind in [json!("occurrence"), json!("exception"), Value::Null] {
        let stub = json!({"id": "abc", "type": kind, "seriesMasterId": "m"});
        assert_eq!(
            read(CALENDAR, &stub.to_string()),
            Some(Read::Series("m".to_owned()))
        );
    }
    assert_eq!(
        item(json!({"type": "seriesMaster"})),
        Some(Read::Series("abc".to_owned()))
    );
}

#[test]
fn null_is_known_and_absent_is_not() {
    for name in WHOLE.iter().filter(|name| **name != "start") {
        assert!(
            matches!(item(json!({*name: null})), Some(Read::Item(_))),
            "{name} is null"
        );
        let mut absent = answered(json!({}));
        absent.as_object_mut().unwrap().remove(*name);
        assert_eq!(
            read(CALENDAR, &absent.to_string()),
            Some(Read::Partial("abc".to_owned())),
            "{name} is absent"
        );
    }
}

#[test]
fn an_item_that_does_not_say_what_it_is_is_partial() {
    let partial = Some(Read::Partial("abc".to_owned()));

    assert_eq!(read(CALENDAR, r#"{"id":"abc"}"#), partial);
    assert_eq!(item(json!({"type": "gathering"})), partial);
    assert_eq!(item(json!({"type": "occurrence"})), partial);
    assert_eq!(
        item(json!({"type": "occurrence", "seriesMasterId": "m\n"})),
        partial
    );
}

#[test]
fn a_whole_item_that_is_nowhere_in_time_is_unreadable() {
    assert_eq!(item(json!({"start": null})), None);
}

#[test]
fn an_id_that_can_not_be_kept_whole_is_unreadable() {
    let longest = "x".repeat(shape::LONGEST_ID);
    for id in ["", "a\nb", &format!("{longest}x")] {
        assert_eq!(item(json!({"id": id})), None);
        assert_eq!(item(json!({"id": id, "@removed": {}})), None);
    }
    assert!(item(json!({"id": longest})).is_some());
}
