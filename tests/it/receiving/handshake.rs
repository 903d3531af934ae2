//! The handshake: whoever asks hears his own text, and costs nothing.

use lambda_http::http::Method;
use serde_json::json;
use testkit::{Service, World};

use super::scene::{address, asked, batch, clean, request, send};

/// Numbers without end, the same for the same seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).expect("less than the bound")
    }
}

/// What a hostile token is made of.
const PIECES: [&str; 24] = [
    " ",
    "  ",
    ":",
    "+",
    "++",
    "%",
    "%2B",
    "%3a",
    "%zz",
    "&",
    "=",
    "#",
    "?",
    "\"",
    "'",
    "<script>alert(1)</script>",
    "</html>",
    "{{7*7}}",
    "\u{1f389}",
    "\u{202e}abc",
    "שלום",
    "é",
    "Validation: Testing",
    "a0Zz-._~",
];

fn hostile(chance: &mut Chance, n: usize) -> String {
    let longest = if n.is_multiple_of(20) {
        4_096
    } else {
        1 + chance.below(300)
    };
    let mut token = String::new();
    loop {
        let piece = PIECES[chance.below(PIECES.len())];
        if token.len() + piece.len() > longest {
            break;
        }
        token.push_str(piece);
    }
    let missing = longest - token.len();
    token + &"x".repeat(missing)
}

/// As a form writes it, with both cases of hexadecimal digits.
fn encode(token: &str, chance: &mut Chance) -> String {
    let mut encoded = String::new();
    for byte in token.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ if chance.below(2) == 0 => encoded.push_str(&format!("%{byte:02x}")),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Through API Gateway's event and `lambda_http`, as in production.
fn event(query: &str) -> lambda_http::Request {
    let event = json!({
        "version": "2.0",
        "routeKey": "POST /api/webhooks/microsoft-calendar/{organization_id}",
        "rawPath": "/api/webhooks/microsoft-calendar/org_01JCBK7Q2M5T8XW0E4N9R6V3ZA",
        "rawQueryString": query,
        // What API Gateway decodes is of no use: a plus stays a plus there.
        "queryStringParameters": { "validationToken": "another" },
        "headers": { "host": "calwatch.example", "content-type": "text/plain; charset=utf-8" },
        "requestContext": {
            "http": {
                "method": "POST",
                "path": "/api/webhooks/microsoft-calendar/org_01JCBK7Q2M5T8XW0E4N9R6V3ZA",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.34",
            },
            "stage": "$default",
            "timeEpoch": 0,
        },
        "isBase64Encoded": false,
    });
    lambda_http::request::from_str(&event.to_string()).expect("an event of API Gateway")
}

async fn is_echoed(world: &World) {
    let mut chance = Chance(7);
    for n in 0..200 {
        let token = hostile(&mut chance, n);
        let query = format!("k=r1&validationToken={}&z", encode(&token, &mut chance));
        let request = event(&query);

        let (status, headers, body) =
            super::scene::answer(world, &request, std::time::Duration::from_secs(60)).await;

        assert_eq!(status, 200, "{token}");
        assert_eq!(String::from_utf8_lossy(&body), token);
        assert_eq!(headers["content-type"], "text/plain; charset=utf-8");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn two_hundred_hostile_tokens_come_back_verbatim_without_a_call() {
    let (world, _) = clean().await;

    is_echoed(&world).await;

    assert_eq!(world.cloud.take_calls(), []);
}

#[tokio::test]
async fn a_handshake_needs_neither_aws_nor_keys_nor_an_organization() {
    let world = World::start().await.with_fresh_sandboxes();
    for service in [Service::DynamoDb, Service::Sqs, Service::SecretsManager] {
        world.cloud.break_service(service);
    }

    is_echoed(&world).await;
    for path in ["/api/webhooks/microsoft-calendar/nobody", "/", "/elsewhere"] {
        let answer = send(&world, &format!("{path}?validationToken=a"), "").await;
        assert_eq!((answer.0, &*answer.2), (200, b"a".as_slice()), "{path}");
    }

    assert_eq!(world.cloud.take_calls(), []);
}

#[tokio::test]
async fn a_request_with_both_token_and_body_is_a_handshake() {
    let (world, outlook) = clean().await;
    let before = asked(&world, &outlook).await;
    world.cloud.take_calls();

    let uri = format!("{}?validationToken=a%2Bb+c%3a", address(world.organization));
    let answer = send(&world, &uri, batch(&[outlook.changed(1)])).await;

    assert_eq!((answer.0, &*answer.2), (200, b"a+b c:".as_slice()));
    assert_eq!(world.cloud.take_calls(), []);
    assert_eq!(asked(&world, &outlook).await, before);
}

#[tokio::test]
async fn a_token_that_may_not_be_repeated_is_refused_without_its_text() {
    let (world, _) = clean().await;
    let long = "s3cret".repeat(1_000);

    for token in [
        "",
        "s3cret%0D%0A",
        "s3cret%00",
        "s3cret%7F",
        "s3cret%C2%9B",
        "s3cret%FF",
        &long,
    ] {
        let uri = format!("{}?validationToken={token}", address(world.organization));
        let (status, headers, body) = send(&world, &uri, "").await;

        assert_eq!(status, 400, "{token}");
        assert_eq!(body, b"not a validation token\n");
        assert_eq!(headers["x-content-type-options"], "nosniff");
    }
    assert_eq!(world.cloud.take_calls(), []);
}

#[tokio::test]
async fn only_a_post_of_graph_is_a_handshake() {
    let (world, _) = clean().await;
    let uri = format!("{}?validationToken=a", address(world.organization));
    for method in [Method::GET, Method::PUT, Method::HEAD, Method::OPTIONS] {
        let mut request = request(&uri, "");
        *request.method_mut() = method.clone();
        let within = std::time::Duration::from_secs(60);
        let answer = super::scene::answer(&world, &request, within).await;
        assert_eq!(answer.0, 404, "{method}");
    }
    for query in ["validationtoken=a", "x=validationToken", "token=a"] {
        let uri = format!("{}?{query}", address(world.organization));
        assert_eq!(send(&world, &uri, "").await.0, 400, "no JSON: {query}");
    }

    let google = lambda::webhook::answer(
        &world.receiver,
        domain::Provider::Google,
        &request(&uri, ""),
    )
    .await;
    assert_eq!(google.status(), 400);
}
