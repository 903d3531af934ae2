//! Tests of single judgements; what many of them add up to is tested in [`mirror`].

mod mirror;

use super::*;
use crate::event::tests::{calendar, event, second};

/// The series that every occurrence here belongs to.
const SERIES: &str = "series";

fn id(provider_id: &str) -> EventId {
    EventId::of(calendar(), provider_id)
}

fn series() -> Series {
    Series {
        master: id(SERIES),
        master_provider_id: SERIES.to_owned(),
        original_start: None,
    }
}

/// An event of the part that its name stands for: `series`, `series_…`, or anything else.
fn sample(provider_id: &str, version: i64) -> Event {
    let event = event(provider_id, version);
    if provider_id == SERIES {
        Event {
            kind: Kind::Master,
            recurrence: vec!["RRULE:FREQ=WEEKLY".to_owned()],
            ..event
        }
    } else if provider_id.starts_with(SERIES) {
        Event {
            kind: Kind::Exception,
            series: Some(series()),
            ..event
        }
    } else {
        event
    }
}

fn live(provider_id: &str, version: i64) -> Item {
    Item::Live(Box::new(sample(provider_id, version)))
}

fn gone(provider_id: &str) -> Item {
    Item::Gone {
        id: id(provider_id),
        provider_id: provider_id.to_owned(),
    }
}

fn gone_occurrence(provider_id: &str) -> Item {
    Item::GoneOccurrence {
        id: id(provider_id),
        provider_id: provider_id.to_owned(),
        series: series(),
        etag: Some("\"1\"".to_owned()),
    }
}

/// What the mirror keeps after `gone_occurrence`.
fn kept_marker(provider_id: &str) -> Event {
    marker(&id(provider_id), provider_id, &series(), Some("\"1\""))
}

fn deletion(before: &Event, kept: Option<Event>) -> Effect {
    Effect::Changed(deleted(before, kept.map(Box::new)))
}

#[track_caller]
fn check(item: &Item, stored: Option<&Event>, expected: &Effect) {
    assert_eq!(
        judge(item, stored, true),
        *expected,
        "while the series lives"
    );
    if item.master().is_none() {
        assert_eq!(judge(item, stored, false), *expected, "without the series");
    }
}

#[test]
fn an_event_nobody_stored_is_created() {
    let created = Effect::Changed(What::Created(Box::new(sample("a", 1))));

    check(&live("a", 1), None, &created);
}

#[test]
fn an_event_that_reads_as_it_is_stored_is_unchanged() {
    check(&live("a", 1), Some(&sample("a", 1)), &Effect::Unchanged);
}

#[test]
fn a_newer_version_updates_and_an_older_one_is_stale() {
    let updated = Effect::Changed(What::Updated {
        after: Box::new(sample("a", 2)),
        changed: Vec::new(),
    });

    check(&live("a", 2), Some(&sample("a", 1)), &updated);
    check(&live("a", 2), Some(&sample("a", 3)), &Effect::Stale);
}

#[test]
fn an_update_names_what_differs() {
    let before = Event {
        title: Some("Draft".to_owned()),
        busy: false,
        ..sample("a", 1)
    };
    let expected = Effect::Changed(What::Updated {
        after: Box::new(sample("a", 2)),
        changed: vec!["title", "busy"],
    });

    check(&live("a", 2), Some(&before), &expected);
}

#[test]
fn an_event_that_differs_in_the_same_version_is_believed_as_read_last() {
    let before = Event {
        title: None,
        ..sample("a", 1)
    };
    let expected = Effect::Changed(What::Updated {
        after: Box::new(sample("a", 1)),
        changed: vec!["title"],
    });

    check(&live("a", 1), Some(&before), &expected);
}

/// Both ways of an event without a version that differs from its row.
#[track_caller]
fn check_versions(stored: Option<i64>, read: Option<i64>) {
    let before = Event {
        title: None,
        updated: stored.map(second),
        ..sample("a", 1)
    };
    let after = Event {
        updated: read.map(second),
        ..sample("a", 1)
    };
    let expected = Effect::Changed(What::Updated {
        changed: vec!["title"],
        after: Box::new(after.clone()),
    });
    check(&Item::Live(Box::new(after)), Some(&before), &expected);
}

#[test]
fn a_row_without_a_version_gives_way_to_what_is_read() {
    check_versions(None, None);
    check_versions(None, Some(1));
}

#[test]
fn an_item_without_a_version_is_believed_in_the_order_of_the_cursor() {
    check_versions(Some(1), None);
}

#[test]
fn an_event_that_is_gone_is_deleted_once() {
    check(
        &gone("a"),
        Some(&sample("a", 9)),
        &deletion(&sample("a", 9), None),
    );
    check(&gone("a"), None, &Effect::Unchanged);
}

