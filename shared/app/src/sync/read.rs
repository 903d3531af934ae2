//! Asking the provider for a page, and what follows if it refuses.

use domain::reading::Mode;
use providers::ReadError;

use super::{RESTARTS, Round, Setback, Step};
use crate::grants::Access;
use crate::{Error, error_chain};

impl Round<'_> {
    pub(super) async fn read(
        &mut self,
        cursor: Option<&str>,
        page: Option<&str>,
    ) -> Result<Step, Error> {
        let asked = self.ask_for_page(cursor, page).await?;
        match asked {
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
    ) -> Result<Result<providers::calendar::Page, ReadError>, Error> {
        let source = &self.source;
        let client = &self.syncer.client;
        let calendar = self.key.calendar;
        let first = client
            .page(
                source.provider,
                &self.token,
                calendar,
                &source.external_id,
                cursor,
                page,
            )
            .await;
        let Err(ReadError::Unauthorized) = first else {
            return Ok(first);
        };
        // The provider may end a token early; a second one tells whether that was it.
        let (organization, connection) = (self.key.organization, source.connection);
        self.syncer.grants.forget(organization, connection).await;
        let access = self.syncer.grants.access(organization, connection).await?;
        let Access::Token(token) = access else {
            return Ok(first);
        };
        self.token = token;
        Ok(client
            .page(
                source.provider,
                &self.token,
                calendar,
                &source.external_id,
                cursor,
                page,
            )
            .await)
    }

    /// Turns a provider's refusal into what follows from it.
    pub(super) async fn cope(&mut self, error: ReadError) -> Result<Step, Error> {
        let feeds = self.syncer.mirror.feeds();
        let whole = self.feed.mode() != Mode::Incremental;
        match error {
            ReadError::CursorLost | ReadError::PageRefused if self.restarts < RESTARTS => {
                self.restarts += 1;
                let anew = whole || matches!(error, ReadError::CursorLost);
                // Rows that the broken read saw must not count as seen by the next one.
                let kept = if anew {
                    feeds
                        .rebuild(self.key, self.guard(), self.feed.doubted)
                        .await?
                } else {
                    feeds.restart(self.key, self.guard()).await?
                };
                if !kept {
                    return Ok(Step::Lost);
                }
                self.feed.checkpoint = None;
                self.since_cursor = self.feed.last_seq;
                if anew {
                    self.feed.cursor = None;
                    self.feed.rebuild += 1;
                }
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
