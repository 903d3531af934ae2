//! `calwatch events`: what a calendar holds now.

use clap::Args;
use domain::CalendarId;

use super::{Session, Status};
use crate::answer::{Event, Snapshot};
use crate::print::{Table, cut, when};

#[derive(Debug, Args)]
pub(crate) struct Events {
    /// The calendar's id
    calendar: CalendarId,
}

impl Events {
    /// Prints page by page, so that a large calendar is not held as a whole.
    pub(crate) async fn run(self, mut session: Session<'_>) -> anyhow::Result<Status> {
        let path = format!("/api/calendars/{}/events", self.calendar);
        let mut next: Option<String> = None;
        let mut seq = None;
        loop {
            let mut query = vec![("limit", "200")];
            if let Some(cursor) = &next {
                query.push(("cursor", cursor));
            }
            let page = session.client.get_with::<Snapshot>(&path, &query).await?;
            let page = page.said;
            let is_first = seq.is_none();
            // The first page's: what changed while the others were read is in the feed after it.
            let from = *seq.get_or_insert(page.seq);
            if session.json {
                print_json(&mut session, &page, is_first.then_some(from))?;
            } else {
                print(&mut session, &page, is_first)?;
            }
            match page.next {
                Some(cursor) => next = Some(cursor),
                None => {
                    if session.json {
                        session.terminal.write("]}\n")?;
                    }
                    session.note(&format!(
                        "Follow from here: calwatch changes {} --cursor {from} --follow",
                        self.calendar
                    ));
                    return Ok(Status::Done);
                }
            }
        }
    }
}

fn print(session: &mut Session<'_>, page: &Snapshot, is_first: bool) -> anyhow::Result<()> {
    let mut table = Table::new([
        "EVENT                         ",
        "START               ",
        "TITLE",
    ]);
    for event in &page.items {
        let event: Event = serde_json::from_str(event.get())?;
        let title = match (&*event.status, &event.title) {
            ("cancelled", _) => "(cancelled)".to_owned(),
            (_, Some(title)) => cut(title, 26),
            (_, None) => "(no title)".to_owned(),
        };
        table.row([
            event.id,
            event.start.as_ref().map(when).unwrap_or_default(),
            title,
        ]);
    }
    let lines = table.lines();
    let skipped = usize::from(!is_first);
    session.lines(&lines[skipped..])
}

/// One document, written as it comes.
fn print_json(
    session: &mut Session<'_>,
    page: &Snapshot,
    begins_at: Option<u64>,
) -> anyhow::Result<()> {
    let mut text = String::new();
    if let Some(seq) = begins_at {
        text.push_str(&format!("{{\"seq\":{seq},\"items\":["));
    }
    for (place, item) in page.items.iter().enumerate() {
        if place > 0 || begins_at.is_none() {
            text.push(',');
        }
        text.push_str(item.get());
    }
    session.terminal.write(&text)?;
    Ok(())
}
