//! What Graph posts: the handshake before a subscription, and notifications in batches.

use std::fmt;

use domain::notification::{Signal, fingerprint};
use percent_encoding::percent_decode;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::webhook::{Claimed, MOST, Malformed};

/// The parameter that makes a request a handshake.
const PARAMETER: &str = "validationToken";

/// The longest token that is repeated, decoded. Today's have 117 bytes, and their form may change.
const LONGEST_TOKEN: usize = 4 * 1024;

/// The longest name of a subscription that is kept. Graph's are GUIDs of 36 characters.
const LONGEST_NAME: usize = 128;

/// Reads the token that Graph wants back. The first one counts, if there are several.
///
/// The query must be the raw one: Graph writes spaces as `+`, so it is a form, and whatever
/// decoded it before us would have left `+` alone or decoded `%2B` twice.
pub(crate) fn handshake(query: &str) -> Option<Result<String, Malformed>> {
    let mut parameters = query.split('&');
    let encoded = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        (name == PARAMETER).then_some(value)
    })?;
    Some(validation_token(encoded))
}

/// Decodes it, exactly once. What is repeated must be text that no reader takes for anything else.
fn validation_token(encoded: &str) -> Result<String, Malformed> {
    let malformed = |reason| Malformed { reason };
    let spaced = encoded.replace('+', " ");
    // Percent signs that introduce nothing stay as they are.
    let decoded: Vec<u8> = percent_decode(spaced.as_bytes()).collect();
    if decoded.is_empty() {
        return Err(malformed("the validation token is empty"));
    }
    if decoded.len() > LONGEST_TOKEN {
        return Err(malformed("the validation token is too long"));
    }
    let token = String::from_utf8(decoded)
        .map_err(|_| malformed("the validation token is not in UTF-8"))?;
    if token.chars().any(char::is_control) {
        return Err(malformed("the validation token holds control characters"));
    }
    Ok(token)
}

/// Reads the notifications of one request, at most one more than are worked on. Each is read on
/// its own: one that can not be read has no token, so it counts for nothing and costs the others
/// nothing.
pub(crate) fn parse(body: &[u8]) -> Result<Vec<Claimed>, Malformed> {
    let malformed = Malformed {
        reason: "the body is not a collection of notifications",
    };
    // The reader below would take a list for an object whose names were left out.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(malformed);
    }
    let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|_| malformed)?;
    let elements = envelope.value.0.into_iter();
    Ok(elements.map(|element| claimed(element.get())).collect())
}

/// `validationTokens` and what is invented later say nothing to us.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    value: Elements<'a>,
}

/// More elements are not kept: two megabytes hold a million of them.
const KEPT: usize = MOST + 1;

/// The first elements, unread; the rest is only checked to be JSON.
struct Elements<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Elements<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct First;
        impl<'de> Visitor<'de> for First {
            type Value = Vec<&'de RawValue>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Self::Value, A::Error> {
                let mut kept = Vec::new();
                while kept.len() < KEPT {
                    match all.next_element()? {
                        Some(element) => kept.push(element),
                        None => return Ok(kept),
                    }
                }
                while all.next_element::<IgnoredAny>()?.is_some() {}
                Ok(kept)
            }
        }
        deserializer.deserialize_seq(First).map(Self)
    }
}

/// One notification, no field of it read yet: one of another type than documented is absent, and
/// the rest still counts.
///
/// `tenantId` and `subscriptionExpirationDateTime` are not read: the tenant is ours, by the token,
/// and when a subscription ends is what its creation answered.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Element<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    subscription_id: Option<&'a RawValue>,
    #[serde(borrow)]
    client_state: Option<&'a RawValue>,
    #[serde(borrow)]
    change_type: Option<&'a RawValue>,
    #[serde(borrow)]
    lifecycle_event: Option<&'a RawValue>,
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
    #[serde(borrow)]
    resource_data: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResourceData<'a> {
    #[serde(borrow, rename = "@odata.etag")]
    etag: Option<&'a RawValue>,
}

fn claimed(element: &str) -> Claimed {
    let element: Element<'_> = serde_json::from_str(element).unwrap_or_default();
    // A text that long is nobody's name, and would be stored.
    let channel = text(element.subscription_id)
        .filter(|name| name.len() <= LONGEST_NAME)
        .unwrap_or_default();
    Claimed {
        identity: identity(&element),
        signal: signal(&element),
        token: text(element.client_state).unwrap_or_default(),
        provider_id: channel.clone(),
        channel,
    }
}

fn signal(element: &Element<'_>) -> Signal {
    let Some(event) = element.lifecycle_event else {
        // `deleted` is an event of the calendar, not the calendar.
        return Signal::Changed;
    };
    match text(Some(event)).as_deref() {
        Some("missed") => Signal::Missed,
        Some("subscriptionRemoved") => Signal::Removed,
        Some("reauthorizationRequired") => Signal::Reauthorize,
        Some(_) | None => Signal::Unknown,
    }
}

/// What an exact redelivery repeats. Without all of it there is none: counting twice costs a read,
/// taking two changes for one loses the second.
fn identity(element: &Element<'_>) -> Option<String> {
    // What happens to a subscription may well happen to it again.
    if element.lifecycle_event.is_some() {
        return None;
    }
    // What kind of identity it is comes first, so that one kind is never taken for the other.
    if let Some(id) = text(element.id) {
        return Some(fingerprint(&["id", &id]));
    }
    let data = element.resource_data?.get();
    let data: ResourceData<'_> = serde_json::from_str(data).unwrap_or_default();
    Some(fingerprint(&[
        "etag",
        &text(element.subscription_id)?,
        &text(element.change_type)?,
        &text(element.resource)?,
        &text(data.etag)?,
    ]))
}

/// A text that says something.
fn text(value: Option<&RawValue>) -> Option<String> {
    let text: String = serde_json::from_str(value?.get()).ok()?;
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
