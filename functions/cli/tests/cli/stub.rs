//! An API that answers what it was told to, in order, and writes down what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use tokio::net::TcpListener;

/// One answer: its status, and its body.
pub(crate) type Answer = (u16, &'static str);

/// What it was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
}

#[derive(Clone, Default)]
pub(crate) struct Stub {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    pub(crate) url: String,
}

impl Stub {
    /// Listens on loopback. Out of answers, it is out of order.
    pub(crate) async fn start(answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let stub = Self {
            answers: Arc::new(Mutex::new(answers.iter().copied().collect())),
            url: format!("http://{}", listener.local_addr().expect("an address")),
            ..Self::default()
        };
        let router = Router::new().fallback(answer).with_state(stub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        stub
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("nobody panics here").clone()
    }
}

async fn answer(State(stub): State<Stub>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let path = uri.to_string();
    let asked = Asked { path, headers };
    stub.asked.lock().expect("nobody panics here").push(asked);
    let next = stub.answers.lock().expect("nobody panics here").pop_front();
    let (status, body) = next.unwrap_or((500, "out of answers"));
    Response::builder()
        .status(status)
        // Without a pause, so that the tests take none.
        .header("retry-after", "0")
        .body(Body::from(body))
        .expect("an answer")
}
