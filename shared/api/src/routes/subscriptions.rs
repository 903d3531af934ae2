//! Subscriptions.

use app::manage::Action;
use axum::extract::{Path, RawQuery, State};
use bytes::Bytes;
use http::HeaderMap;

use super::{Answer, gone, id, ok};
use crate::Api;
use crate::caller::{Operator, Viewer};
use crate::documents::{List, NewSubscription, Problem, Subscription, SubscriptionChange};
use crate::fields::Fields;
use crate::list::{Part, listed};
use crate::once::{Answers, Asked, created};

/// The organization's subscriptions
#[utoipa::path(
    get, path = "/webhook-subscriptions", tag = "webhook subscriptions",
    params(("calendar" = Option<String>, Query, description = "cal_…: only those of one calendar"),
        ("limit" = Option<u16>, Query, description = "1 to 200, 50 by default"),
        ("cursor" = Option<String>, Query, description = "The next of an earlier answer")),
    security(("key" = ["viewer"])),
    responses((status = 200, body = List<Subscription>), (status = "default", body = Problem))
)]
pub(crate) async fn list_subscriptions(
    State(api): State<Api>,
    Viewer(caller): Viewer,
    RawQuery(query): RawQuery,
) -> Answer {
    let mut fields = Fields::of_query(query.as_deref());
    let part = Part::of(&mut fields);
    let calendar = fields.optional_id("calendar");
    fields.finish(Some(()))?;
    let page = api
        .management
        .list_subscriptions(&caller, calendar, part.after, part.limit)
        .await?;
    ok(&listed(page, Subscription::from))
}

/// Subscribe to a calendar again
#[utoipa::path(
    post, path = "/webhook-subscriptions", tag = "webhook subscriptions",
    request_body = NewSubscription,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated within a day: the \
        same answer, and nothing is done")),
    security(("key" = ["operator"])),
    responses((status = 201, body = Subscription), (status = "default", body = Problem))
)]
pub(crate) async fn create_subscription(
    State(api): State<Api>,
    Operator(caller): Operator,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let mut fields = Fields::of_body(&body)?;
    let calendar = fields.id("calendar");
    let calendar = fields.finish(calendar)?;
    let asked = Asked {
        caller: &caller,
        headers: &headers,
        path: "/api/webhook-subscriptions",
        body: &body,
    };
    created(&api, &asked, Answers::MayBeKept, async {
        let subscribed = api.management.subscribe(&caller, calendar).await?;
        Ok(Subscription::from(subscribed))
    })
    .await
}

/// One subscription
#[utoipa::path(
    get, path = "/webhook-subscriptions/{id}", tag = "webhook subscriptions",
    params(("id" = String, Path, description = "sub_…")),
    security(("key" = ["viewer"])),
    responses((status = 200, body = Subscription), (status = "default", body = Problem))
)]
pub(crate) async fn subscription(
    State(api): State<Api>,
    Viewer(caller): Viewer,
    Path(subscription): Path<String>,
) -> Answer {
    let subscription = id(&subscription)?;
    let found = api.management.subscription(&caller, subscription).await?;
    ok(&Subscription::from(found))
}

/// Pause, resume or refresh the calendar of a subscription
#[utoipa::path(
    put, path = "/webhook-subscriptions/{id}", tag = "webhook subscriptions",
    request_body = SubscriptionChange,
    params(("id" = String, Path, description = "sub_…")),
    security(("key" = ["operator"])),
    responses((status = 200, body = Subscription), (status = "default", body = Problem))
)]
pub(crate) async fn change_subscription(
    State(api): State<Api>,
    Operator(caller): Operator,
    Path(subscription): Path<String>,
    body: Bytes,
) -> Answer {
    let subscription = id(&subscription)?;
    let mut fields = Fields::of_body(&body)?;
    let action = fields.choice(
        "action",
        &[
            ("pause", Action::Pause),
            ("resume", Action::Resume),
            ("refresh", Action::Refresh),
        ],
    );
    let action = fields.finish(action)?;
    let after = api
        .management
        .act_on_subscription(&caller, subscription, action)
        .await?;
    ok(&Subscription::from(after))
}

/// End the watch of a subscription's calendar, and with it all its subscriptions
#[utoipa::path(
    delete, path = "/webhook-subscriptions/{id}", tag = "webhook subscriptions",
    params(("id" = String, Path, description = "sub_…")),
    security(("key" = ["operator"])),
    responses((status = 204, description = "Its calendar is not watched any more"),
        (status = "default", body = Problem))
)]
pub(crate) async fn delete_subscription(
    State(api): State<Api>,
    Operator(caller): Operator,
    Path(subscription): Path<String>,
) -> Answer {
    let subscription = id(&subscription)?;
    api.management
        .end_subscription(&caller, subscription)
        .await?;
    gone()
}
