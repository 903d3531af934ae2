//! Reading a notification: pure, without a look-up, before anything is believed.

use std::time::Duration;

use domain::notification::Signal;
use domain::token::Claims;
use domain::{OrganizationId, Provider, notification};
use http::HeaderMap;

use crate::{google, microsoft};

/// What a stranger claims. Nothing of it is true until the token was verified and [`judge`]
/// agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The provider's name for the channel. Google: our subscription's id. Graph: its own.
    pub channel: String,
    /// Our own token, repeated; empty if there was none, which verifies as a forgery.
    pub token: String,
    /// What an exact redelivery has in common with it, and no other notification of its channel
    /// has. [`identity`] makes it safe to store.
    pub identity: Option<String>,
    /// The provider's name for what is watched; empty if it was not told.
    pub provider_id: String,
    /// What it says.
    pub signal: Signal,
}

/// A request that is not in the provider's shape. It names the part and repeats nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not read the notification: {reason}")]
pub struct Malformed {
    /// What is wrong.
    pub reason: &'static str,
}

/// What a verified token proves about the claim it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is true.
    True,
    /// It is true, although the URL names another organization, or none.
    Misdirected,
    /// It is a forgery. The reason is for our log only.
    Forged(&'static str),
}

/// The most notifications of one request that are worked on. It is many times what Graph puts
/// into one, and what two and a half seconds suffice for.
pub const MOST: usize = 1_000;

/// The token that a provider wants back before it creates a subscription, if the request asks for
/// one: `query` is the raw query, percent-encoded as it arrived.
///
/// Such a request has no authentication: anyone may ask, nothing is looked up, and nothing but
/// plain text is repeated.
///
/// # Errors
/// If the token is not one that may be repeated.
pub fn handshake(provider: Provider, query: Option<&str>) -> Option<Result<String, Malformed>> {
    match provider {
        // Google proves the domain elsewhere and asks nothing.
        Provider::Google => None,
        Provider::Microsoft => microsoft::webhook::handshake(query?),
    }
}

/// The notifications in one request: one from Google; from Graph any number, of which at most one
/// more than [`MOST`] are read, so that the caller sees that there are more.
///
/// # Errors
/// If the request is not in the provider's shape.
pub fn parse(
    provider: Provider,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Vec<Claimed>, Malformed> {
    match provider {
        // Google's body is empty by contract, so whatever is in it says nothing.
        Provider::Google => {
            let _ = body;
            Ok(vec![google::webhook::parse(headers)?])
        }
        Provider::Microsoft => microsoft::webhook::parse(body),
    }
}

/// The most a request's body may hold.
pub const fn body_limit(provider: Provider) -> usize {
    match provider {
        Provider::Google => 16 * 1024,
        Provider::Microsoft => 2 * 1024 * 1024,
    }
}

/// How long a request may be worked on before the provider is told to come again.
pub const fn patience(provider: Provider) -> Duration {
    match provider {
        // It names no limit; the function's timeout, 10 s, must not be reached.
        Provider::Google => Duration::from_secs(9),
        // It waits three seconds, and drops notifications of whoever is late too often.
        Provider::Microsoft => Duration::from_millis(2_500),
    }
}

/// Whether a claim is to be believed, once its token was found good. The organization is the one
/// in the URL.
pub fn judge(
    provider: Provider,
    claimed: &Claimed,
    claims: &Claims,
    organization: Option<OrganizationId>,
) -> Verdict {
    let is_at_home = organization == Some(claims.organization);
    match provider {
        Provider::Google if !is_at_home => {
            Verdict::Forged("the token belongs to another organization")
        }
        Provider::Google if !is_believable(claimed, claims) => {
            Verdict::Forged("the token belongs to another subscription")
        }
        Provider::Google => Verdict::True,
        // One request carries notifications of many organizations, and only Graph was ever told
        // the token; its own name for the subscription is compared with the live one later.
        Provider::Microsoft if !is_at_home => Verdict::Misdirected,
        Provider::Microsoft => Verdict::True,
    }
}

/// What is stored to recognise a redelivery.
pub fn identity(provider: Provider, claimed: Claimed, claims: &Claims) -> Option<String> {
    match provider {
        // It begins with the channel, and a channel that is believed is the subscription.
        Provider::Google => claimed.identity,
        Provider::Microsoft => {
            let within = claimed.identity?;
            Some(notification::identity(claims.subscription, &within))
        }
    }
}

/// Whether the verified token was made for the channel that repeats it.
///
/// A token copied to another channel of the same project would otherwise speak for both.
pub fn is_believable(claimed: &Claimed, claims: &Claims) -> bool {
    claimed.channel == claims.subscription.to_string()
}
