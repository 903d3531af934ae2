//! Whose key a request carries, and whether it is enough.

use app::manage::Caller;
use axum::extract::FromRequestParts;
use domain::api_key::Scope;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::Api;
use crate::documents::Problem;
use crate::problem::Refused;

/// An extractor per scope, so that what a route needs stands in its signature.
macro_rules! at_least {
    ($($(#[$doc:meta])* $name:ident),+) => { $(
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) Caller);

        impl FromRequestParts<Api> for $name {
            type Rejection = Refused;

            async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refused> {
                let caller = caller(parts, api).await?;
                if caller.scope.allows(Scope::$name) {
                    Ok(Self(caller))
                } else {
                    Err(Problem::forbidden(Scope::$name.name()).into())
                }
            }
        }
    )+ };
}

at_least!(
    /// Who may read.
    Viewer,
    /// Who may connect, watch, pause and end.
    Operator,
    /// Who may give and take keys.
    Admin
);

async fn caller(parts: &Parts, api: &Api) -> Result<Caller, Refused> {
    let mut given = parts.headers.get_all(AUTHORIZATION).iter();
    // Of two keys nobody could say which one is meant.
    let (Some(header), None) = (given.next(), given.next()) else {
        return Err(Problem::unauthorized().into());
    };
    let key = header.to_str().ok().and_then(bearer);
    let Some(key) = key else {
        return Err(Problem::unauthorized().into());
    };
    let caller = api.authenticator.authenticate(key).await?;
    caller.ok_or_else(|| Problem::unauthorized().into())
}

/// The scheme's name is written as anybody likes.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(key.trim_start())
}
