//! Asking the provider for a page, and what follows if it refuses.

use domain::reading::Mode;
use jiff::Timestamp;
use providers::calendar::has_window;
use providers::{Page, ReadError, Start};

use super::{RESTARTS, Round, Setback, Step};
use crate::{Error, error_chain};

impl Round<'_> {
    pub(super) async fn read(
        &mut self,
        cursor: Option<&str>,
        page: Option<&str>,
    ) -> Result<Step, Error> {
        if has_window(self.source.provider) && page.is_none() {
            let now = self.syncer.ambient.now();
            match (cursor, self.feed.window) {
                (None, _) => {
                    if !self.open_window(now).await? {
                        return Ok(Step::Lost);
                    }
                }
                (Some(_), Some(window)) if !self.syncer.span.has_outrun(window, now) => {}
                // Time has moved on, and the window that is baked into the cursor has not.
                (Some(_), _) => return self.start_over().await,
            }
        }
        match self.ask_for_page(cursor, page).await? {
            Ok(page) => {
                self.pages += 1;
                self.items += page.items.len() as u64;
                self.unreadable += page.unreadable as u64;
                self.apply(page).await
            }
            Err(error) => self.cope(error).await,
        }
    }

    async fn ask_for_page(
        &mut self,
        cursor: Option<&str>,
        page: Option<&str>,
    ) -> Result<Result<Page, ReadError>, Error> {
        let start = match (cursor, page) {
            (None, None) => Start::Everything(self.feed.window),
            (Some(cursor), None) => Start::Cursor(cursor),
            (cursor, Some(page)) => Start::Page { cursor, page },
        };
        let client = &self.syncer.client;
        let first = client.page(&self.place(), start).await;
        if matches!(first, Err(ReadError::Unauthorized)) && self.renew_token().await? {
            return Ok(client.page(&self.place(), start).await);
        }
        Ok(first)
    }

    /// Decides what part of the calendar the read that begins will show, and notes it.
    async fn open_window(&mut self, now: Timestamp) -> Result<bool, Error> {
        let window = self.syncer.span.window(self.syncer.ambient.jitter(), now);
        // A window without a checkpoint is that of a read which died on its first page.
        let again = u64::from(self.feed.window.is_some());
        let feeds = self.syncer.mirror.feeds();
        let kept = feeds
            .open_window(self.key, self.guard(), window, again)
            .await?;
        self.feed.window = Some(window);
        self.feed.rebuild += again;
        Ok(kept)
    }

    /// Forgets the cursor and reads everything; the rows stay, and what differs is told.
    pub(super) async fn start_over(&mut self) -> Result<Step, Error> {
        let feeds = self.syncer.mirror.feeds();
        let doubted = self.feed.doubted;
        if !feeds.rebuild(self.key, self.guard(), doubted).await? {
            return Ok(Step::Lost);
        }
        self.feed.checkpoint = None;
        self.feed.cursor = None;
        self.feed.window = None;
        self.feed.resync_asked = false;
        self.feed.rebuild += 1;
        self.since_cursor = self.feed.last_seq;
        Ok(Step::On)
    }

    /// Turns a provider's refusal into what follows from it.
    pub(super) async fn cope(&mut self, error: ReadError) -> Result<Step, Error> {
        let feeds = self.syncer.mirror.feeds();
        let whole = self.feed.mode() != Mode::Incremental;
        match error {
            ReadError::CursorLost | ReadError::PageRefused if self.restarts < RESTARTS => {
                self.restarts += 1;
                // Rows that the broken read saw must not count as seen by the next one.
                if whole || matches!(error, ReadError::CursorLost) {
                    return self.start_over().await;
                }
                if !feeds.restart(self.key, self.guard()).await? {
                    return Ok(Step::Lost);
                }
                self.feed.checkpoint = None;
                self.since_cursor = self.feed.last_seq;
                Ok(Step::On)
            }
            ReadError::Throttled { wait } => Ok(Step::Stopped(Setback::Throttled(wait))),
            ReadError::CursorLost
            | ReadError::PageRefused
            | ReadError::Unauthorized
            | ReadError::Refused { .. }
            | ReadError::Unavailable { .. }
            | ReadError::Unreadable { .. } => {
                Ok(Step::Stopped(Setback::Failed(error_chain(&error))))
            }
        }
    }
}
