//! The one error of this crate: something we depend on failed, try again.

use providers::ReadError;
use providers::grant::GrantError;

/// An error and its causes in one line; each says only its own part.
pub fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Something we depend on failed. What the world refuses is not an error but an outcome.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An AWS service.
    #[error(transparent)]
    Aws(#[from] aws::Error),
    /// A provider.
    #[error("the provider could not be asked")]
    Provider(#[from] ReadError),
    /// A provider's token endpoint, or the grant itself.
    #[error("no access token could be had")]
    Grant(#[from] GrantError),
    /// A stored grant that this release does not understand.
    #[error("a stored grant is not one that this release understands")]
    UnknownGrant,
    /// A grant was replaced each time that it was used.
    #[error("a grant was replaced again and again while it was used")]
    GrantReplaced,
    /// There is no such thing, or it belongs to somebody else.
    #[error("there is no {0} of that name")]
    Unknown(&'static str),
    /// The provider would never deliver to our address.
    #[error("the provider refuses our callback address; check WEBHOOK_DOMAIN: {0}")]
    Callback(String),
}
