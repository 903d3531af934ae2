//! Following a feed: where a reader is, and how long it waits for an API that does not answer.

use std::time::Duration;

use domain::CalendarId;

use crate::answer::Changes;
use crate::client::{Client, Error};

/// The longest pause between two attempts.
const LONGEST: Duration = Duration::from_secs(60);

/// A reader's place in a feed.
#[derive(Debug)]
pub(super) struct Feed {
    path: String,
    cursor: u64,
}

impl Feed {
    /// Begins after this entry.
    pub(super) fn new(calendar: CalendarId, cursor: u64) -> Self {
        Self {
            path: format!("/api/calendars/{calendar}/changes"),
            cursor,
        }
    }

    /// The last entry that was read.
    pub(super) const fn cursor(&self) -> u64 {
        self.cursor
    }

    /// The next page; the place moves only once it is here.
    pub(super) async fn next(&mut self, client: &Client) -> Result<Changes, Error> {
        let cursor = self.cursor.to_string();
        let query = [("cursor", &*cursor), ("limit", "200")];
        let page = client.get_with::<Changes>(&self.path, &query).await?.said;
        self.cursor = page.cursor;
        Ok(page)
    }

    /// Whether the next entry is gone; then the newest, if the API says so.
    pub(super) fn is_lost(&self, error: &Error) -> Option<Option<u64>> {
        match error {
            Error::Refused(problem) if problem.slug() == "resync_required" => {
                Some(problem.last_seq)
            }
            Error::Refused(_) | Error::Unreachable { .. } | Error::Unreadable { .. } => None,
        }
    }
}

/// How long to wait.
#[derive(Debug)]
pub(super) struct Patience {
    interval: Duration,
    pause: Option<Duration>,
}

impl Patience {
    /// With so long between two questions that are answered.
    pub(super) const fn new(interval: Duration) -> Self {
        Self {
            interval,
            pause: None,
        }
    }

    /// Between two questions that are answered.
    pub(super) const fn interval(&self) -> Duration {
        self.interval
    }

    /// Whether the last question was not answered.
    pub(super) const fn is_tried(&self) -> bool {
        self.pause.is_some()
    }

    /// After an answer.
    pub(super) const fn renew(&mut self) {
        self.pause = None;
    }

    /// After none: how long to wait now, each time twice as long.
    pub(super) fn lose(&mut self) -> Duration {
        let pause = self.pause.map_or(self.interval, |pause| pause * 2);
        let pause = pause.min(LONGEST);
        self.pause = Some(pause);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute_and_begin_anew_after_an_answer() {
        let mut patience = Patience::new(Duration::from_secs(2));

        let pauses: Vec<u64> = (0..7).map(|_| patience.lose().as_secs()).collect();

        assert_eq!(pauses, [2, 4, 8, 16, 32, 60, 60]);
        patience.renew();
        assert!(!patience.is_tried());
        assert_eq!(patience.lose().as_secs(), 2);
    }
}
