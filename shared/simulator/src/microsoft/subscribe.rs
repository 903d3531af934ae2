//! `POST /subscriptions`: checked, shaken hands on, and only then created.

use axum::extract::State as Shared;
use axum::response::Response;
use http::HeaderMap;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::manner::Manner;
use crate::microsoft::access::{admit, caller};
use crate::microsoft::calendars::user_of;
use crate::microsoft::concurrency::Slots;
use crate::microsoft::handshake::shake;
use crate::microsoft::mailboxes::{Caller, guid};
use crate::microsoft::prefer::Prefer;
use crate::microsoft::refusal::Refusal;
use crate::microsoft::reply::{Call, Outcome, Reply, give};
use crate::microsoft::subscriptions::{ShowsSecret, Subscription};
use crate::microsoft::wish::Wish;
use crate::simulator::Simulator;
use crate::state::State;

const ENDPOINT: &str = "graph.subscriptions.create";
pub(crate) const CONTEXT: &str = "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity";

/// `POST /subscriptions`.
pub(crate) async fn create(
    Shared(simulator): Shared<Simulator>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let call = Call { headers };
    let wish = Wish::parse(&body);
    let mailbox = wish.as_ref().ok().map(|wish| user_of(&wish.calendar));
    let slots = Slots::take(&simulator, ENDPOINT, mailbox, 1);
    tokio::task::yield_now().await;

    let mut manner = Manner::default();
    let outcome = match slots.granted() {
        0 => Err(Refusal::over_concurrency()),
        _ => attempt(&simulator, &call, wish, &mut manner).await,
    };
    give(&simulator, ENDPOINT, &call, manner, outcome).await
}

async fn attempt(
    simulator: &Simulator,
    call: &Call,
    wish: Result<Wish, Refusal>,
    manner: &mut Manner,
) -> Outcome {
    let (wish, caller, id) = simulator.with(|state| check(state, call, wish, manner))?;
    for url in [Some(&wish.notification_url), wish.lifecycle_url.as_ref()]
        .into_iter()
        .flatten()
    {
        shake(simulator, url, &id, &wish.calendar).await?;
    }
    simulator.with(|state| {
        // Another request may have been quicker while hands were shaken.
        refuse_second(state, &wish, &caller)?;
        settle(state, wish, caller, id)
    })
}

fn check(
    state: &mut State,
    call: &Call,
    wish: Result<Wish, Refusal>,
    manner: &mut Manner,
) -> Result<(Wish, Caller, String), Refusal> {
    caller(state, call)?;
    let mut wish = wish?;
    let caller = admit(state, call, &wish.calendar, manner)?;
    Prefer::of(&call.headers)?.insist_on_immutable_ids(state, ENDPOINT);
    let place = Some(&*wish.calendar);
    let refused = state.strike(place, |fault| match fault {
        Fault::RefuseSubscription { status } => Some(*status),
        _ => None,
    });
    if let Some(status) = refused {
        return Err(Refusal::refused_subscription(status));
    }
    if state.strikes(place, &Fault::UnauthorizedWebhook) {
        return Err(Refusal::bad_handshake(401));
    }
    let calendar = state.microsoft.calendars.get(&wish.calendar);
    if calendar.is_ok_and(|calendar| !calendar.watchable) {
        let message = format!("Resource '{}' is not supported.", wish.resource);
        return Err(Refusal::extension(400, &message));
    }
    wish.expiration = wish.allowed_expiration(state)?;
    refuse_second(state, &wish, &caller)?;
    refuse_too_many(state, &wish)?;
    let id = guid(&mut state.random);
    Ok((wish, caller, id))
}

/// One subscription for the same app, user, resource and kinds of change.
fn refuse_second(state: &State, wish: &Wish, caller: &Caller) -> Result<(), Refusal> {
    let now = state.time.now();
    let mut all = state.microsoft.subscriptions.all();
    let same = all.find(|one| {
        one.exists(now)
            && one.is_of(caller)
            && one.calendar == wish.calendar
            && one.changes == wish.changes
    });
    same.map_or(Ok(()), |one| Err(Refusal::subscription_exists(&one.id)))
}

fn refuse_too_many(state: &State, wish: &Wish) -> Result<(), Refusal> {
    let now = state.time.now();
    let user = user_of(&wish.calendar);
    let all = state.microsoft.subscriptions.all();
    let of_mailbox = all.filter(|one| one.exists(now) && user_of(&one.calendar) == user);
    let limit = state.settings.graph.max_subscriptions;
    if of_mailbox.count() < limit {
        return Ok(());
    }
    let message = format!("The limit of {limit} subscriptions per mailbox is exceeded.");
    Err(Refusal::new(403, "ExtensionError", &message))
}

fn settle(state: &mut State, wish: Wish, caller: Caller, id: String) -> Outcome {
    let mailbox = state.microsoft.mailboxes.get(user_of(&wish.calendar));
    let tenant = mailbox.map_or_else(
        |_| caller.tenant.clone(),
        |mailbox| mailbox.tenant_id.clone(),
    );
    let place = wish.calendar.clone();
    let subscription = Subscription {
        id,
        resource: wish.resource,
        calendar: wish.calendar,
        change_type: wish.change_type,
        changes: wish.changes,
        notification_url: wish.notification_url,
        lifecycle_url: wish.lifecycle_url,
        client_state: wish.client_state,
        tls_version: wish.tls_version,
        expiration: wish.expiration,
        caller,
        tenant,
        patched: None,
        reauthorized: None,
        told: 0,
        removed: false,
        silenced: false,
    };
    let answer = in_context(subscription.described(state, ShowsSecret::Yes));
    state.microsoft.subscriptions.insert(subscription);
    if state.strikes(Some(&place), &Fault::LoseWatchAnswer) {
        return Err(Refusal::server_error(503));
    }
    Ok(Reply::Json(201, answer))
}

pub(crate) fn in_context(mut described: Value) -> Value {
    described["@odata.context"] = json!(CONTEXT);
    described
}
