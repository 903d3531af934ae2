//! Connections.

use app::manage::Grant;
use axum::extract::{Path, RawQuery, State};
use bytes::Bytes;
use domain::Provider;
use http::HeaderMap;

use super::{Answer, id, ok};
use crate::Api;
use crate::caller::{Operator, Viewer};
use crate::documents::{Connection, Given, GivenConnection, List, NewConnection, Problem};
use crate::fields::Fields;
use crate::list::{Part, listed};
use crate::once::{Answers, Asked, created};

/// The organization's connections
#[utoipa::path(
    get, path = "/connections", tag = "connections",
    params(("limit" = Option<u16>, Query, description = "1 to 200, 50 by default"),
        ("cursor" = Option<String>, Query, description = "The next of an earlier answer")),
    security(("key" = ["viewer"])),
    responses((status = 200, body = List<Connection>), (status = "default", body = Problem))
)]
pub(crate) async fn list_connections(
    State(api): State<Api>,
    Viewer(caller): Viewer,
    RawQuery(query): RawQuery,
) -> Answer {
    let part = Part::read(query.as_deref())?;
    let page = api
        .management
        .list_connections(&caller, part.after, part.limit)
        .await?;
    ok(&listed(page, Connection::from))
}

/// Connect: the grant is tried, then kept
#[utoipa::path(
    post, path = "/connections", tag = "connections", request_body = NewConnection,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated within a day: the \
        same answer, and nothing is done")),
    security(("key" = ["operator"])),
    responses((status = 201, body = GivenConnection), (status = "default", body = Problem))
)]
pub(crate) async fn create_connection(
    State(api): State<Api>,
    Operator(caller): Operator,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let mut fields = Fields::of_body(&body)?;
    let providers = [Provider::Google, Provider::Microsoft].map(|it| (it.slug(), it));
    let provider = fields.choice("provider", &providers);
    let grant = grant(&mut fields);
    if let (Some(provider), Some(grant)) = (provider, &grant)
        && grant.provider() != provider
    {
        fields.wrong("grant.kind", format!("is not a grant at {provider}"));
    }
    let grant = fields.finish(grant.filter(|_| provider.is_some()))?;
    let asked = Asked {
        caller: &caller,
        headers: &headers,
        path: "/api/connections",
        body: &body,
    };
    created(&api, &asked, Answers::MayBeKept, async {
        let connected = api.management.connect(&caller, grant).await?;
        Ok(GivenConnection::from(connected))
    })
    .await
}

/// One connection
#[utoipa::path(
    get, path = "/connections/{id}", tag = "connections",
    params(("id" = String, Path, description = "con_…")),
    security(("key" = ["viewer"])),
    responses((status = 200, body = Connection), (status = "default", body = Problem))
)]
pub(crate) async fn connection(
    State(api): State<Api>,
    Viewer(caller): Viewer,
    Path(connection): Path<String>,
) -> Answer {
    let found = api.management.connection(&caller, id(&connection)?).await?;
    ok(&Connection::from(found))
}

/// Replace a grant, and resume the calendars that waited for it
#[utoipa::path(
    put, path = "/connections/{id}", tag = "connections", request_body = Given,
    params(("id" = String, Path, description = "con_…")),
    security(("key" = ["operator"])),
    responses((status = 200, body = GivenConnection), (status = "default", body = Problem))
)]
pub(crate) async fn replace_grant(
    State(api): State<Api>,
    Operator(caller): Operator,
    Path(connection): Path<String>,
    body: Bytes,
) -> Answer {
    let connection = id(&connection)?;
    let mut fields = Fields::of_body(&body)?;
    let grant = grant(&mut fields);
    let grant = fields.finish(grant)?;
    let connected = api.management.reconnect(&caller, connection, grant).await?;
    ok(&GivenConnection::from(connected))
}

#[derive(Clone, Copy)]
enum Kind {
    GoogleRefreshToken,
    GoogleServiceAccount,
    MicrosoftRefreshToken,
    MicrosoftTenant,
}

const KINDS: &[(&str, Kind)] = &[
    ("google_refresh_token", Kind::GoogleRefreshToken),
    ("google_service_account", Kind::GoogleServiceAccount),
    ("microsoft_refresh_token", Kind::MicrosoftRefreshToken),
    ("microsoft_tenant", Kind::MicrosoftTenant),
];

fn grant(fields: &mut Fields) -> Option<Grant> {
    let mut given = fields.object("grant")?;
    let kind = given.choice("kind", KINDS);
    let grant = kind.and_then(|kind| match kind {
        Kind::GoogleRefreshToken => {
            let refresh_token = given.secret("refresh_token", 4_096);
            refresh_token.map(|refresh_token| Grant::GoogleRefreshToken { refresh_token })
        }
        Kind::GoogleServiceAccount => {
            let client_email = given.text("client_email", 256);
            let key_id = given.text("key_id", 128);
            let private_key_pem = given.secret("private_key", 16_384);
            let subject = given.text("subject", 256);
            Some(Grant::GoogleServiceAccount {
                client_email: client_email?,
                key_id: key_id?,
                private_key_pem: private_key_pem?,
                subject: subject?,
            })
        }
        Kind::MicrosoftRefreshToken => {
            let tenant = given.text("tenant", 256);
            let refresh_token = given.secret("refresh_token", 16_384);
            Some(Grant::MicrosoftRefreshToken {
                tenant: tenant?,
                refresh_token: refresh_token?,
            })
        }
        // It holds nothing that proves it: whoever knows a tenant's name could read its mailboxes.
        Kind::MicrosoftTenant => {
            given.text("tenant", 256);
            given.wrong(
                "kind",
                "is not taken here: nothing in it proves that the tenant's administrator consented \
                 to this organization; send microsoft_refresh_token",
            );
            None
        }
    });
    fields.absorb(given);
    grant
}
