//! The shape of an inbox as it is stored, and what an update answers.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::Provider;
use domain::inbox::{Inbox, Lease, Source, Status};
use serde::Deserialize;

use super::Answer;
use crate::Error;
use crate::attributes::{Item, from_ms, read};

pub(super) async fn answer(
    what: &'static str,
    update: UpdateItemFluentBuilder,
) -> Result<Answer, Error> {
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

pub(super) async fn done(
    what: &'static str,
    update: UpdateItemFluentBuilder,
) -> Result<bool, Error> {
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
    heard_at: Option<i64>,
    begun_at: Option<i64>,
    read_at: Option<i64>,
    latency: Option<i64>,
}

pub(crate) fn parse(item: Item) -> Result<(Inbox, Source), Error> {
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
        heard_at: item.heard_at.map(from_ms),
        begun_at: item.begun_at.map(from_ms),
        read_at: item.read_at.map(from_ms),
        latency: item.latency.map(jiff::SignedDuration::from_millis),
    };
    Ok((inbox, source))
}
