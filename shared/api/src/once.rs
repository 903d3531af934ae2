//! `Idempotency-Key`: a request that its sender repeats is answered as it was.

use app::manage::{Answer, Caller, Keep, Once, Request};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::HeaderName;
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Api;
use crate::documents::Problem;
use crate::problem::{Refused, respond};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What makes a request the same as an earlier one.
pub(crate) struct Asked<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) path: &'static str,
    pub(crate) body: &'a [u8],
}

/// Works on a POST, once if it has a name. `secret` says whether the answer holds a secret.
pub(crate) async fn created<D: Serialize>(
    api: &Api,
    asked: &Asked<'_>,
    secret: Answers,
    work: impl Future<Output = Result<D, Refused>>,
) -> Result<Response, Refused> {
    let Some(name) = name(asked.headers)? else {
        let document = work.await?;
        return Ok(respond(StatusCode::CREATED, write(&document)));
    };
    let request = Request {
        organization: asked.caller.organization,
        name,
        fingerprint: fingerprint(asked),
    };
    let work = async {
        match work.await {
            Ok(document) => {
                let keep = match secret {
                    Answers::MayBeKept => Keep::Whole,
                    Answers::AreSecret => Keep::Status,
                };
                (answer(StatusCode::CREATED.as_u16(), &document), keep)
            }
            Err(Refused(problem)) => {
                let keep = if problem.may_pass() {
                    Keep::Nothing
                } else {
                    Keep::Whole
                };
                (answer(problem.status, &problem), keep)
            }
        }
    };
    match api.management.once(&request, work).await? {
        Once::Answered(answer) => Ok(replay(answer)),
        Once::Forgotten => Err(Problem::conflict(
            "this request was carried out and its answer, which held a secret, is not kept; \
             revoke what it made and ask for another one under another Idempotency-Key",
        )
        .into()),
        Once::InFlight => Err(Problem::conflict(
            "the same request is being worked on; try again in a few seconds",
        )
        .into()),
        Once::SomethingElse => Err(Problem::invalid_field(
            "Idempotency-Key",
            "was used for another request; use a new one",
        )
        .into()),
    }
}

/// Whether answers hold secrets.
#[derive(Clone, Copy)]
pub(crate) enum Answers {
    MayBeKept,
    AreSecret,
}

fn name(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let Some(name) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let name = name.to_str().ok().filter(|name| {
        (1..=255).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
    });
    match name {
        Some(name) => Ok(Some(name.to_owned())),
        None => Err(Problem::invalid_field(
            "Idempotency-Key",
            "must have 1 to 255 visible characters of ASCII",
        )
        .into()),
    }
}

fn fingerprint(asked: &Asked<'_>) -> String {
    let mut hash = Sha256::new();
    for part in [Method::POST.as_str().as_bytes(), asked.path.as_bytes()] {
        hash.update(part);
        hash.update(b"\n");
    }
    hash.update(asked.body);
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

fn answer(status: u16, document: &impl Serialize) -> Answer {
    Answer {
        status,
        body: Some(write(document)),
    }
}

fn replay(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status);
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    respond(status, answer.body.unwrap_or_default())
}

fn write(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("a document can be written as JSON")
}
