//! How an answer is given, and the bodies that are wrong on purpose.

use std::io::Write as _;
use std::time::Duration;

use axum::body::{Body, Bytes};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::stream;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::oneshot;

/// How an answer is given.
#[derive(Debug, Default)]
pub(crate) struct Manner {
    pub(crate) delay: Option<Duration>,
    pub(crate) shape: Shape,
    /// The answer is withheld until this ends: the `sync` message that comes before it.
    pub(crate) after: Option<oneshot::Receiver<()>>,
}

/// What a body looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    #[default]
    Plain,
    Endless,
    Malformed,
    GzipBomb,
    Huge(usize),
}

/// A page in its shape; `list` is the field its items are in.
pub(crate) fn body(text: String, shape: Shape, list: &'static str) -> Body {
    match shape {
        Shape::Plain => Body::from(text),
        Shape::Malformed => {
            let half = text.floor_char_boundary(text.len() / 2);
            Body::from(text[..half].to_owned())
        }
        Shape::Huge(megabytes) => {
            let mut value: Value = serde_json::from_str(&text).expect("we wrote it as JSON");
            let padding = Value::String("x".repeat(megabytes << 20));
            match value.pointer_mut(&format!("/{list}/0")) {
                Some(event) => event["description"] = padding,
                None => value["description"] = padding,
            }
            Body::from(value.to_string())
        }
        Shape::Endless => endless(list),
        Shape::GzipBomb => gzip_bomb(list),
    }
}

/// Lets an answer come late.
pub(crate) async fn linger(delay: Option<Duration>) {
    if let Some(delay) = delay {
        tokio::time::sleep(delay).await;
    }
}

/// White space inside a JSON array, for ever: a parser that streams is fooled as well.
fn endless(list: &str) -> Body {
    let opening = Bytes::from(format!(r#"{{"kind":"calendar#events","{list}":["#));
    let chunks = stream::unfold(Some(opening), |next| async move {
        match next {
            Some(opening) => Some((Ok::<_, std::io::Error>(opening), None)),
            None => {
                // Slow enough that a client without any limit survives its own mistake for a while.
                tokio::time::sleep(Duration::from_millis(5)).await;
                Some((Ok(Bytes::from_static(&[b' '; 65_536])), None))
            }
        }
    });
    Body::from_stream(chunks)
}

/// A thousand bytes of text for each that is sent, made only as fast as they are taken.
fn gzip_bomb(list: &str) -> Body {
    let opening = format!(r#"{{"{list}":["#);
    let encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let chunks = stream::unfold((encoder, opening), |(mut encoder, opening)| async move {
        encoder
            .write_all(opening.as_bytes())
            .expect("a vector takes every byte");
        while encoder.get_ref().len() < 1_024 {
            encoder
                .write_all(&[b' '; 65_536])
                .expect("a vector takes every byte");
        }
        let chunk = Bytes::from(std::mem::take(encoder.get_mut()));
        tokio::task::yield_now().await;
        Some((Ok::<_, std::io::Error>(chunk), (encoder, String::new())))
    });
    Body::from_stream(chunks)
}

/// The date format of HTTP, always GMT.
pub(crate) fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
