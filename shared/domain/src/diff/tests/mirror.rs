//! Mirrors folded from many judgements: whatever the provider says, they converge.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A mirror as the caller of `judge` keeps it, and the feed it wrote.
#[derive(Clone, Debug, Default)]
struct Mirror {
    rows: BTreeMap<EventId, Event>,
    feed: Vec<What>,
}

impl Mirror {
    fn of<'a>(items: impl IntoIterator<Item = &'a Item>) -> Self {
        let mut mirror = Self::default();
        for item in items {
            mirror.read(item);
        }
        mirror
    }

    fn lives(&self, master: &EventId) -> bool {
        self.rows.contains_key(master)
    }

    fn judge(&self, item: &Item) -> Effect {
        let master_lives = item.master().is_some_and(|master| self.lives(master));
        judge(item, self.rows.get(item.id()), master_lives)
    }

    fn read(&mut self, item: &Item) {
        let Effect::Changed(what) = self.judge(item) else {
            return;
        };
        self.assert_fits(&what);
        self.apply(&what);
        self.feed.push(what);
        if matches!(item, Item::Gone { .. }) {
            self.drop_markers_of(item.id());
        }
    }

    /// Markers are kept for the lifetime of their series; that they end with it is up to the caller.
    fn drop_markers_of(&mut self, master: &EventId) {
        let orphans: Vec<Event> = self
            .rows
            .values()
            .filter(|row| row.status == Status::Cancelled)
            .filter(|row| {
                row.series
                    .as_ref()
                    .is_some_and(|series| series.master == *master)
            })
            .cloned()
            .collect();
        for orphan in orphans {
            let what = deleted(&orphan, None);
            self.apply(&what);
            self.feed.push(what);
        }
    }

    /// All that a reader of the feed does.
    fn apply(&mut self, what: &What) {
        let id = what
            .event()
            .expect("every judgement is about an event")
            .clone();
        match what.after() {
            Some(row) => self.rows.insert(id, row.clone()),
            None => self.rows.remove(&id),
        };
    }

    fn assert_fits(&self, what: &What) {
        let id = what.event().expect("every judgement is about an event");
        let row = self.rows.get(id);
        match what {
            What::Created(_) => assert!(
                row.is_none_or(|row| row.status == Status::Cancelled),
                "created twice: {id}"
            ),
            What::Updated { .. } => assert!(
                row.is_some_and(|row| row.status != Status::Cancelled),
                "updated while it does not take place: {id}"
            ),
            What::Deleted { marker: None, .. } => assert!(row.is_some(), "deleted twice: {id}"),
            What::Deleted {
                marker: Some(_), ..
            } => assert!(
                row.is_none_or(|row| row.status != Status::Cancelled),
                "cancelled twice: {id}"
            ),
            What::Resynced => panic!("no item means this"),
        }
    }
}

/// Any item about one of a few events, in any version; masters and occurrences come often.
fn any_item() -> impl Strategy<Value = Item> {
    const NAMES: [&str; 6] = ["a", "b", SERIES, SERIES, "series_1", "series_2"];
    (prop::sample::select(&NAMES), 0..3_u8, 0..9_i64).prop_map(|(name, what, version)| {
        if what > 0 {
            live(name, version)
        } else if name.starts_with("series_") {
            gone_occurrence(name)
        } else {
            gone(name)
        }
    })
}

/// A history as a provider tells it: what comes later has the later version.
fn any_history() -> impl Strategy<Value = Vec<Item>> {
    prop::collection::vec(any_item(), 0..40).prop_map(|items| {
        (1..)
            .zip(items)
            .map(|(version, item)| match item {
                Item::Live(event) => live(&event.provider_id, version),
                other => other,
            })
            .collect()
    })
}

/// The rows that the last word about each event leaves, worked out without the diff.
fn last_wins(history: &[Item]) -> BTreeMap<EventId, Event> {
    let last = |id: &EventId| history.iter().rposition(|item| item.id() == id);
    let lives = |master: &EventId, until: usize| {
        let told = history[..until].iter().rfind(|item| item.id() == master);
        matches!(told, Some(Item::Live(_)))
    };
    let mut rows = BTreeMap::new();
    for (at, item) in history.iter().enumerate() {
        if last(item.id()) != Some(at) {
            continue;
        }
        let row = match item {
            Item::Live(event) => Some((**event).clone()),
            Item::Gone { .. } => None,
            Item::GoneOccurrence {
                provider_id,
                series,
                ..
            } => {
                let ever_since = (at..=history.len()).all(|until| lives(&series.master, until));
                ever_since.then(|| kept_marker(provider_id))
            }
        };
        rows.extend(row.map(|row| (item.id().clone(), row)));
    }
    rows
}

proptest! {
    #[test]
    fn a_mirror_ends_as_the_provider_spoke_last(history in any_history()) {
        // One step as well as many: an item about an event undoes nothing of another.
        prop_assert_eq!(Mirror::of(&history).rows, last_wins(&history));
    }

    #[test]
    fn the_feed_alone_rebuilds_the_mirror(items in prop::collection::vec(any_item(), 0..40)) {
        let mirror = Mirror::of(&items);
        let mut copy = Mirror::default();
        for what in &mirror.feed {
            copy.apply(what);
        }
        prop_assert_eq!(copy.rows, mirror.rows);
    }

    #[test]
    fn a_cancelled_occurrence_is_kept_only_while_its_master_lives(
        items in prop::collection::vec(any_item(), 0..40),
    ) {
        let mut mirror = Mirror::default();
        for item in &items {
            mirror.read(item);
            for row in mirror.rows.values().filter(|row| row.status == Status::Cancelled) {
                let series = row.series.as_ref().expect("a marker names its series");
                prop_assert!(mirror.lives(&series.master));
            }
        }
    }

    #[test]
    fn an_item_that_is_read_twice_changes_nothing_the_second_time(
        items in prop::collection::vec(any_item(), 1..40),
    ) {
        let mut mirror = Mirror::default();
        for item in &items {
            mirror.read(item);
            prop_assert!(!matches!(mirror.judge(item), Effect::Changed(_)));
        }
    }

    #[test]
    fn of_versions_of_one_event_the_newest_is_kept_in_any_order(
        versions in prop::collection::vec(0..1_000_i64, 1..20),
    ) {
        let items: Vec<_> = versions.iter().map(|version| live("a", *version)).collect();
        let newest = versions.iter().max().map(|version| sample("a", *version));
        prop_assert_eq!(Mirror::of(&items).rows.remove(&id("a")), newest);
    }
}
