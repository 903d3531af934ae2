//! How the API is asked.

mod error;
mod send;

use std::time::Duration;

use anyhow::Context;
use app::Ambient;
use providers::probe::Probe;
use reqwest::header::{CONTENT_TYPE, HOST, X_CONTENT_TYPE_OPTIONS};
use reqwest::{Method, Url};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::address::{is_here, origin};

use send::Request;

pub(crate) use error::Error;

/// How long one answer may take. A Lambda behind an HTTP API has thirty seconds.
const PATIENCE: Duration = Duration::from_secs(35);

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How many of a list are asked for at once: as many as the API gives.
const PAGE: &str = "200";

/// Asks the API on behalf of one key.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    host: Option<String>,
    key: Option<SecretString>,
    ambient: Ambient,
}

/// An answer as it was sent, which programs are given, and as we understand it.
#[derive(Clone, Debug)]
pub(crate) struct Answer<T> {
    /// Its JSON.
    pub(crate) raw: Box<RawValue>,
    /// What it says.
    pub(crate) said: T,
}

/// What a stranger hears.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) is_nosniff: bool,
    pub(crate) text: String,
}

/// One page of a list.
#[derive(Debug, Deserialize)]
struct Page {
    items: Vec<Box<RawValue>>,
    next: Option<String>,
}

impl Client {
    /// A client of the API at this URL.
    pub(crate) fn new(
        url: &str,
        host: Option<String>,
        key: Option<SecretString>,
        ambient: Ambient,
    ) -> anyhow::Result<Self> {
        let base = origin(url)?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("calwatch/", env!("CARGO_PKG_VERSION")))
            .timeout(PATIENCE)
            .connect_timeout(CONNECT)
            // A key is for the place it was given for.
            .redirect(reqwest::redirect::Policy::none());
        if is_here(&base) {
            builder = builder.no_proxy();
        }
        let http = builder.build().context("could not set up HTTP")?;
        Ok(Self {
            http,
            base,
            host,
            key,
            ambient,
        })
    }

    /// Where it asks.
    pub(crate) const fn base(&self) -> &Url {
        &self.base
    }

    /// Reads one thing.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Answer<T>, Error> {
        self.get_with(path, &[]).await
    }

    /// The same, with a query.
    pub(crate) async fn get_with<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Answer<T>, Error> {
        let request = Request {
            method: Method::GET,
            url: self.url(path, query),
            body: None,
            idempotency_key: None,
        };
        self.read(&self.send(&request).await?)
    }

    /// Reads all of a list, page by page.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<Vec<Answer<T>>, Error> {
        self.list_with(path, &[]).await
    }

    /// The same, of a part of it.
    pub(crate) async fn list_with<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<Answer<T>>, Error> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut query = query.to_vec();
            query.push(("limit", PAGE));
            if let Some(cursor) = &cursor {
                query.push(("cursor", cursor));
            }
            let page: Answer<Page> = self.get_with(path, &query).await?;
            for item in page.said.items {
                all.push(self.read(item.get())?);
            }
            match page.said.next {
                Some(next) => cursor = Some(next),
                None => return Ok(all),
            }
        }
    }

    /// Creates something. Without a key of the caller's, one is made, so that a repetition of ours
    /// creates nothing twice.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
        idempotency_key: Option<&str>,
    ) -> Result<Answer<T>, Error> {
        let made = self.ambient.ulid().to_string();
        let request = Request {
            method: Method::POST,
            url: self.url(path, &[]),
            body: Some(body),
            idempotency_key: Some(idempotency_key.unwrap_or(&made)),
        };
        self.read(&self.send(&request).await?)
    }

    /// Changes something.
    pub(crate) async fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<Answer<T>, Error> {
        let request = Request {
            method: Method::PUT,
            url: self.url(path, &[]),
            body: Some(body),
            idempotency_key: None,
        };
        self.read(&self.send(&request).await?)
    }

    /// Ends something.
    pub(crate) async fn delete(&self, path: &str) -> Result<(), Error> {
        let request = Request {
            method: Method::DELETE,
            url: self.url(path, &[]),
            body: None,
            idempotency_key: None,
        };
        self.send(&request).await?;
        Ok(())
    }

    /// Sends what a stranger would, once, without a key, and answers with whatever comes back.
    pub(crate) async fn stranger(&self, path: &str, probe: &Probe) -> Result<Heard, Error> {
        let url = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        let mut sent = self.http.post(url).body(probe.body);
        for (name, value) in &probe.headers {
            sent = sent.header(*name, *value);
        }
        if let Some(host) = &self.host {
            sent = sent.header(HOST, host);
        }
        if !probe.body.is_empty() {
            sent = sent.header(CONTENT_TYPE, "application/json");
        }
        let answer = sent.send().await.map_err(|cause| self.unreachable(cause))?;
        let header = |name| {
            let value = answer.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        Ok(Heard {
            status: answer.status().as_u16(),
            content_type: header(CONTENT_TYPE),
            is_nosniff: header(X_CONTENT_TYPE_OPTIONS) == "nosniff",
            text: answer
                .text()
                .await
                .map_err(|cause| self.unreachable(cause))?,
        })
    }

    fn read<T: DeserializeOwned>(&self, body: &str) -> Result<Answer<T>, Error> {
        let unreadable = |cause| Error::Unreadable {
            url: self.base.to_string(),
            cause: Some(cause),
        };
        Ok(Answer {
            raw: serde_json::from_str(body).map_err(unreadable)?,
            said: serde_json::from_str(body).map_err(unreadable)?,
        })
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}
