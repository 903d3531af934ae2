//! What a calendar view shows of one event or series: the unit of a delta round.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::microsoft::calendars::Calendar;
use crate::microsoft::content::{Event, Version};
use crate::microsoft::cursors::Window;
use crate::microsoft::ids;
use crate::microsoft::render::{Shown, unselected};
use crate::microsoft::settings::GraphSettings;
use crate::microsoft::times::Times;

/// One side of a round: what it shows, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) calendar: &'a Calendar,
    pub(crate) window: Window,
    pub(crate) settings: &'a GraphSettings,
    /// What was told already; what was seen there may have to be taken back.
    pub(crate) after: u64,
    pub(crate) is_incremental: bool,
}

impl View<'_> {
    /// The items that tell of a version: a single event, or a series with all that the window shows
    /// of it. They stay on one page.
    pub(crate) fn items(&self, shown: &Shown<'_>) -> Vec<Value> {
        let (id, version, event) = (shown.id, shown.version, shown.event);
        let is_gone = version.deleted || !self.is_in_view(event);
        if is_gone && !self.is_incremental {
            return Vec::new();
        }
        if is_gone {
            let mut items = self.removed_occurrences(id, version, &BTreeSet::new());
            items.push(removed(id));
            return items;
        }
        if !event.is_series() {
            return vec![unselected(shown.event())];
        }

        let mut items = Vec::new();
        if self.settings.masters_in_view {
            items.push(unselected(shown.event()));
        }
        let mut dates = BTreeSet::new();
        for (date, times) in occurrences(event, self.window) {
            dates.insert(date);
            let is_whole = event.exceptions.contains_key(&date) || !self.settings.occurrence_stubs;
            items.push(if is_whole {
                unselected(shown.occurrence(date))
            } else {
                shown.stub(date, &times)
            });
        }
        if self.is_incremental {
            items.extend(self.removed_occurrences(id, version, &dates));
        }
        items
    }

    fn is_in_view(&self, event: &Event) -> bool {
        if event.is_series() {
            !occurrences(event, self.window).is_empty()
        } else {
            event.times().touches(self.window)
        }
    }

    /// Real rounds say nothing of an occurrence that is gone; this is for those that do.
    fn removed_occurrences(
        &self,
        id: &str,
        version: &Version,
        shown: &BTreeSet<Date>,
    ) -> Vec<Value> {
        if !self.settings.removed_occurrences {
            return Vec::new();
        }
        let created = self.calendar.created;
        let mut gone = BTreeSet::new();
        let before = self.calendar.items.at(id, self.after);
        let known = [before.filter(|before| !before.deleted), Some(version)];
        for version in known.into_iter().flatten() {
            let event = version.content.event(created);
            let there = occurrences(&event, self.window);
            gone.extend(there.into_iter().map(|(date, _)| date));
            let cancelled = event.cancelled.iter();
            gone.extend(cancelled.filter(|date| event.times().on(**date).touches(self.window)));
        }
        let gone = gone.difference(shown);
        gone.map(|date| removed(&ids::occurrence(id, *date)))
            .collect()
    }
}

/// An item that is gone, as far as this view is concerned.
pub(crate) fn removed(id: &str) -> Value {
    json!({ "id": id, "@removed": { "reason": "deleted" } })
}

/// The occurrences of a series that a window shows, in the order of their dates.
pub(crate) fn occurrences(event: &Event, window: Window) -> Vec<(Date, Times)> {
    let Some(rule) = event.recurrence() else {
        return Vec::new();
    };
    let times = event.times();
    let is_plain =
        |date: &Date| !event.cancelled.contains(date) && !event.exceptions.contains_key(date);
    let plain = rule.dates().map(|date| (date, times.on(date)));
    let plain = plain
        .take_while(|(_, times)| times.start() < window.1)
        .filter(|(date, times)| is_plain(date) && times.touches(window));
    // They may have come from outside the window, or left it.
    let moved = event.exceptions.keys().filter_map(|date| {
        let times = Times::of(&event.occurrence(*date)).ok()?;
        times.touches(window).then_some((*date, times))
    });
    let mut all: Vec<_> = plain.chain(moved).collect();
    all.sort_by_key(|(date, _)| *date);
    all
}
