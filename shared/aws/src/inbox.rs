//! A calendar's inbox: single-item updates, never part of a transaction.
//!
//! Table `calendars`, key `calendar` + `part` = `inbox`.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::inbox::{Inbox, Lease, Source, Status};
use domain::run::{self, Setback};
use domain::{CalendarKey, Provider, SubscriptionId, receive, sweep};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::attributes::{Item, from_ms, ms, n, read, s};
use crate::{Error, SdkConfig};

/// The inboxes of all calendars.
#[derive(Clone, Debug)]
pub struct Inboxes {
    client: Client,
    table: String,
}

/// What became of a conditional update.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It was done. The inbox as it was before or is now, as the method says.
    Done(Inbox, Source),
    /// The condition did not hold. The inbox as it is, unless there is none.
    Refused(Option<Inbox>),
}

impl Inboxes {
    /// The inboxes in this table.
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self {
            client: Client::new(config),
            table,
        }
    }

    /// Writes the inbox of a new calendar, with one read owed.
    ///
    /// # Errors
    /// If the table could not be asked. `Ok(false)` if the calendar is there already.
    pub async fn create(
        &self,
        key: CalendarKey,
        source: &Source,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("calendar", s(key))
            .item("part", s("inbox"))
            .item("v", n(1))
            .item("provider", s(source.provider))
            .item("connection", s(source.connection))
            .item("external_id", s(&source.external_id))
            .item("status", s(Status::Active.name()))
            .item("live", AttributeValue::M(HashMap::new()))
            .item("req", n(1))
            .item("syn", n(0))
            .item("fence", n(0))
            .item("backoff", n(0))
            .item("fails", n(0))
            .item("due", ms(now + receive::GRACE))
            .item("dirty_since", ms(now))
            .item("due_shard", s(sweep::shard(key.calendar)))
            .condition_expression("attribute_not_exists(calendar)")
            .send()
            .await;
        match result {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(false)
            }
            Err(error) => Err(Error::new("could not write a new calendar", error)),
        }
    }

    /// Reads an inbox.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn get(&self, key: CalendarKey) -> Result<Option<(Inbox, Source)>, Error> {
        self.client
            .get_item()
            .table_name(&self.table)
            .key("calendar", s(key))
            .key("part", s("inbox"))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::on("could not read a calendar's inbox"))?
            .item
            .map(parse)
            .transpose()
    }

    /// Counts a hint that came through this subscription. Answers with the inbox *before*.
    ///
    /// There is no condition on the status: a paused calendar keeps its hints.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn bump(
        &self,
        key: CalendarKey,
        subscription: SubscriptionId,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        let update = self
            .count(key, now)
            .condition_expression("attribute_exists(live.#subscription)")
            .expression_attribute_names("#subscription", subscription.to_string());
        answer("could not count a hint", update).await
    }

    /// Counts a read that we want for reasons of our own. Answers with the inbox *before*.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn ask(&self, key: CalendarKey, now: Timestamp) -> Result<Answer, Error> {
        let update = self
            .count(key, now)
            .condition_expression("#status IN (:active, :paused, :ungranted)")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":active", s(Status::Active.name()))
            .expression_attribute_values(":paused", s(Status::Paused.name()))
            .expression_attribute_values(":ungranted", s(Status::Ungranted.name()));
        answer("could not count a request", update).await
    }

    /// Takes over a read that is overdue, if it is still as overdue as it was seen. Answers with
    /// the inbox after.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn claim(
        &self,
        key: CalendarKey,
        seen: Timestamp,
        until: Timestamp,
    ) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression("SET due = :until")
            .condition_expression("due = :seen AND #status = :active AND req > syn")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":until", ms(until))
            .expression_attribute_values(":seen", ms(seen))
            .expression_attribute_values(":active", s(Status::Active.name()))
            .return_values(ReturnValue::AllNew);
        answer("could not claim an overdue calendar", update).await
    }

    /// Takes a calendar that is inactive, or owes nothing, out of the sweeper's sight, if both
    /// facts still hold.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn forget_due(&self, key: CalendarKey, seen: Timestamp) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression("REMOVE due")
            .condition_expression("due = :seen AND (#status <> :active OR req <= syn)")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":seen", ms(seen))
            .expression_attribute_values(":active", s(Status::Active.name()))
            .return_values(ReturnValue::AllNew);
        answer("could not put an inactive calendar to rest", update).await
    }

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
                "SET lease_owner = :owner, lease_until = :until, due = :due ADD fence :one",
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
        hold: Timestamp,
        backoff: u32,
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
        answer("could not finish a round", update).await
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
        answer("could not finish a round", update).await
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
        delay: SignedDuration,
        backoff: u32,
        now: Timestamp,
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
        done("could not finish a round", update).await
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

    /// Pauses an active calendar. `due` stays, and the sweeper's next claim removes it.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn pause(&self, key: CalendarKey) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression("SET #status = :paused")
            .condition_expression("#status = :active")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":paused", s(Status::Paused.name()))
            .expression_attribute_values(":active", s(Status::Active.name()))
            .return_values(ReturnValue::AllNew);
        answer("could not pause a calendar", update).await
    }

    /// Reads a calendar again that is `from` (paused or ungranted), and owes it one read, in one
    /// update. Earlier failures are forgotten: the read follows now.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn resume(
        &self,
        key: CalendarKey,
        from: Status,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression(
                "SET #status = :active, due = :now, fails = :none, \
                 dirty_since = if_not_exists(dirty_since, :now) ADD req :one REMOVE #hold",
            )
            .condition_expression("#status = :from")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#hold", "hold")
            .expression_attribute_values(":active", s(Status::Active.name()))
            .expression_attribute_values(":from", s(from.name()))
            .expression_attribute_values(":none", n(0))
            .expression_attribute_values(":now", ms(now))
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::AllNew);
        answer("could not resume a calendar", update).await
    }

    /// Ends the watch: no subscription is live any more. Answers with the inbox *before*.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn unwatch(&self, key: CalendarKey) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression("SET #status = :unwatched, live = :nothing REMOVE due, dirty_since")
            .condition_expression("attribute_exists(calendar) AND #status <> :erasing")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":unwatched", s(Status::Unwatched.name()))
            .expression_attribute_values(":erasing", s(Status::Erasing.name()))
            .expression_attribute_values(":nothing", AttributeValue::M(HashMap::new()))
            .return_values(ReturnValue::AllOld);
        answer("could not unwatch a calendar", update).await
    }

    /// Makes a subscription live before the provider is asked, since its first notification can
    /// overtake the provider's answer.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn expect(
        &self,
        key: CalendarKey,
        subscription: SubscriptionId,
    ) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression("SET live.#subscription = :unknown")
            .condition_expression("#status IN (:active, :paused)")
            .expression_attribute_names("#subscription", subscription.to_string())
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":unknown", s(""))
            .expression_attribute_values(":active", s(Status::Active.name()))
            .expression_attribute_values(":paused", s(Status::Paused.name()))
            .return_values(ReturnValue::AllNew);
        answer("could not make a subscription live", update).await
    }

    /// Notes the provider's name of a live subscription, and owes a read: changes before it began
    /// were never announced. Answers with the inbox *before*.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn activate(
        &self,
        key: CalendarKey,
        subscription: SubscriptionId,
        provider_id: &str,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression(
                "SET live.#subscription = :id, due = if_not_exists(due, :due), \
                 dirty_since = if_not_exists(dirty_since, :now) ADD req :one",
            )
            .condition_expression("attribute_exists(live.#subscription)")
            .expression_attribute_names("#subscription", subscription.to_string())
            .expression_attribute_values(":id", s(provider_id))
            .expression_attribute_values(":due", ms(now + receive::GRACE))
            .expression_attribute_values(":now", ms(now))
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::AllOld);
        answer("could not activate a subscription", update).await
    }

    /// Takes a subscription out of the live ones.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn retire(
        &self,
        key: CalendarKey,
        subscription: SubscriptionId,
    ) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression("REMOVE live.#subscription")
            .condition_expression("attribute_exists(live.#subscription)")
            .expression_attribute_names("#subscription", subscription.to_string())
            .return_values(ReturnValue::AllNew);
        answer("could not retire a subscription", update).await
    }

    /// The overdue calendars of one shard, oldest first, with the `due` that was seen.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn overdue(
        &self,
        shard: u8,
        now: Timestamp,
    ) -> Result<Vec<(CalendarKey, Timestamp)>, Error> {
        crate::feed::keys_before(
            &self.client,
            &self.table,
            ("due", "due_shard", "due"),
            shard,
            now,
        )
        .await
    }

    fn update(&self, key: CalendarKey) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("calendar", s(key))
            .key("part", s("inbox"))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    fn count(&self, key: CalendarKey, now: Timestamp) -> UpdateItemFluentBuilder {
        self.update(key)
            .update_expression(
                "SET due = if_not_exists(due, :due), \
                 dirty_since = if_not_exists(dirty_since, :now) ADD req :one",
            )
            .expression_attribute_values(":due", ms(now + receive::GRACE))
            .expression_attribute_values(":now", ms(now))
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::AllOld)
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

