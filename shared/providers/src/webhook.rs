//! Reading a notification: pure, without a look-up, before anything is believed.

use domain::Provider;
use domain::notification::Signal;
use domain::token::Claims;
use http::HeaderMap;

use crate::google;

/// What a stranger claims. Nothing of it is true until the token was verified and
/// [`is_believable`] agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The provider's name for the channel. Google: our subscription's id.
    pub channel: String,
    /// Our own token, repeated; empty if there was none, which verifies as a forgery.
    pub token: String,
    /// What an exact redelivery has in common with it, and no other notification has.
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

/// The notifications in one request: one from Google.
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
        Provider::Microsoft => Err(Malformed {
            reason: "Microsoft is not received yet",
        }),
    }
}

/// The most a request's body may hold.
pub const fn body_limit(provider: Provider) -> usize {
    match provider {
        Provider::Google => 16 * 1024,
        Provider::Microsoft => 2 * 1024 * 1024,
    }
}

/// Whether the verified token was made for the channel that repeats it.
///
/// A token copied to another channel of the same project would otherwise speak for both.
pub fn is_believable(claimed: &Claimed, claims: &Claims) -> bool {
    claimed.channel == claims.subscription.to_string()
}
