//! How every request to Graph is put together.

use http::header::CONTENT_TYPE;
use http::{HeaderName, Method};
use reqwest::RequestBuilder;
use serde_json::Value;

use crate::Client;
use crate::calendar::ReadError;
use crate::grant::AccessToken;
use crate::request;

/// The version of the API, which every path begins with.
pub(super) const VERSION: &str = "/v1.0/";

/// Ids that survive a move between folders, times in UTC, and bodies as text: on every request,
/// since each answer is written according to its own.
pub(super) const PREFERENCES: &str =
    r#"IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text""#;

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The longest link that is stored. Graph promises no length; a few thousand characters were seen.
const LONGEST_LINK: usize = 32 * 1024;

/// A request to this path and query below the version.
pub(super) fn request(
    client: &Client,
    access: &AccessToken,
    method: Method,
    path: &str,
) -> Result<RequestBuilder, ReadError> {
    let url = format!("{}{VERSION}{path}", client.settings.microsoft_graph);
    request::request(client, access, method, url)
}

/// A `GET` of events, with what we prefer.
pub(super) fn get(
    client: &Client,
    access: &AccessToken,
    path: &str,
) -> Result<RequestBuilder, ReadError> {
    Ok(request(client, access, Method::GET, path)?.header(PREFER, PREFERENCES))
}

/// The same for pages of this size.
pub(super) fn get_page(
    client: &Client,
    access: &AccessToken,
    path: &str,
    size: usize,
) -> Result<RequestBuilder, ReadError> {
    let preferences = format!("{PREFERENCES}, odata.maxpagesize={size}");
    Ok(request(client, access, Method::GET, path)?.header(PREFER, preferences))
}

/// A `POST` of this JSON.
pub(super) fn post(
    client: &Client,
    access: &AccessToken,
    path: &str,
    body: &Value,
) -> Result<RequestBuilder, ReadError> {
    send(client, access, Method::POST, path, body)
}

/// A `PATCH` of this JSON.
pub(super) fn patch(
    client: &Client,
    access: &AccessToken,
    path: &str,
    body: &Value,
) -> Result<RequestBuilder, ReadError> {
    send(client, access, Method::PATCH, path, body)
}

fn send(
    client: &Client,
    access: &AccessToken,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<RequestBuilder, ReadError> {
    Ok(request(client, access, method, path)?
        .header(PREFER, PREFERENCES)
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_string()))
}

/// A link of Graph's, without its beginning: what follows the version.
///
/// Only that is kept and asked for, verbatim, so that no link can ever lead our access token
/// anywhere but to Graph.
pub(super) fn pin(client: &Client, link: &str) -> Result<String, ReadError> {
    let rest = link
        .strip_prefix(client.settings.microsoft_graph.as_str())
        .and_then(|rest| rest.strip_prefix(VERSION));
    match rest {
        // A path that climbs would leave the version, and the calendar.
        Some(rest) if !climbs(rest) && !is_torn(rest) && rest.len() <= LONGEST_LINK => {
            Ok(rest.to_owned())
        }
        Some(_) => Err(ReadError::unreadable("a link that can not be followed")),
        None => Err(ReadError::unreadable("a link that leads away from Graph")),
    }
}

fn climbs(rest: &str) -> bool {
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    path.contains('\\')
        || path.split('/').any(|segment| {
            let decoded = percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
            matches!(&*decoded, "." | "..")
        })
}

/// Whether it holds what no URL may: line ends, tabs and blanks at the end are dropped once it is
/// requested, so that what did not climb before would climb then.
fn is_torn(rest: &str) -> bool {
    rest.contains(|character: char| character.is_control() || character.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    fn client() -> Client {
        Client::new(Settings::default()).expect("the real providers")
    }

    #[test]
    fn a_link_is_kept_verbatim_from_its_version_on() {
        let link =
            "https://graph.microsoft.com/v1.0/users/a/calendarView/delta?$deltatoken=R0+u%3d";

        let pinned = pin(&client(), link).expect("a link of Graph's");

        assert_eq!(pinned, "users/a/calendarView/delta?$deltatoken=R0+u%3d");
    }

    #[test]
    fn a_link_that_leads_elsewhere_is_not_followed() {
        for link in [
            "https://graph.microsoft.com.evil.example/v1.0/users/a",
            "https://graph.microsoft.com@evil.example/v1.0/users/a",
            "https://graph.microsoft.com:444/v1.0/users/a",
            "http://graph.microsoft.com/v1.0/users/a",
            "https://evil.example/v1.0/users/a",
            "//graph.microsoft.com/v1.0/users/a",
            "https://graph.microsoft.com/beta/users/a",
            "https://graph.microsoft.com/v1.0/../beta/users/a",
            "https://graph.microsoft.com/v1.0/%2e%2E/beta/users/a",
            "https://graph.microsoft.com/v1.0/..\\beta/users/a",
            "https://graph.microsoft.com/v1.0/.\t./beta/users/a",
            "https://graph.microsoft.com/v1.0/users/a/.. ",
            "",
        ] {
            assert!(pin(&client(), link).is_err(), "{link}");
        }
    }

    #[test]
    fn a_link_without_end_is_not_kept() {
        let link = format!("https://graph.microsoft.com/v1.0/{}", "a".repeat(40_000));

        assert!(pin(&client(), &link).is_err());
    }
}
