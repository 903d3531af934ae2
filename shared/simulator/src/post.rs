//! One delivery over HTTP, to loopback and nowhere else.

use std::collections::BTreeMap;
use std::net::IpAddr;

use http::Uri;

use crate::delivery::{Answer, Delivery};
use crate::microsoft::handshake::HandshakeAnswer;
use crate::settings::DeliveryTarget;

/// Headers that belong to this hop: the route names the host, and connections are kept anyway.
const OWN: [&str; 2] = ["host", "connection"];

/// Where a callback URL really is: the address to call and the Host header to send.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    url: String,
    host: String,
}

/// Looks an address up in the delivery map; none if its origin is not there or leads off this machine.
pub(crate) fn route(map: &BTreeMap<String, DeliveryTarget>, url: &str) -> Option<Route> {
    let uri: Uri = url.parse().ok()?;
    let authority = uri.authority()?.as_str();
    let target = map.get(&format!("{}://{authority}", uri.scheme_str()?))?;
    if !is_loopback(&target.base) {
        return None;
    }

    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Some(Route {
        url: format!("{}{path}", target.base.trim_end_matches('/')),
        host: target.host.clone().unwrap_or_else(|| authority.to_owned()),
    })
}

/// Whether a base URL is plain HTTP to this machine, so that a simulator never pushes at a stranger.
pub(crate) fn is_loopback(base: &str) -> bool {
    let Ok(uri) = base.parse::<Uri>() else {
        return false;
    };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let address = host.parse::<IpAddr>();
    uri.scheme_str() == Some("http")
        && (host == "localhost" || address.is_ok_and(|ip| ip.is_loopback()))
}

/// Sends one message and reports how it was taken.
pub(crate) async fn send(
    client: reqwest::Client,
    delivery: Delivery,
    route: Option<Route>,
) -> (u64, Answer) {
    let id = delivery.id;
    let answer = deliver(&client, delivery, route).await;
    let status = answer.map(|response| Answer::Status(response.status().as_u16()));
    (id, status.unwrap_or(Answer::Nothing))
}

/// Sends a handshake and reads its answer.
pub(crate) async fn ask(
    delivery: Delivery,
    route: Option<Route>,
    timeout: std::time::Duration,
) -> Option<HandshakeAnswer> {
    let client = client(timeout);
    let response = deliver(&client, delivery, route).await?;
    let content_type = response.headers().get(http::header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    Some(HandshakeAnswer {
        status: response.status().as_u16(),
        content_type: content_type.map(str::to_owned),
        body: response.bytes().await.ok()?.to_vec(),
    })
}

/// A client that goes to this machine only, and follows nobody elsewhere.
pub(crate) fn client(timeout: std::time::Duration) -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(timeout)
        .build()
        .expect("a client without TLS needs nothing from the system")
}

async fn deliver(
    client: &reqwest::Client,
    delivery: Delivery,
    route: Option<Route>,
) -> Option<reqwest::Response> {
    let Some(route) = route else {
        tracing::warn!(
            url = delivery.url,
            "no delivery target on this machine for a callback address"
        );
        return None;
    };

    let mut request = client
        .post(route.url)
        .header(http::header::HOST, route.host);
    for (name, value) in &delivery.headers {
        if !OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            request = request.header(name, value);
        }
    }
    let sent = request.body(delivery.body).send().await;
    sent.inspect_err(|error| tracing::debug!(%error, "a message had no answer"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(base: &str, host: Option<&str>) -> BTreeMap<String, DeliveryTarget> {
        let target = DeliveryTarget {
            base: base.to_owned(),
            host: host.map(str::to_owned),
        };
        BTreeMap::from([("https://hooks.example".to_owned(), target)])
    }

    #[test]
    fn an_origin_is_replaced_and_path_and_query_are_kept() {
        let map = map(
            "http://127.0.0.1:3000/",
            Some("abc.execute-api.localhost:4566"),
        );

        let route = route(&map, "https://hooks.example/api/webhooks?x=1").expect("a mapped origin");

        assert_eq!(route.url, "http://127.0.0.1:3000/api/webhooks?x=1");
        assert_eq!(route.host, "abc.execute-api.localhost:4566");
    }

    #[test]
    fn an_origin_outside_the_map_is_never_called() {
        assert_eq!(
            route(
                &map("http://127.0.0.1:3000", None),
                "https://other.example/"
            ),
            None
        );
    }

    #[test]
    fn a_target_off_this_machine_is_never_called() {
        for base in [
            "http://10.0.0.1",
            "http://127.0.0.1.example",
            "https://127.0.0.1",
            "http://a@10.0.0.1",
        ] {
            assert_eq!(
                route(&map(base, None), "https://hooks.example/"),
                None,
                "{base}"
            );
        }
        assert!(route(&map("http://[::1]:9", None), "https://hooks.example/").is_some());
    }
}
