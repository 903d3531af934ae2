//! One subscription that is due: claim, decide, do, and say when to look again.
//!
//! The claim is what a crash leaves behind: ten minutes later the subscription is due again, and
//! is judged by what is there then.

use domain::CalendarKey;
use domain::inbox::Source;
use domain::news::News;
use domain::renew::{self, Due, Facts, Step};
use domain::subscription::{NoPush, State, Subscription};
use domain::token::Target;
use jiff::{SignedDuration, Timestamp};
use providers::ReadError;
use providers::grant::AccessToken;

use super::{Done, Patience, Renewer};
use crate::grants::Access;
use crate::watch::{Attempt, accepted};
use crate::{Error, error_chain};

/// A subscription in our hands.
struct Held {
    key: CalendarKey,
    row: Subscription,
    source: Source,
    /// What its `renew_at` is while we hold it.
    claimed: Timestamp,
}

/// Why something that was asked of a provider did not come to pass.
struct Postponed {
    why: NoPush,
    wait: Option<SignedDuration>,
}

impl Renewer {
    /// Looks after one subscription. Answers with what became of it, and how many subscriptions of
    /// nobody were ended on the way.
    pub(super) async fn look_after(
        &self,
        due: Due,
        patience: &Patience,
    ) -> Result<(Done, u32), Error> {
        let watcher = &self.watcher;
        let now = watcher.ambient.now();
        let claimed = now + renew::CLAIM;
        let claim = watcher.subscriptions.claim(due.id, due.renew_at, claimed);
        let Some(row) = claim.await? else {
            // Somebody else has it, or the index lags behind.
            return Ok((Done::Nothing, 0));
        };
        let Target::Calendar(calendar) = row.target else {
            watcher.subscriptions.rest(row.id, claimed, None, 0).await?;
            return Ok((Done::Nothing, 0));
        };
        let key = CalendarKey {
            organization: row.organization,
            calendar,
        };
        let found = watcher.inboxes.get(key).await?;
        let mut others = Vec::new();
        if let Some((inbox, _)) = &found {
            for id in inbox.live.keys().filter(|id| **id != row.id) {
                others.extend(watcher.subscriptions.get(*id).await?);
            }
        }
        let step = renew::step(
            &Facts {
                row: &row,
                inbox: found.as_ref().map(|(inbox, _)| inbox),
                others: &others,
                calendar,
                signing: watcher.keys.signing().await?,
            },
            now,
        );
        let Some((_, source)) = found else {
            watcher.subscriptions.rest(row.id, claimed, None, 0).await?;
            return Ok((Done::Nothing, 0));
        };
        let held = Held {
            key,
            row,
            source,
            claimed,
        };
        self.take(step, &held, patience).await
    }

