//! Keeps an event within what the mirror stores, by cutting what is long and naming what was cut.

use domain::event::{Event, MAX_EVENT_BYTES, Person};

/// Everything about an event but its texts: field names, numbers, times and punctuation, written
/// down as JSON in whatever form. A test compares it with a wordy one.
const SKELETON: usize = 2048;

/// The same for one attendee.
const ATTENDEE: usize = 128;

/// The same for a line of `recurrence`.
const LINE: usize = 4;

/// The event, cut if need be: the description first, then the attendees, then the rest.
///
/// The same event is always cut in the same way; otherwise each read would look like a change.
/// What is not cut is bounded by those who read it: ids, versions, zones, and the type.
pub(crate) fn fit(mut event: Event) -> Event {
    let mut cut = Cut {
        excess: written(&event).saturating_sub(MAX_EVENT_BYTES),
        names: Vec::new(),
    };
    cut.text("description", &mut event.description);
    cut.list("attendees", &mut event.attendees, |attendee| {
        ATTENDEE + person(&attendee.person)
    });
    cut.text("location", &mut event.location);
    cut.text("title", &mut event.title);
    // Half an address or name of something is worse than none.
    cut.whole("meeting_url", &mut event.meeting_url, |url| escaped(url));
    cut.whole("url", &mut event.url, |url| escaped(url));
    cut.whole("ical_uid", &mut event.ical_uid, |uid| escaped(uid));
    cut.whole("organizer", &mut event.organizer, person);
    // Last, because a series without its lines happens once.
    cut.list("recurrence", &mut event.recurrence, |line| {
        LINE + escaped(line)
    });
    event.truncated = cut.names;
    event
}

/// What remains to be cut, and what was.
struct Cut {
    excess: usize,
    names: Vec<&'static str>,
}

impl Cut {
    fn freed(&mut self, name: &'static str, bytes: usize) {
        self.excess = self.excess.saturating_sub(bytes);
        if !self.names.contains(&name) {
            self.names.push(name);
        }
    }

    fn text(&mut self, name: &'static str, field: &mut Option<String>) {
        let Some(text) = field.as_mut().filter(|_| self.excess > 0) else {
            return;
        };
        let before = escaped(text);
        text.truncate(prefix(text, before.saturating_sub(self.excess)));
        self.freed(name, before - escaped(text));
        if text.is_empty() {
            *field = None;
        }
    }

    fn whole<T>(&mut self, name: &'static str, field: &mut Option<T>, size: impl Fn(&T) -> usize) {
        if self.excess > 0
            && let Some(value) = field.take()
        {
            self.freed(name, size(&value));
        }
    }

    fn list<T>(&mut self, name: &'static str, list: &mut Vec<T>, size: impl Fn(&T) -> usize) {
        while self.excess > 0
            && let Some(last) = list.pop()
        {
            self.freed(name, size(&last));
        }
    }
}

/// How much an event takes at most when written down as JSON.
fn written(event: &Event) -> usize {
    let texts = [
        Some(&event.provider_id),
        Some(&event.event_type),
        event.title.as_ref(),
        event.description.as_ref(),
        event.location.as_ref(),
        event.meeting_url.as_ref(),
        event.url.as_ref(),
        event.ical_uid.as_ref(),
        event.etag.as_ref(),
        event
            .series
            .as_ref()
            .map(|series| &series.master_provider_id),
    ];
    let texts: usize = texts.into_iter().flatten().map(|text| escaped(text)).sum();
    let lines: usize = event
        .recurrence
        .iter()
        .map(|line| LINE + escaped(line))
        .sum();
    let attendees: usize = event
        .attendees
        .iter()
        .map(|attendee| ATTENDEE + person(&attendee.person))
        .sum();
    SKELETON + texts + lines + event.organizer.as_ref().map_or(0, person) + attendees
}

fn person(person: &Person) -> usize {
    let length = |text: &Option<String>| text.as_deref().map_or(0, escaped);
    length(&person.email) + length(&person.name)
}

/// How many bytes a text takes between its quotes in JSON.
fn escaped(text: &str) -> usize {
    text.bytes().map(escaped_byte).sum()
}

const fn escaped_byte(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0x00..0x20 => 6,
        _ => 1,
    }
}

/// The length of the longest prefix that takes no more than `room` in JSON.
fn prefix(text: &str, room: usize) -> usize {
    let mut taken = 0;
    text.char_indices()
        .find(|(at, character)| {
            taken += escaped(&text[*at..at + character.len_utf8()]);
            taken > room
        })
        .map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests;