async fn answer(what: &'static str, update: UpdateItemFluentBuilder) -> Result<Answer, Error> {
    match update.send().await {
        Ok(output) => {
            let item = output
                .attributes
                .ok_or(Error::bare("an update answered without the item"))?;
            let (inbox, source) = parse(item)?;
            Ok(Answer::Done(inbox, source))
        }
        Err(error) => match error.into_service_error() {
            UpdateItemError::ConditionalCheckFailedException(refused) => {
                let inbox = refused.item.map(parse).transpose()?;
                Ok(Answer::Refused(inbox.map(|(inbox, _)| inbox)))
            }
            error => Err(Error::new(what, error)),
        },
    }
}

async fn done(what: &'static str, update: UpdateItemFluentBuilder) -> Result<bool, Error> {
    Ok(match answer(what, update).await? {
        Answer::Done(..) => true,
        Answer::Refused(_) => false,
    })
}

#[derive(Deserialize)]
struct InboxItem {
    provider: String,
    connection: String,
    external_id: String,
    status: String,
    #[serde(default)]
    live: BTreeMap<String, String>,
    req: u64,
    syn: u64,
    fence: u64,
    lease_owner: Option<String>,
    lease_until: Option<i64>,
    hold: Option<i64>,
    #[serde(default)]
    backoff: u32,
    due: Option<i64>,
    dirty_since: Option<i64>,
    #[serde(default)]
    fails: u32,
    echo: Option<u64>,
}

fn parse(item: Item) -> Result<(Inbox, Source), Error> {
    const WHAT: &str = "could not understand a calendar's inbox";
    let item: InboxItem = read(WHAT, item)?;
    let source = Source {
        provider: Provider::from_slug(&item.provider).ok_or(Error::bare(WHAT))?,
        connection: item.connection.parse().map_err(Error::on(WHAT))?,
        external_id: item.external_id,
    };
    let mut live = BTreeMap::new();
    for (subscription, provider_id) in item.live {
        live.insert(subscription.parse().map_err(Error::on(WHAT))?, provider_id);
    }
    let inbox = Inbox {
        status: Status::from_name(&item.status).ok_or(Error::bare(WHAT))?,
        live,
        req: item.req,
        syn: item.syn,
        fence: item.fence,
        lease: item
            .lease_owner
            .zip(item.lease_until)
            .map(|(owner, until)| Lease {
                owner,
                until: from_ms(until),
            }),
        hold: item.hold.map(from_ms),
        backoff: item.backoff,
        due: item.due.map(from_ms),
        dirty_since: item.dirty_since.map(from_ms),
        fails: item.fails,
        echo: item.echo,
    };
    Ok((inbox, source))
}