    async fn take(
        &self,
        step: Step,
        held: &Held,
        patience: &Patience,
    ) -> Result<(Done, u32), Error> {
        let subscriptions = &self.watcher.subscriptions;
        let id = held.row.id;
        match step {
            Step::Rest(until) => {
                let attempts = held.row.attempts;
                subscriptions
                    .rest(id, held.claimed, until, attempts)
                    .await?;
                return Ok((Done::Nothing, 0));
            }
            Step::Retire(until) => {
                let state = State::Retiring;
                subscriptions
                    .become_state(id, state, Some(until), None)
                    .await?;
                return Ok((Done::Nothing, 0));
            }
            Step::Drop => {
                self.watcher.inboxes.retire(held.key, id).await?;
                subscriptions.rest(id, held.claimed, None, 0).await?;
                return Ok((Done::Nothing, 0));
            }
            Step::Extend | Step::Replace | Step::Exchange | Step::Restore | Step::Stop(_) => {}
        }
        let connection = (held.key.organization, held.source.connection);
        if patience
            .lock()
            .expect("nobody panics here")
            .contains(&connection)
        {
            let until = self.watcher.ambient.now() + renew::PERIOD;
            subscriptions
                .rest(id, held.claimed, Some(until), held.row.attempts)
                .await?;
            return Ok((Done::Nothing, 0));
        }
        let access = match self
            .watcher
            .grants
            .access(connection.0, connection.1, held.source.provider)
            .await?
        {
            Access::Token(token) => token,
            // The next read finds out as well and suspends the calendar, whose owner is asked to
            // connect again.
            Access::Revoked(reason) => {
                tracing::warn!(subscription = %id, reason, "no grant to renew with");
                return self.postpone(held, NoPush::Denied.into()).await;
            }
            Access::Failed(error) => {
                tracing::warn!(
                    subscription = %id,
                    error = error_chain(&error),
                    "no access token to renew with",
                );
                return self.postpone(held, NoPush::Unanswered.into()).await;
            }
        };
        let done = match step {
            Step::Extend => self.extend(held, &access).await?,
            Step::Replace => self.replace(held, &access).await?,
            Step::Exchange => self.exchange(held, &access).await?,
            Step::Restore => self.restore(held, &access).await?,
            Step::Stop(until) => self.stop(held, &access, until).await?,
            Step::Rest(_) | Step::Retire(_) | Step::Drop => Ok(Done::Nothing),
        };
        match done {
            Ok(done) => Ok((done, self.reap(held.key, &held.source, &access).await?)),
            Err(postponed) => {
                if postponed.wait.is_some() {
                    patience
                        .lock()
                        .expect("nobody panics here")
                        .insert(connection);
                }
                self.postpone(held, postponed).await
            }
        }
    }

    /// Microsoft: the same subscription lives on, authorized again by the same request.
    async fn extend(
        &self,
        held: &Held,
        access: &AccessToken,
    ) -> Result<Result<Done, Postponed>, Error> {
        let watcher = &self.watcher;
        let row = &held.row;
        let now = watcher.ambient.now();
        let Some(provider_id) = &row.provider_id else {
            return self.restore(held, access).await;
        };
        let extended = watcher
            .client
            .extend(row.provider, access, provider_id, now)
            .await;
        match extended {
            Ok(Some(watching)) => {
                let accepted = accepted(held.key, watching, now);
                watcher
                    .subscriptions
                    .extend(row.id, held.claimed, &accepted, now)
                    .await?;
                Ok(Ok(Done::Extended))
            }
            Ok(None) => self.restore(held, access).await,
            Err(error) => Ok(Err(self.unanswered(held, error).await)),
        }
    }

    /// Google: both are live until the new one is proven, so that nothing is missed in between.
    async fn replace(
        &self,
        held: &Held,
        access: &AccessToken,
    ) -> Result<Result<Done, Postponed>, Error> {
        let watcher = &self.watcher;
        let created = self.create(held, access).await?;
        if created.is_ok() {
            let until = watcher.ambient.now() + renew::PERIOD;
            let state = State::Retiring;
            watcher
                .subscriptions
                .become_state(held.row.id, state, Some(until), None)
                .await?;
        }
        Ok(created)
    }

    /// Microsoft allows one: the old one ends first. What changes in between is found by the read
    /// that every new one owes.
    async fn exchange(
        &self,
        held: &Held,
        access: &AccessToken,
    ) -> Result<Result<Done, Postponed>, Error> {
        if let Some(provider_id) = &held.row.provider_id {
            let row = &held.row;
            let stopped = self
                .watcher
                .client
                .stop(row.provider, access, row.id, provider_id)
                .await;
            if let Err(error) = stopped {
                return Ok(Err(self.unanswered(held, error).await));
            }
        }
        self.restore(held, access).await
    }

