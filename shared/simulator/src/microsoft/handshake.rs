//! The handshake: whoever wants notifications at an address has to answer there first.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::delivery::{Delivery, Provider};
use crate::microsoft::mailboxes::guid;
use crate::microsoft::notify::host_of;
use crate::microsoft::refusal::Refusal;
use crate::post;
use crate::simulator::Simulator;

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// What an address answered to a handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandshakeAnswer {
    /// The HTTP status; 0 stands for no answer at all.
    pub status: u16,
    /// `Content-Type`, if there was one.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// A future without a name.
pub(crate) type Pending = Pin<Box<dyn Future<Output = HandshakeAnswer> + Send>>;

/// Who answers handshakes in place of the network.
#[derive(Clone)]
pub(crate) struct Answerer(Arc<dyn Fn(Delivery) -> Pending + Send + Sync>);

impl fmt::Debug for Answerer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Answerer")
    }
}

impl Simulator {
    /// Lets a function answer handshakes, instead of the addresses they are meant for.
    pub fn answer_handshakes_with<F>(&self, answer: F)
    where
        F: Fn(Delivery) -> Pin<Box<dyn Future<Output = HandshakeAnswer> + Send>>
            + Send
            + Sync
            + 'static,
    {
        self.with(|state| state.microsoft.answerer = Some(Answerer(Arc::new(answer))));
    }
}

/// Asks an address whether it wants notifications.
pub(crate) async fn shake(
    simulator: &Simulator,
    url: &str,
    subscription: &str,
    calendar: &str,
) -> Result<(), Refusal> {
    let (text, answerer, map, limit) = simulator.with(|state| {
        let request = guid(&mut state.random);
        let seen = format!(
            "Validation: Testing client application reachability for subscription Request-Id: {request}"
        );
        let settings = &state.settings;
        (
            settings.graph.handshake_token.clone().unwrap_or(seen),
            state.microsoft.answerer.clone(),
            settings.delivery_map.clone(),
            settings.graph.handshake_timeout,
        )
    });
    let delivery = request(&asked(url, &text), subscription, calendar);
    let answer = match answerer {
        Some(Answerer(answer)) => tokio::time::timeout(limit, answer(delivery)).await.ok(),
        None => {
            let route = post::route(&map, &delivery.url);
            post::ask(delivery, route, limit).await
        }
    };
    judge(answer, &text)
}

fn judge(answer: Option<HandshakeAnswer>, text: &str) -> Result<(), Refusal> {
    let Some(answer) = answer.filter(|answer| answer.status != 0) else {
        let message = "Subscription validation request timed out.";
        return Err(Refusal::validation(message));
    };
    if answer.status != 200 {
        return Err(Refusal::bad_handshake(answer.status));
    }
    let kind = answer.content_type.unwrap_or_default().to_ascii_lowercase();
    if kind.split(';').next().map(str::trim) != Some("text/plain") {
        let message =
            "Subscription validation request failed. Response content type must be 'text/plain'.";
        return Err(Refusal::validation(message));
    }
    if answer.body != text.as_bytes() {
        let message = "Subscription validation request failed. Response must exactly match validationToken query parameter.";
        return Err(Refusal::validation(message));
    }
    Ok(())
}

fn request(url: &str, subscription: &str, calendar: &str) -> Delivery {
    let headers = [
        ("Host", host_of(url)),
        ("Content-Type", "text/plain; charset=utf-8".to_owned()),
        ("Content-Length", "0".to_owned()),
    ];
    Delivery {
        id: 0,
        provider: Provider::Microsoft,
        url: url.to_owned(),
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        body: Vec::new(),
        attempt: 1,
        channel_id: subscription.to_owned(),
        subscriptions: vec![subscription.to_owned()],
        calendar: Some(calendar.to_owned()),
    }
}

/// An address with the token, which is written as the real service writes it: spaces as `+` and hex
/// digits in lower case.
fn asked(url: &str, token: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    let mut encoded = String::new();
    for part in utf8_percent_encode(token, UNRESERVED) {
        match part {
            "%20" => encoded.push('+'),
            part if part.starts_with('%') => encoded.push_str(&part.to_ascii_lowercase()),
            part => encoded.push_str(part),
        }
    }
    format!("{url}{joint}validationToken={encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_written_as_on_the_wire() {
        let url = asked("https://hooks.example/a?k=1", "Validation: a b/c");

        assert_eq!(
            url,
            "https://hooks.example/a?k=1&validationToken=Validation%3a+a+b%2fc"
        );
    }
}
