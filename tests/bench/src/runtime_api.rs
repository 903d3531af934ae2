//! Lambda's runtime API for one function: it hands out events and takes answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long a function may take, as it is told.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The other end of a function.
pub(crate) struct RuntimeApi {
    /// Where the function finds it.
    pub(crate) address: SocketAddr,
    /// What the function is to work on.
    pub(crate) events: UnboundedSender<Bytes>,
    /// What the function said.
    pub(crate) said: UnboundedReceiver<Said>,
}

/// What a function said, and when.
#[derive(Debug)]
pub(crate) enum Said {
    /// It asked for an event.
    Polled(Instant),
    /// It answered one.
    Answered(Instant, Bytes),
    /// It failed, at start or at work.
    Failed(Bytes),
}

struct Inside {
    events: Mutex<UnboundedReceiver<Bytes>>,
    said: UnboundedSender<Said>,
}

impl RuntimeApi {
    /// Serves on a port of its own.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.context("could not listen for a function")?;
        let address = listener.local_addr().context("a bound socket")?;
        let (events, waiting) = unbounded_channel();
        let (tell, said) = unbounded_channel();
        let inside = Arc::new(Inside {
            events: Mutex::new(waiting),
            said: tell,
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(ended))
            .route("/2018-06-01/runtime/init/error", post(failed))
            .with_state(inside);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            address,
            events,
            said,
        })
    }
}

async fn next(State(inside): State<Arc<Inside>>) -> Response {
    inside.tell(Said::Polled(Instant::now()));
    // A function whose sandbox is gone is about to be killed.
    let Some(event) = inside.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let deadline = (SystemTime::now() + TIMEOUT)
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("a clock after 1970");
    Response::builder()
        .header(
            "lambda-runtime-aws-request-id",
            "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        )
        .header(
            "lambda-runtime-deadline-ms",
            deadline.as_millis().to_string(),
        )
        .header(
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:123456789012:function:calwatch-bench",
        )
        .header(
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
        )
        .body(Body::from(event))
        .expect("constant headers, a number and bytes make a response")
}

async fn ended(
    State(inside): State<Arc<Inside>>,
    Path((_, kind)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    inside.tell(match kind.as_str() {
        "response" => Said::Answered(Instant::now(), body),
        _ => Said::Failed(body),
    });
    StatusCode::ACCEPTED
}

async fn failed(State(inside): State<Arc<Inside>>, body: Bytes) -> StatusCode {
    inside.tell(Said::Failed(body));
    StatusCode::ACCEPTED
}

impl Inside {
    /// Nobody listens any more once the sandbox is gone.
    fn tell(&self, said: Said) {
        let _ = self.said.send(said);
    }
}
