//! The shape of a subscription's row.

use domain::Provider;
use domain::subscription::{Attention, State, Subscription};
use domain::token::Target;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::attributes::{Item, from_ms, read};

#[derive(Serialize, Deserialize)]
struct SubscriptionItem {
    subscription: String,
    v: u8,
    organization: String,
    kind: String,
    target: String,
    provider: String,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_expires_at: Option<Timestamp>,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    renewed_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proven_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_key: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attention: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    renew_at: Option<i64>,
    /// Which part of the index: there from the beginning, so that any update of `renew_at` counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    renew_shard: Option<String>,
    #[serde(default)]
    attempts: u32,
}

/// A row as it is stored.
pub(super) fn write(subscription: &Subscription) -> Result<Item, serde_dynamo::Error> {
    let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
    let (kind, target, shard) = match subscription.target {
        Target::Calendar(calendar) => {
            let shard = domain::renew::shard(calendar);
            ("calendar", calendar.to_string(), Some(shard))
        }
        Target::CalendarList(connection) => ("calendar_list", connection.to_string(), None),
    };
    serde_dynamo::to_item(SubscriptionItem {
        subscription: subscription.id.to_string(),
        v: 1,
        organization: subscription.organization.to_string(),
        kind: kind.to_owned(),
        target,
        provider: subscription.provider.slug().to_owned(),
        state: subscription.state.name().to_owned(),
        provider_id: subscription.provider_id.clone(),
        provider_expires_at: subscription.expires_at,
        created_at: subscription.created_at,
        renewed_at: millis(subscription.renewed_at),
        proven_at: millis(subscription.proven_at),
        token_key: subscription.token_key,
        attention: subscription.attention.map(|it| it.name().to_owned()),
        renew_at: millis(subscription.renew_at),
        renew_shard: shard.map(|shard| shard.to_string()),
        attempts: subscription.attempts,
    })
}

/// Reads a row.
pub(super) fn parse(item: Item) -> Result<Subscription, Error> {
    const WHAT: &str = "could not understand a subscription";
    let item: SubscriptionItem = read(WHAT, item)?;
    let target = match item.kind.as_str() {
        "calendar" => Target::Calendar(item.target.parse().map_err(Error::on(WHAT))?),
        "calendar_list" => Target::CalendarList(item.target.parse().map_err(Error::on(WHAT))?),
        _ => return Err(Error::bare(WHAT)),
    };
    let attention = match item.attention {
        Some(name) => Some(Attention::from_name(&name).ok_or(Error::bare(WHAT))?),
        None => None,
    };
    Ok(Subscription {
        id: item.subscription.parse().map_err(Error::on(WHAT))?,
        organization: item.organization.parse().map_err(Error::on(WHAT))?,
        target,
        provider: Provider::from_slug(&item.provider).ok_or(Error::bare(WHAT))?,
        state: State::from_name(&item.state).ok_or(Error::bare(WHAT))?,
        provider_id: item.provider_id,
        expires_at: item.provider_expires_at,
        created_at: item.created_at,
        renewed_at: item.renewed_at.map(from_ms),
        proven_at: item.proven_at.map(from_ms),
        token_key: item.token_key,
        attention,
        renew_at: item.renew_at.map(from_ms),
        attempts: item.attempts,
    })
}
