//! What requests to every provider have in common.

use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::RequestBuilder;

use crate::Client;
use crate::calendar::ReadError;
use crate::grant::AccessToken;

/// A request in the name of whoever the access token speaks for.
pub(crate) fn request(
    client: &Client,
    access: &AccessToken,
    method: Method,
    url: String,
) -> Result<RequestBuilder, ReadError> {
    Ok(client
        .http
        .request(method, url)
        .header(AUTHORIZATION, bearer(access)?)
        .header(ACCEPT, "application/json"))
}

/// What a path segment may hold as it is (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A calendar's or event's name as one segment of a path.
///
/// An empty one would turn the request for one event into that for all of them, and dots would
/// climb out of the calendar even when escaped.
pub(crate) fn segment(name: &str) -> Result<String, ReadError> {
    match name {
        "" | "." | ".." => Err(ReadError::refused("the name can not be part of a URL")),
        _ => Ok(utf8_percent_encode(name, SEGMENT).to_string()),
    }
}

/// The value of the `Authorization` header, marked so that nothing prints it.
fn bearer(access: &AccessToken) -> Result<HeaderValue, ReadError> {
    // A token that no header can hold is not one that the provider gave.
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", access.expose()))
        .map_err(|_| ReadError::Unauthorized)?;
    bearer.set_sensitive(true);
    Ok(bearer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_segment_whatever_it_holds() {
        assert_eq!(
            segment("pt.portuguese#holiday@group.v.calendar.google.com").unwrap(),
            "pt.portuguese%23holiday%40group.v.calendar.google.com"
        );
        assert_eq!(
            segment("a/../b?c&d=é %2F").unwrap(),
            "a%2F..%2Fb%3Fc%26d%3D%C3%A9%20%252F"
        );
        for name in ["", ".", ".."] {
            assert!(
                matches!(segment(name), Err(ReadError::Refused { .. })),
                "{name}"
            );
        }
    }
}
