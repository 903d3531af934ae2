//! `events.watch` and `calendarList.watch`.

use axum::extract::{Path, State as Shared};
use axum::response::Response;
use http::{HeaderMap, Uri};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::google::access::{Caller, EVENTS, LIST, admit, role};
use crate::google::channels::{Channel, Resource};
use crate::google::notify;
use crate::google::refusal::Refusal;
use crate::google::reply::{Reply, respond};
use crate::manner::Manner;
use crate::simulator::Simulator;
use crate::state::State;

const ID_CHARACTERS: usize = 64;
const TOKEN_CHARACTERS: usize = 256;
const PATH_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
const API: &str = "https://www.googleapis.com/calendar/v3";

/// `events.watch`.
pub(crate) async fn events(
    Shared(simulator): Shared<Simulator>,
    Path(calendar): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    respond(&simulator, "events.watch", |state, manner| {
        let (caller, place) = admit(state, &headers, Some(&calendar), EVENTS, manner)?;
        let place = place.unwrap_or_default();
        role(state, &caller, &place)?;
        // As it was asked for, so it can say `primary`.
        let segment = utf8_percent_encode(&calendar, PATH_SEGMENT);
        let uri = format!("{API}/calendars/{segment}/events?alt=json");
        create(state, caller, Resource::Events(place), uri, &body, manner)
    })
    .await
}

/// `calendarList.watch`.
pub(crate) async fn calendar_list(
    Shared(simulator): Shared<Simulator>,
    headers: HeaderMap,
    body: String,
) -> Response {
    respond(&simulator, "calendarList.watch", |state, manner| {
        let (caller, _) = admit(state, &headers, None, LIST, manner)?;
        let uri = format!("{API}/users/me/calendarList?alt=json");
        let resource = Resource::CalendarList(caller.email.clone());
        create(state, caller, resource, uri, &body, manner)
    })
    .await
}

fn create(
    state: &mut State,
    caller: Caller,
    resource: Resource,
    resource_uri: String,
    body: &str,
    manner: &mut Manner,
) -> Result<Reply, Refusal> {
    let wish = Wish::parse(body, state.time.now())?;
    let place = resource.calendar().map(str::to_owned);
    if let Some(calendar) = place
        .as_deref()
        .and_then(|place| state.google.calendars.get(place))
        && !calendar.watchable
    {
        return Err(Refusal::push_not_supported());
    }
    if state.strikes(place.as_deref(), &Fault::UnauthorizedWebhook) {
        let message = format!("Unauthorized WebHook callback channel: {}", wish.address);
        return Err(Refusal::new(
            401,
            "global",
            "push.webhookUrlUnauthorized",
            &message,
        ));
    }
    // For ever: whether a real id is free again after its end is not known, so the strict answer is the safe one.
    if state.google.channels.contains_key(&wish.id) {
        let message = format!("Channel id {} not unique", wish.id);
        return Err(Refusal::new(400, "global", "channelIdNotUnique", &message));
    }

    let channel = Channel {
        resource_id: resource.id(state.settings.seed),
        expiration: wish.expiration(state),
        id: wish.id,
        resource,
        resource_uri,
        address: wish.address,
        token: wish.token,
        email: caller.email,
        client: caller.client,
        by_service_account: caller.is_service_account,
        last_number: 0,
        stopped: false,
        silenced: false,
    };
    let answer = describe(&channel);
    let id = channel.id.clone();
    state.google.channels.insert(id.clone(), channel);
    let sent = notify::open(state, &id);
    if state.settings.sync_before_answer {
        manner.after = sent;
    }
    if state.strikes(place.as_deref(), &Fault::LoseWatchAnswer) {
        return Err(Refusal::server_error(503));
    }
    Ok(Reply::Json(answer))
}

fn describe(channel: &Channel) -> Value {
    let mut answer = json!({
        "kind": "api#channel",
        "id": channel.id,
        "resourceId": channel.resource_id,
        "resourceUri": channel.resource_uri,
        // A string, since the API description says int64.
        "expiration": channel.expiration.as_millisecond().to_string(),
    });
    if let Some(token) = &channel.token {
        answer["token"] = json!(token);
    }
    answer
}

/// The channel a client asks for.
struct Wish {
    id: String,
    address: String,
    token: Option<String>,
    ends: Option<Timestamp>,
}

impl Wish {
    fn parse(body: &str, now: Timestamp) -> Result<Self, Refusal> {
        let body: Value =
            serde_json::from_str(body).map_err(|_| Refusal::bad_request("Parse Error"))?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let refuse =
            |reason: &str, message: &str| Err(Refusal::new(400, "global", reason, message));

        let id = text("id");
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte);
        if id.is_empty() || id.len() > ID_CHARACTERS || !id.bytes().all(is_good) {
            return refuse(
                "push.channelIdInvalid",
                "Channel id must match [A-Za-z0-9\\-_\\+/=]+ and have at most 64 characters",
            );
        }
        let kind = text("type");
        if kind != "web_hook" && kind != "webhook" {
            return refuse(
                "push.channelTypeNotSupported",
                &format!("Channel type {kind} not supported"),
            );
        }
        let address = text("address");
        if address.is_empty() {
            return refuse(
                "push.webhookUrlNoHostOrAddress",
                "WebHook callback must have an address",
            );
        }
        if !address.starts_with("https://") {
            let message = format!("WebHook callback must be HTTPS: {address}");
            return refuse("push.webhookUrlNotHttps", &message);
        }
        if !address
            .parse::<Uri>()
            .is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()))
        {
            let message = format!("WebHook callback must have a host: {address}");
            return refuse("push.webhookUrlNoHostOrAddress", &message);
        }
        let token = body.get("token").and_then(Value::as_str).map(str::to_owned);
        if token
            .as_ref()
            .is_some_and(|token| token.chars().count() > TOKEN_CHARACTERS)
        {
            return refuse("invalid", "Channel token must have at most 256 characters");
        }

        let asked = number(body.get("expiration"));
        let lives = number(body.pointer("/params/ttl"));
        let at = asked.and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok());
        let after =
            lives.and_then(|seconds| now.checked_add(SignedDuration::from_secs(seconds)).ok());
        let ends = [at, after].into_iter().flatten().min();
        if ends.is_some_and(|ends| ends <= now) {
            return refuse("invalid", "Channel expiration must be in the future");
        }
        Ok(Self {
            id: id.to_owned(),
            address: address.to_owned(),
            token,
            ends,
        })
    }

    /// The stricter of the wish and the limit, to the second.
    fn expiration(&self, state: &State) -> Timestamp {
        let now = state.time.now();
        let in_seconds = |seconds| now + SignedDuration::from_secs(seconds);
        let wanted = self
            .ends
            .unwrap_or_else(|| in_seconds(state.settings.default_channel_seconds));
        let ends = wanted.min(in_seconds(state.settings.max_channel_seconds));
        Timestamp::from_second(ends.as_second()).unwrap_or(ends)
    }
}

/// An int64 as JSON has it: a string, or a bare number as in the guide.
fn number(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    }
}
