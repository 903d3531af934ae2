//! How every request to Google's API is put together.

use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::RequestBuilder;
use serde_json::Value;

use crate::Client;
use crate::calendar::ReadError;
use crate::grant::AccessToken;
use crate::request::bearer;

/// A `GET` of this path and query below `/calendar/v3`.
pub(super) fn get(
    client: &Client,
    access: &AccessToken,
    path: &str,
) -> Result<RequestBuilder, ReadError> {
    request(client, access, Method::GET, path)
}

/// A `POST` of this JSON to this path below `/calendar/v3`.
pub(super) fn post(
    client: &Client,
    access: &AccessToken,
    path: &str,
    body: &Value,
) -> Result<RequestBuilder, ReadError> {
    Ok(request(client, access, Method::POST, path)?
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_string()))
}

fn request(
    client: &Client,
    access: &AccessToken,
    method: Method,
    path: &str,
) -> Result<RequestBuilder, ReadError> {
    let url = format!("{}/calendar/v3/{path}", client.settings.google_api);
    Ok(client
        .http
        .request(method, url)
        .header(AUTHORIZATION, bearer(access)?)
        .header(ACCEPT, "application/json"))
}