    /// The old one is gone. Until there is another, its row stands for the calendar.
    async fn restore(
        &self,
        held: &Held,
        access: &AccessToken,
    ) -> Result<Result<Done, Postponed>, Error> {
        let subscriptions = &self.watcher.subscriptions;
        let row = &held.row;
        let gone = match row.state {
            State::Pending | State::Failed => State::Failed,
            State::Active | State::Retiring | State::Lapsed | State::Stopped => State::Lapsed,
        };
        if gone != row.state {
            let now = self.watcher.ambient.now();
            let news = (gone == State::Lapsed).then_some((News::SubscriptionLapsed, now));
            subscriptions
                .become_state(row.id, gone, Some(held.claimed), news)
                .await?;
        }
        let created = self.create(held, access).await?;
        if created.is_ok() {
            // Its last words may still be on their way.
            let end = row.expires_at.unwrap_or(held.claimed);
            let until = end.max(held.claimed);
            subscriptions
                .rest(row.id, held.claimed, Some(until), 0)
                .await?;
        }
        Ok(created)
    }

    async fn create(
        &self,
        held: &Held,
        access: &AccessToken,
    ) -> Result<Result<Done, Postponed>, Error> {
        let watcher = &self.watcher;
        let begun = watcher.begin(held.key, &held.source).await?;
        let attempt = watcher.attempt(held.key, &held.source, access, begun);
        match attempt.await? {
            Attempt::Accepted(_) => Ok(Ok(Done::Created)),
            Attempt::Refused { why, wait, .. } => Ok(Err(Postponed { why, wait })),
        }
    }

    async fn stop(
        &self,
        held: &Held,
        access: &AccessToken,
        until: Timestamp,
    ) -> Result<Result<Done, Postponed>, Error> {
        let row = &held.row;
        if let Some(provider_id) = &row.provider_id {
            let stopped = self
                .watcher
                .client
                .stop(row.provider, access, row.id, provider_id)
                .await;
            if let Err(error) = stopped {
                return Ok(Err(self.unanswered(held, error).await));
            }
        }
        self.watcher
            .subscriptions
            .become_state(row.id, State::Stopped, Some(until), None)
            .await?;
        Ok(Ok(Done::Ended))
    }

    /// Tries again later; a calendar that nobody tells us of meanwhile is polled.
    async fn postpone(
        &self,
        held: &Held,
        Postponed { why, wait }: Postponed,
    ) -> Result<(Done, u32), Error> {
        let watcher = &self.watcher;
        let attempts = held.row.attempts.saturating_add(1);
        let again = renew::again(why, wait, held.row.attempts, watcher.ambient.jitter());
        let now = watcher.ambient.now();
        if !self.has_push(held, now).await? {
            watcher.poll(held.key, why).await?;
        }
        watcher
            .subscriptions
            .rest(held.row.id, held.claimed, Some(now + again), attempts)
            .await?;
        Ok((Done::Refused, 0))
    }

    /// Whether some subscription of the calendar still lives.
    async fn has_push(&self, held: &Held, now: Timestamp) -> Result<bool, Error> {
        let Some((inbox, _)) = self.watcher.inboxes.get(held.key).await? else {
            return Ok(true);
        };
        for id in inbox.live.into_keys() {
            let row = self.watcher.subscriptions.get(id).await?;
            if row.is_some_and(|row| row.lives(now)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn unanswered(&self, held: &Held, error: ReadError) -> Postponed {
        tracing::warn!(
            subscription = %held.row.id,
            error = error_chain(&error),
            "a provider did not do what a subscription needs",
        );
        match error {
            ReadError::Throttled { wait } => Postponed {
                why: NoPush::Unanswered,
                wait: Some(wait.unwrap_or(renew::PERIOD)),
            },
            ReadError::Unauthorized => {
                let (organization, connection) = (held.key.organization, held.source.connection);
                self.watcher.grants.forget(organization, connection).await;
                NoPush::Unanswered.into()
            }
            ReadError::Refused { .. } => NoPush::Denied.into(),
            ReadError::CursorLost
            | ReadError::PageRefused
            | ReadError::Unavailable { .. }
            | ReadError::Unreadable { .. } => NoPush::Unanswered.into(),
        }
    }
}

impl From<NoPush> for Postponed {
    fn from(why: NoPush) -> Self {
        Self { why, wait: None }
    }
}