#[test]
fn a_cancelled_occurrence_is_deleted_once_and_leaves_a_marker() {
    let name = "series_1";
    let kept = kept_marker(name);
    assert_eq!(
        (kept.status, kept.kind),
        (Status::Cancelled, Kind::Occurrence)
    );
    assert_eq!(kept.series, Some(series()));

    let exception = sample(name, 1);
    check(
        &gone_occurrence(name),
        Some(&exception),
        &deletion(&exception, Some(kept.clone())),
    );
    // Nobody has to have changed an occurrence before it is cancelled.
    check(
        &gone_occurrence(name),
        None,
        &deletion(&kept, Some(kept.clone())),
    );
    check(&gone_occurrence(name), Some(&kept), &Effect::Unchanged);
}

#[test]
fn a_marker_starts_when_the_occurrence_would_have() {
    let start = When::Day(jiff::civil::Date::constant(2026, 11, 19));
    let series = Series {
        original_start: Some(start.clone()),
        ..series()
    };

    assert_eq!(
        marker(&id("series_1"), "series_1", &series, None).start,
        Some(start)
    );
}

#[test]
fn a_cancelled_occurrence_of_no_living_series_leaves_nothing() {
    let item = gone_occurrence("series_1");
    for before in [sample("series_1", 1), kept_marker("series_1")] {
        assert_eq!(judge(&item, Some(&before), false), deletion(&before, None));
    }
    assert_eq!(judge(&item, None, false), Effect::Unchanged);
}

#[test]
fn a_cancelled_occurrence_that_takes_place_again_replaces_its_marker() {
    for version in [0, 99] {
        let effect = judge(
            &live("series_1", version),
            Some(&kept_marker("series_1")),
            true,
        );
        // Readers were told that it was deleted, so it is created anew.
        let Effect::Changed(What::Created(after)) = effect else {
            panic!("{effect:?}");
        };
        assert_eq!(*after, sample("series_1", version));
    }
}

#[test]
fn only_a_cancelled_occurrence_depends_on_its_master() {
    assert_eq!(gone_occurrence("series_1").master(), Some(&id(SERIES)));
    assert_eq!(live("series_1", 1).master(), None);
    assert_eq!(gone("series_1").master(), None);
    for item in [live("a", 1), gone("a"), gone_occurrence("a")] {
        assert_eq!(item.id(), &id("a"));
    }
}

fn outside(event: Event) -> Event {
    Event {
        outside_window: true,
        ..event
    }
}

#[test]
fn leaving_what_is_read_is_noted_and_not_told() {
    let before = sample("a", 1);
    let after = outside(before.clone());

    let effect = judge(&Item::Live(Box::new(after.clone())), Some(&before), true);

    assert_eq!(effect, Effect::Marked(Box::new(after)));
}

#[test]
fn an_event_that_moves_out_of_what_is_read_is_told_as_moved() {
    let before = sample("a", 1);
    let mut after = outside(sample("a", 2));
    after.title = None;

    let effect = judge(&Item::Live(Box::new(after.clone())), Some(&before), true);

    assert_eq!(
        effect,
        Effect::Changed(What::Updated {
            after: Box::new(after),
            changed: vec!["title"],
        })
    );
}

#[test]
fn coming_back_is_told_even_if_nothing_else_changed() {
    let before = outside(sample("a", 1));

    let effect = judge(&live("a", 1), Some(&before), true);

    let told =
        matches!(&effect, Effect::Changed(What::Updated { changed, .. }) if changed.is_empty());
    assert!(told, "{effect:?}");
}

#[test]
fn a_marker_whose_series_comes_back_is_noted_and_not_told() {
    let marker = match judge(&gone_occurrence("series_1"), None, true) {
        Effect::Changed(What::Deleted {
            marker: Some(marker),
            ..
        }) => *marker,
        other => panic!("{other:?}"),
    };

    let effect = judge(
        &gone_occurrence("series_1"),
        Some(&outside(marker.clone())),
        true,
    );

    assert_eq!(effect, Effect::Marked(Box::new(marker)));
}

#[test]
fn only_another_rule_or_start_or_none_ends_what_belongs_to_a_series() {
    let before = sample(SERIES, 1);
    let changed = |change: fn(&mut Event)| {
        let mut after = sample(SERIES, 2);
        change(&mut after);
        repeats_otherwise(&Item::Live(Box::new(after)), Some(&before))
    };

    assert!(!changed(|event| event.title = None));
    assert!(changed(|event| event.recurrence.clear()));
    assert!(changed(|event| event.kind = Kind::Single));
    assert!(changed(|event| {
        event.start = Some(When::Day(jiff::civil::Date::constant(2026, 11, 10)));
    }));
    assert!(!repeats_otherwise(&live("a", 2), Some(&sample("a", 1))));
    assert!(!repeats_otherwise(&live(SERIES, 2), None));
}
