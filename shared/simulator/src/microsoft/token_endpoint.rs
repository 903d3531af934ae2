//! `POST /{tenant}/oauth2/v2.0/token`, as at `login.microsoftonline.com`.

use std::collections::BTreeMap;

use axum::extract::{Path, State as Shared};
use axum::response::Response;
use http::HeaderMap;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::microsoft::calendars::address;
use crate::microsoft::mailboxes::Grant;
use crate::microsoft::refusal::Refusal;
use crate::microsoft::reply::{Call, Outcome, Reply, respond};
use crate::microsoft::token_errors::{on_demand, refusal};
use crate::simulator::Simulator;
use crate::state::State;

const SCOPES: &str =
    "https://graph.microsoft.com/Calendars.Read https://graph.microsoft.com/User.Read";
const DEFAULT_SCOPE: &str = "https://graph.microsoft.com/.default";

/// Names that stand for every tenant.
const ANY_TENANT: [&str; 3] = ["common", "organizations", "consumers"];

/// A form, and the tenant in its path.
pub(crate) struct Request<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) host: &'a str,
    form: BTreeMap<String, String>,
}

impl Request<'_> {
    pub(crate) fn field(&self, name: &str) -> &str {
        self.form.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// Exchanges a grant for an access token.
pub(crate) async fn token(
    Shared(simulator): Shared<Simulator>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let call = Call { headers };
    respond(&simulator, "entra.token", &call, None, |state, _| {
        let request = Request {
            tenant: &tenant,
            host: call.text("host").unwrap_or("login.microsoftonline.com"),
            form: serde_urlencoded::from_str(&body).unwrap_or_default(),
        };
        answer(state, &request)
    })
    .await
}

fn answer(state: &mut State, request: &Request<'_>) -> Outcome {
    let place = match state
        .microsoft
        .mailboxes
        .refresh_token(request.field("refresh_token"))
    {
        Grant::Live(user) => Some(address(&user, None)),
        Grant::Dead | Grant::Unknown => None,
    };
    let fault = state.strike(place.as_deref(), |fault| match fault {
        Fault::TokenEndpoint { error } if error.is_entras() => Some(*error),
        _ => None,
    });
    if let Some(refused) = fault.and_then(|error| on_demand(state, error)) {
        return Err(refused);
    }
    state.authenticate_app(request)?;
    match request.field("grant_type") {
        "refresh_token" => refresh(state, request),
        "authorization_code" => exchange(state, request),
        "client_credentials" => act_alone(state, request),
        _ => Err(fail(state, 70_003)),
    }
}

/// Every refresh brings another refresh token.
fn refresh(state: &mut State, request: &Request<'_>) -> Outcome {
    let old = request.field("refresh_token");
    let user = match state.microsoft.mailboxes.refresh_token(old) {
        Grant::Live(user) => user,
        Grant::Dead => return Err(fail(state, 50_173)),
        Grant::Unknown => return Err(fail(state, 9_002_313)),
    };
    check_tenant(state, request.tenant, &user)?;
    if state.settings.graph.one_time_refresh_tokens {
        state.microsoft.mailboxes.end_refresh_token(old);
    }
    for_user(state, &user)
}

fn exchange(state: &mut State, request: &Request<'_>) -> Outcome {
    let user = match state.microsoft.mailboxes.redeem(request.field("code")) {
        Grant::Live(user) => user,
        Grant::Dead => return Err(fail(state, 54_005)),
        Grant::Unknown => return Err(fail(state, 9_002_313)),
    };
    check_tenant(state, request.tenant, &user)?;
    for_user(state, &user)
}

fn for_user(state: &mut State, user: &str) -> Outcome {
    let mailbox = state.microsoft.mailboxes.get(user).cloned();
    let mailbox = mailbox.map_err(|_| Refusal::unknown_user(user))?;
    let refresh = state.another_refresh_token(user);
    let access = state.graph_access(&mailbox.tenant_id, Some(user));
    let mut body = bearer(state, &access);
    body["scope"] = json!(SCOPES);
    body["refresh_token"] = json!(refresh);
    Ok(Reply::Json(200, body))
}

fn act_alone(state: &mut State, request: &Request<'_>) -> Outcome {
    if request.field("scope") != DEFAULT_SCOPE {
        return Err(fail(state, 70_011));
    }
    let tenant = state.microsoft.mailboxes.tenant(request.tenant);
    let Some(tenant) = tenant else {
        return Err(fail(state, 90_002));
    };
    if !state.microsoft.mailboxes.has_consent(&tenant) {
        return Err(fail(state, 700_016));
    }
    let access = state.graph_access(&tenant, None);
    let body = bearer(state, &access);
    Ok(Reply::Json(200, body))
}

fn bearer(state: &State, access: &str) -> Value {
    let seconds = state.settings.access_token_seconds;
    json!({
        "token_type": "Bearer",
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": access,
    })
}

fn check_tenant(state: &mut State, named: &str, user: &str) -> Result<(), Refusal> {
    let mailboxes = &state.microsoft.mailboxes;
    let own = mailboxes.get(user).map(|mailbox| mailbox.tenant_id.clone());
    let is_own = mailboxes.tenant(named) == own.ok();
    if is_own || ANY_TENANT.contains(&named) {
        return Ok(());
    }
    Err(fail(state, 90_002))
}

pub(crate) fn fail(state: &mut State, code: u32) -> Refusal {
    let app = state.settings.graph.client_id.clone();
    refusal(state, code, &app)
}
