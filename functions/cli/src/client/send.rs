//! One request and its answer, and when it is sent again.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HOST, RETRY_AFTER};
use reqwest::{Method, Url};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::{Client, Error};
use crate::problem::Problem;

/// How often a request is sent in all before an answer that asks for patience is final.
const ATTEMPTS: u32 = 3;

/// The first pause, which doubles, and the longest that an answer can ask for.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A request.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<&'a Value>,
    pub(super) idempotency_key: Option<&'a str>,
}

/// What came back.
#[derive(Debug)]
enum Reply {
    Said(Result<String, Problem>),
    /// A refusal that asks for patience, and for how much.
    Later(Problem, Option<Duration>),
}

impl Client {
    /// Sends a request, and once more if its answer asks for patience. All of ours may be repeated.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<String, Error> {
        let mut pause = PAUSE;
        for _ in 1..ATTEMPTS {
            match self.attempt(request).await? {
                Reply::Said(answer) => return answer.map_err(Into::into),
                Reply::Later(_, wanted) => {
                    let wait = wanted.unwrap_or(pause).min(LONGEST_PAUSE);
                    tokio::time::sleep(wait).await;
                    pause *= 2;
                }
            }
        }
        match self.attempt(request).await? {
            Reply::Said(answer) => answer.map_err(Into::into),
            Reply::Later(problem, _) => Err(problem.into()),
        }
    }

    async fn attempt(&self, request: &Request<'_>) -> Result<Reply, Error> {
        let mut sent = self
            .http
            .request(request.method.clone(), request.url.clone());
        if let Some(key) = &self.key {
            sent = sent.bearer_auth(key.expose_secret());
        }
        if let Some(host) = &self.host {
            sent = sent.header(HOST, host);
        }
        if let Some(key) = request.idempotency_key {
            sent = sent.header("idempotency-key", key);
        }
        if let Some(body) = request.body {
            sent = sent
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let answer = sent.send().await.map_err(|cause| self.unreachable(cause))?;
        let status = answer.status();
        let wanted = answer.headers().get(RETRY_AFTER);
        let wanted = wanted.and_then(|text| text.to_str().ok()?.parse().ok());
        let body = answer
            .text()
            .await
            .map_err(|cause| self.unreachable(cause))?;
        if status.is_success() {
            return Ok(Reply::Said(Ok(body)));
        }
        let problem = Problem::read(status.as_u16(), &body);
        Ok(match status.as_u16() {
            429 | 502..=504 => Reply::Later(problem, wanted.map(Duration::from_secs)),
            _ => Reply::Said(Err(problem)),
        })
    }

    pub(super) fn unreachable(&self, cause: reqwest::Error) -> Error {
        Error::Unreachable {
            url: self.base.to_string(),
            // The URL is said already.
            cause: cause.without_url(),
        }
    }
}
