//! Keys.

use axum::extract::{Path, RawQuery, State};
use bytes::Bytes;
use domain::api_key::Scope;
use http::HeaderMap;

use super::{Answer, gone, id, ok};
use crate::Api;
use crate::caller::Admin;
use crate::documents::{Key, List, NewKey, Problem, SecretKey};
use crate::fields::Fields;
use crate::list::{Part, listed};
use crate::once::{Answers, Asked, created};

/// The organization's keys
#[utoipa::path(
    get, path = "/keys", tag = "keys",
    params(("limit" = Option<u16>, Query, description = "1 to 200, 50 by default"),
        ("cursor" = Option<String>, Query, description = "The next of an earlier answer")),
    security(("key" = ["admin"])),
    responses((status = 200, body = List<Key>), (status = "default", body = Problem))
)]
pub(crate) async fn list_keys(
    State(api): State<Api>,
    Admin(caller): Admin,
    RawQuery(query): RawQuery,
) -> Answer {
    let part = Part::read(query.as_deref())?;
    let page = api
        .management
        .list_keys(&caller, part.after, part.limit)
        .await?;
    ok(&listed(page, Key::from))
}

/// Give a key; it is shown this once
#[utoipa::path(
    post, path = "/keys", tag = "keys", request_body = NewKey,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated within a day: \
        409, since the key is not kept")),
    security(("key" = ["admin"])),
    responses((status = 201, body = SecretKey), (status = "default", body = Problem))
)]
pub(crate) async fn create_key(
    State(api): State<Api>,
    Admin(caller): Admin,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let mut fields = Fields::of_body(&body)?;
    let name = fields.text("name", 100);
    let scopes = Scope::ALL.map(|scope| (scope.name(), scope));
    let scope = fields.choice("scope", &scopes);
    let (name, scope) = fields.finish(name.zip(scope))?;
    let asked = Asked {
        caller: &caller,
        headers: &headers,
        path: "/api/keys",
        body: &body,
    };
    created(&api, &asked, Answers::AreSecret, async {
        let (public, key) = api.management.create_key(&caller, &name, scope).await?;
        Ok(SecretKey {
            public: public.into(),
            key: key.write(),
        })
    })
    .await
}

/// Revoke a key; it may work for a minute more
#[utoipa::path(
    delete, path = "/keys/{id}", tag = "keys",
    params(("id" = String, Path, description = "key_…")),
    security(("key" = ["admin"])),
    responses((status = 204, description = "It is gone"), (status = "default", body = Problem))
)]
pub(crate) async fn revoke_key(
    State(api): State<Api>,
    Admin(caller): Admin,
    Path(key): Path<String>,
) -> Answer {
    api.management.revoke_key(&caller, id(&key)?).await?;
    gone()
}
