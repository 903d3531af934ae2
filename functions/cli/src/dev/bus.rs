//! What product code hears, kept in the order in which it arrived.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws::tap::{Announcement, Tap};
use domain::{CalendarKey, OrganizationId};
use tokio::sync::watch;

/// How long one request to the queue waits for something to be said.
const PATIENCE: Duration = Duration::from_secs(1);

/// Everything heard so far.
#[derive(Clone, Debug)]
pub(super) struct Bus {
    heard: watch::Receiver<Vec<Announcement>>,
}

/// Listens on behalf of a [`Bus`].
#[derive(Debug)]
pub(super) struct Listener {
    tap: Tap,
    organizations: Vec<OrganizationId>,
    heard: watch::Sender<Vec<Announcement>>,
}

/// Both halves: one that hears, one that is asked what was heard.
pub(super) fn listen(tap: Tap, organizations: Vec<OrganizationId>) -> (Listener, Bus) {
    let (sender, heard) = watch::channel(Vec::new());
    let listener = Listener {
        tap,
        organizations,
        heard: sender,
    };
    (listener, Bus { heard })
}

impl Listener {
    /// Listens until that fails, and says why.
    pub(super) async fn run(&self) -> anyhow::Error {
        loop {
            let mut said = match self.tap.listen(PATIENCE).await {
                Ok(said) => said,
                Err(error) => return error.into(),
            };
            // A stack that keeps its state may still have calendars of an earlier demo.
            said.retain(|announcement| self.organizations.contains(&announcement.organization));
            if !said.is_empty() {
                self.heard.send_modify(|heard| heard.append(&mut said));
            }
        }
    }
}

impl Bus {
    /// Waits for an announcement of this calendar, one heard already included.
    pub(super) async fn wait_for(
        &self,
        key: CalendarKey,
        patience: Duration,
        wanted: impl Fn(&Announcement) -> bool,
    ) -> Option<Announcement> {
        let fits = |said: &&Announcement| said.calendar == key.calendar && wanted(said);
        let mut heard = self.heard.clone();
        let arrived = heard.wait_for(|heard| heard.iter().any(|said| fits(&said)));
        let heard = tokio::time::timeout(patience, arrived).await.ok()?.ok()?;
        heard.iter().find(fits).cloned()
    }

    /// The numbers of all entries of this calendar that were heard, each once.
    pub(super) fn numbers(&self, key: CalendarKey) -> BTreeSet<u64> {
        let heard = self.heard.borrow();
        heard
            .iter()
            .filter(|said| said.calendar == key.calendar)
            .map(|said| said.seq)
            .collect()
    }

    /// What was heard of this calendar after one entry and before another, each once, in order.
    pub(super) fn between(&self, key: CalendarKey, after: u64, before: u64) -> Vec<Announcement> {
        let heard = self.heard.borrow();
        let of_calendar = heard.iter().filter(|said| said.calendar == key.calendar);
        let fits = of_calendar.filter(|said| after < said.seq && said.seq < before);
        let in_order: BTreeMap<u64, &Announcement> = fits.map(|said| (said.seq, said)).collect();
        in_order.into_values().cloned().collect()
    }
}
