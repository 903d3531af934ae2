//! Messages: what they look like, when they are sent, which answers are retried.

use http::Uri;
use jiff::SignedDuration;
use tokio::sync::oneshot;

use crate::delivery::{Answer, Delivery, Judgement, Provider};
use crate::faults::Fault;
use crate::google::channels::{Channel, Resource, ResourceState, find};
use crate::manner::http_date;
use crate::state::State;
use crate::world::WorldError;

/// As captured; the crawler documentation prints it without the semicolon.
const USER_AGENT: &str =
    "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)";

/// What a delivery fault does to a message.
enum Mishap {
    Dropped,
    Repeated,
    Delayed(SignedDuration),
    Reordered,
}

/// Google's rule: a few statuses are success, a few are retried, and everything else loses the message.
pub(crate) fn judge(answer: Answer) -> Judgement {
    match answer {
        Answer::Status(102 | 200 | 201 | 202 | 204) => Judgement::Success,
        Answer::Status(500 | 502 | 503 | 504) | Answer::Nothing => Judgement::Retry,
        Answer::Status(_) => Judgement::Final,
    }
}

impl State {
    /// Tells every live channel of a calendar that something changed.
    pub(crate) fn announce(&mut self, calendar: &str) {
        self.announce_resource(&Resource::Events(calendar.to_owned()));
    }

    /// Tells every live channel of an account's calendar list.
    pub(crate) fn announce_list(&mut self, email: &str) {
        self.announce_resource(&Resource::CalendarList(email.to_owned()));
    }

    fn announce_resource(&mut self, resource: &Resource) {
        let now = self.time.now();
        let channels = self.google.channels.values();
        let concerned: Vec<(String, bool)> = channels
            .filter(|channel| {
                channel.resource == *resource && !channel.silenced && !channel.has_expired(now)
            })
            .map(|channel| (channel.id.clone(), channel.stopped))
            .collect();
        for (id, stopped) in concerned {
            if stopped && !self.strikes(resource.calendar(), &Fault::DeliverAfterStop) {
                continue;
            }
            if let Ok(delivery) = next(self, &id, ResourceState::Exists) {
                send(self, delivery, None);
            }
        }
    }
}

/// The `sync` message of a new channel; what is returned ends with its first attempt.
pub(crate) fn open(state: &mut State, channel: &str) -> Option<oneshot::Receiver<()>> {
    let delivery = next(state, channel, ResourceState::Sync).ok()?;
    let (sent, awaited) = oneshot::channel();
    send(state, delivery, Some(sent));
    Some(awaited)
}

/// A message of any state, whatever the state of its channel.
pub(crate) fn force(
    state: &mut State,
    channel: &str,
    resource: ResourceState,
) -> Result<u64, WorldError> {
    let delivery = next(state, channel, resource)?;
    let now = state.time.now();
    Ok(state.outbox.post(delivery, now, None))
}

/// A message that is right in everything but its token.
pub(crate) fn forge(
    state: &mut State,
    channel: &str,
    token: Option<&str>,
) -> Result<u64, WorldError> {
    let mut delivery = next(state, channel, ResourceState::Exists)?;
    let name = "X-Goog-Channel-Token";
    let place = delivery.headers.iter().position(|(known, _)| known == name);
    delivery.headers.retain(|(known, _)| known != name);
    if let Some(token) = token {
        let place = place.unwrap_or(delivery.headers.len());
        delivery
            .headers
            .insert(place, (name.to_owned(), token.to_owned()));
    }
    let now = state.time.now();
    Ok(state.outbox.post(delivery, now, None))
}

/// Makes a channel's next message. Numbers begin at 1, jump far, and then grow with gaps.
fn next(state: &mut State, channel: &str, resource: ResourceState) -> Result<Delivery, WorldError> {
    let jump = state.random.below(150_000) + 10_000;
    let gap = state.random.below(90) + 1;
    let channel = find(state, channel)?;
    channel.last_number = match (resource, channel.last_number) {
        (ResourceState::Sync, 0) => 1,
        (_, 0 | 1) => jump,
        (_, last) => last + gap,
    };
    Ok(message(channel, resource))
}

fn message(channel: &Channel, resource: ResourceState) -> Delivery {
    let host = channel.address.parse::<Uri>().ok();
    let host = host
        .as_ref()
        .and_then(Uri::authority)
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut headers = vec![
        ("Host", host),
        ("Content-Type", "application/json; utf-8".to_owned()),
        ("Accept", "*/*".to_owned()),
        ("X-Goog-Channel-ID", channel.id.clone()),
        ("X-Goog-Channel-Expiration", http_date(channel.expiration)),
        ("X-Goog-Resource-State", resource.as_str().to_owned()),
        ("X-Goog-Message-Number", channel.last_number.to_string()),
        ("X-Goog-Resource-ID", channel.resource_id.clone()),
        ("X-Goog-Resource-URI", channel.resource_uri.clone()),
    ];
    headers.extend(
        channel
            .token
            .clone()
            .map(|token| ("X-Goog-Channel-Token", token)),
    );
    headers.extend([
        ("Content-Length", "0".to_owned()),
        ("Connection", "keep-alive".to_owned()),
        ("User-Agent", USER_AGENT.to_owned()),
        ("Accept-Encoding", "gzip, deflate, br".to_owned()),
    ]);
    Delivery {
        id: 0,
        provider: Provider::Google,
        url: channel.address.clone(),
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        body: Vec::new(),
        attempt: 0,
        channel_id: channel.id.clone(),
        subscriptions: Vec::new(),
        calendar: channel.resource.calendar().map(str::to_owned),
    }
}

/// Hands a message to the outbox, through whatever mishap is armed.
fn send(state: &mut State, delivery: Delivery, sent: Option<oneshot::Sender<()>>) {
    let mishap = state.strike(delivery.calendar.as_deref(), |fault| match fault {
        Fault::DropDelivery => Some(Mishap::Dropped),
        Fault::RepeatDelivery => Some(Mishap::Repeated),
        Fault::DelayDelivery { seconds } => Some(Mishap::Delayed(SignedDuration::from_secs(
            (*seconds).into(),
        ))),
        Fault::ReorderDelivery => Some(Mishap::Reordered),
        _ => None,
    });
    let due = state.time.now() + state.settings.delivery_latency;
    match mishap {
        None => {
            state.outbox.post(delivery, due, sent);
        }
        Some(Mishap::Dropped) => state.outbox.drop_silently(delivery),
        Some(Mishap::Repeated) => {
            state.outbox.post(delivery.clone(), due, sent);
            state.outbox.post(delivery, due, None);
        }
        Some(Mishap::Delayed(by)) => {
            state.outbox.post(delivery, due + by, sent);
        }
        Some(Mishap::Reordered) => {
            let hold = i64::try_from(state.random.below(5_000)).unwrap_or(0) + 1;
            state
                .outbox
                .post(delivery, due + SignedDuration::from_millis(hold), sent);
        }
    }
}
