//! How every request to Google's API is put together.

use http::Method;
use http::header::CONTENT_TYPE;
use reqwest::RequestBuilder;
use serde_json::Value;

use crate::Client;
use crate::calendar::ReadError;
use crate::grant::AccessToken;
use crate::request;

/// A `GET` of this path and query below `/calendar/v3`.
pub(super) fn get(
    client: &Client,
    access: &AccessToken,
    path: &str,
) -> Result<RequestBuilder, ReadError> {
    request::request(client, access, Method::GET, url(client, path))
}

/// A `POST` of this JSON to this path below `/calendar/v3`.
pub(super) fn post(
    client: &Client,
    access: &AccessToken,
    path: &str,
    body: &Value,
) -> Result<RequestBuilder, ReadError> {
    let request = request::request(client, access, Method::POST, url(client, path))?;
    Ok(request
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_string()))
}

fn url(client: &Client, path: &str) -> String {
    format!("{}/calendar/v3/{path}", client.settings.google_api)
}
