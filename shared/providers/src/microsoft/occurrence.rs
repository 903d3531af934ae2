//! Which occurrence of a series is meant, and when it would have started.
//!
//! Microsoft names an occurrence by its series and the date on which it would have started where
//! the series is at home: `OID.{series}.{date}`. A cancelled one has no other name, so an exception
//! goes by it as well; otherwise it would not be the same event before and after.

use domain::diff::Item;
use domain::event::{Kind, Series, When};
use domain::{CalendarId, EventId};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::event::shape::{self, Part};
use super::{when, zone};
use crate::fields::Fields;
use crate::fit::fit;

/// What every occurrence's name starts with.
const PREFIX: &str = "OID.";

/// What the occurrences of a series have in common.
pub(super) struct Occurrences {
    /// The calendar they lie in.
    pub(super) calendar: CalendarId,
    /// Graph's id of the master.
    pub(super) master: String,
    /// When the first one starts.
    pub(super) start: When,
    /// The zone in which they repeat.
    pub(super) zone: Option<TimeZone>,
}

impl Occurrences {
    /// An occurrence that was changed; none if Graph does not say which it is.
    ///
    /// One that its organizer cancelled lies in a guest's calendar until it is taken out by hand.
    /// It no longer takes place, whatever it looks like, as with Google.
    pub(super) fn exception(&self, mut fields: Fields) -> Option<Item> {
        let provider_id = shape::id(&mut fields, "id")?;
        let named = fields.text("occurrenceId");
        let original = fields.text("originalStart");
        let original = original.as_deref().and_then(when::instant);
        let date = named
            .and_then(|name| date(&name))
            .or_else(|| self.date_of(original?))?;
        let series = Series {
            original_start: original
                .and_then(|at| self.timed(at))
                .or_else(|| self.start_on(date)),
            ..self.series()
        };
        let name = self.name(date);
        let id = EventId::of(self.calendar, &name);
        if fields.flag("isCancelled") {
            return Some(Item::GoneOccurrence {
                id,
                provider_id: name,
                series,
                etag: shape::word(&mut fields, "changeKey"),
            });
        }
        let zone = shape::zone(&mut fields).or_else(|| self.zone.clone());
        let event = shape::event(
            fields,
            Part {
                id,
                provider_id,
                kind: Kind::Exception,
                series: Some(series),
                zone,
            },
        )?;
        Some(Item::Live(Box::new(fit(event))))
    }

    /// An occurrence that was taken out, by Microsoft's name for it.
    pub(super) fn cancelled(&self, name: &str) -> Option<Item> {
        let date = date(name)?;
        let name = self.name(date);
        Some(Item::GoneOccurrence {
            id: EventId::of(self.calendar, &name),
            provider_id: name,
            series: Series {
                original_start: self.start_on(date),
                ..self.series()
            },
            etag: None,
        })
    }

    /// Written with the id by which we know the master, so that an occurrence has one name even if
    /// Graph writes the master's id in two formats.
    fn name(&self, date: Date) -> String {
        format!("{PREFIX}{}.{date}", self.master)
    }

    fn series(&self) -> Series {
        Series {
            master: EventId::of(self.calendar, &self.master),
            master_provider_id: self.master.clone(),
            original_start: None,
        }
    }

    /// The instant as a place in a series; none in an all-day one, whose places are dates.
    fn timed(&self, at: Timestamp) -> Option<When> {
        match self.start {
            When::Day(_) => None,
            When::Time { .. } => Some(when::seen_from(self.zone.as_ref(), at)),
        }
    }

    /// When an occurrence on this date starts unless somebody changes it.
    fn start_on(&self, date: Date) -> Option<When> {
        match self.start {
            When::Day(_) => Some(When::Day(date)),
            When::Time { at, .. } => {
                let zone = self.zone.as_ref()?;
                let wall = date.to_datetime(zone.to_datetime(at).time());
                let (at, _) = zone::place(wall, zone)?;
                Some(when::seen_from(Some(zone), at))
            }
        }
    }

    /// The date of an original start, which Graph gives as an instant even if it is a whole day:
    /// then it is midnight, by UTC or at home.
    fn date_of(&self, original: Timestamp) -> Option<Date> {
        let by_utc = TimeZone::UTC.to_datetime(original);
        let is_day = matches!(self.start, When::Day(_));
        if is_day && by_utc.time() == Time::midnight() {
            return Some(by_utc.date());
        }
        let zone = self.zone.as_ref()?;
        Some(zone.to_datetime(original).date())
    }
}

/// The date in an occurrence's name.
fn date(name: &str) -> Option<Date> {
    let (_, date) = name.strip_prefix(PREFIX)?.rsplit_once('.')?;
    // Exactly this form: other forms of a date hold hints of zones and more.
    (date.len() == "2026-11-12".len())
        .then_some(date)?
        .parse()
        .ok()
}
