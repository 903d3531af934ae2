//! What a run does to an inbox: take the lease, keep it, and leave it, well or badly.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use domain::inbox::Status;
use domain::run::{self, Setback};
use domain::{CalendarKey, receive};
use jiff::{SignedDuration, Timestamp};

use super::item::{answer, done};
use super::{Answer, Inboxes};
use crate::Error;
use crate::attributes::{ms, n, s};

/// What a complete read tells of how fresh the calendar is.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// When it began.
    pub began: Timestamp,
    /// How long the provider took to tell us of what it found, if that is known.
    pub latency: Option<SignedDuration>,
}

impl Read {
    /// Adds it to an update that sets something.
    fn noted(self, update: UpdateItemFluentBuilder) -> UpdateItemFluentBuilder {
        let expression = update.get_update_expression().clone().unwrap_or_default();
        let mut set = "SET read_at = :read_at, ".to_owned();
        let mut update = update.expression_attribute_values(":read_at", ms(self.began));
        if let Some(latency) = self.latency {
            set.push_str("latency = :latency, ");
            update = update.expression_attribute_values(":latency", n(latency.as_millis()));
        }
        update.update_expression(expression.replacen("SET ", &set, 1))
    }
}

impl Inboxes {
    /// Takes the lease and raises the fence, if a read is owed and may start. Answers with the
    /// inbox after.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn acquire(
        &self,
        key: CalendarKey,
        owner: &str,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression(
                // The organization is in the item so that its calendars can be listed; one that an
                // earlier release wrote gets it here.
                "SET lease_owner = :owner, lease_until = :until, due = :due, \
                 organization = if_not_exists(organization, :organization) ADD fence :one",
            )
            .condition_expression(
                "#status = :active AND req > syn \
                 AND (attribute_not_exists(lease_until) OR lease_until <= :now \
                      OR lease_owner = :owner) \
                 AND (attribute_not_exists(#hold) OR #hold <= :now)",
            )
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#hold", "hold")
            .expression_attribute_values(":active", s(Status::Active.name()))
            .expression_attribute_values(":owner", s(owner))
            .expression_attribute_values(":organization", s(key.organization))
            .expression_attribute_values(":until", ms(now + run::LEASE))
            .expression_attribute_values(":due", ms(now + run::LEASE + run::MARGIN))
            .expression_attribute_values(":now", ms(now))
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::AllNew);
        answer("could not take a calendar's lease", update).await
    }

    /// Extends the lease of the run with this fence. `false` if it lost it.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn extend(
        &self,
        key: CalendarKey,
        fence: u64,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let update = self
            .fenced(key, fence)
            .update_expression("SET lease_until = :until, due = :due")
            .expression_attribute_values(":until", ms(now + run::LEASE))
            .expression_attribute_values(":due", ms(now + run::LEASE + run::MARGIN));
        done("could not extend a calendar's lease", update).await
    }

    /// Leaves the lease for the next slice of the same round. `false` if the fence was lost.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn hand_over(
        &self,
        key: CalendarKey,
        fence: u64,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let update = self
            .fenced(key, fence)
            .update_expression("SET due = :due, fails = :none REMOVE lease_owner, lease_until")
            .expression_attribute_values(":due", ms(now + run::MARGIN))
            .expression_attribute_values(":none", n(0));
        done("could not hand a round over", update).await
    }

    /// Ends a round with nothing owed. Refused if something was asked for meanwhile, or the fence
    /// was lost.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn finish_clean(
        &self,
        key: CalendarKey,
        fence: u64,
        round_g: u64,
        (hold, backoff): (Timestamp, u32),
        read: Read,
    ) -> Result<Answer, Error> {
        let update = self
            .unmoved(key, fence, round_g)
            .update_expression(
                "SET syn = :g, #hold = :hold, backoff = :backoff, fails = :none \
                 REMOVE due, dirty_since, lease_owner, lease_until, echo",
            )
            .expression_attribute_names("#hold", "hold")
            .expression_attribute_values(":hold", ms(hold))
            .expression_attribute_values(":backoff", n(backoff))
            .expression_attribute_values(":none", n(0));
        answer("could not finish a round", read.noted(update)).await
    }

    /// Ends a round that found nothing: one more read is owed after `delay`. Refused like
    /// [`finish_clean`](Self::finish_clean).
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn finish_with_echo(
        &self,
        key: CalendarKey,
        fence: u64,
        round_g: u64,
        (hold, backoff): (Timestamp, u32),
        due: Timestamp,
        read: Read,
    ) -> Result<Answer, Error> {
        let update = self
            .unmoved(key, fence, round_g)
            .update_expression(
                "SET syn = :g, req = :next, echo = :next, due = :due, #hold = :hold, \
                 backoff = :backoff, fails = :none REMOVE dirty_since, lease_owner, lease_until",
            )
            .expression_attribute_names("#hold", "hold")
            .expression_attribute_values(":next", n(round_g + 1))
            .expression_attribute_values(":due", ms(due))
            .expression_attribute_values(":hold", ms(hold))
            .expression_attribute_values(":backoff", n(backoff))
            .expression_attribute_values(":none", n(0));
        answer("could not finish a round", read.noted(update)).await
    }

    /// Ends a round during which more was asked for. `false` if the fence was lost.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn finish_dirty(
        &self,
        key: CalendarKey,
        fence: u64,
        round_g: u64,
        (delay, backoff): (SignedDuration, u32),
        now: Timestamp,
        read: Read,
    ) -> Result<bool, Error> {
        let update = self
            .fenced(key, fence)
            .update_expression(
                "SET syn = :g, due = :due, #hold = :hold, backoff = :backoff, fails = :none, \
                 dirty_since = :now REMOVE lease_owner, lease_until, echo",
            )
            .expression_attribute_names("#hold", "hold")
            .expression_attribute_values(":g", n(round_g))
            .expression_attribute_values(":due", ms(now + delay + run::MARGIN))
            .expression_attribute_values(":hold", ms(now + delay))
            .expression_attribute_values(":backoff", n(backoff))
            .expression_attribute_values(":none", n(0))
            .expression_attribute_values(":now", ms(now));
        done("could not finish a round", read.noted(update)).await
    }

    /// Notes a throttle or a failure and leaves the lease. `false` if the fence was lost.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn set_back(
        &self,
        key: CalendarKey,
        fence: u64,
        setback: &Setback,
    ) -> Result<bool, Error> {
        let update = self
            .fenced(key, fence)
            .update_expression(
                "SET #hold = :hold, due = :due, backoff = :backoff, fails = :fails \
                 REMOVE lease_owner, lease_until",
            )
            .expression_attribute_names("#hold", "hold")
            .expression_attribute_values(":hold", ms(setback.hold))
            .expression_attribute_values(":due", ms(setback.hold + receive::GRACE))
            .expression_attribute_values(":backoff", n(setback.backoff))
            .expression_attribute_values(":fails", n(setback.fails));
        done("could not note a setback", update).await
    }

    /// Stops reading because the connection has no grant any more; hints are kept. `false` if the
    /// fence was lost.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn suspend(&self, key: CalendarKey, fence: u64) -> Result<bool, Error> {
        let update = self
            .fenced(key, fence)
            // A pause or an unwatch that came meanwhile must stand.
            .condition_expression(
                "fence = :fence AND attribute_exists(lease_owner) AND #status = :active",
            )
            .update_expression("SET #status = :ungranted REMOVE due, lease_owner, lease_until")
            .expression_attribute_values(":active", s(Status::Active.name()))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":ungranted", s(Status::Ungranted.name()));
        done("could not suspend a calendar", update).await
    }

    /// What the holder of a lease does. The fence alone is not enough: a request that is repeated,
    /// or arrives late, after the holder has finished, would still find its fence.
    fn fenced(&self, key: CalendarKey, fence: u64) -> UpdateItemFluentBuilder {
        self.update(key)
            .condition_expression("fence = :fence AND attribute_exists(lease_owner)")
            .expression_attribute_values(":fence", n(fence))
            .return_values(ReturnValue::AllNew)
    }

    fn unmoved(&self, key: CalendarKey, fence: u64, g: u64) -> UpdateItemFluentBuilder {
        self.update(key)
            .condition_expression("fence = :fence AND req = :g")
            .expression_attribute_values(":fence", n(fence))
            .expression_attribute_values(":g", n(g))
            .return_values(ReturnValue::AllNew)
    }
}
