//! What operators and product code ask the management API.

use axum::body::Body;
use domain::api_key::Scope;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::World;

/// What the management API answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// The body; null if there is none.
    pub body: Value,
}

impl World {
    /// A new key of the world's organization.
    pub async fn key(&self, scope: Scope) -> String {
        let given = self.founder.give(self.organization, "test", scope).await;
        given.expect("the tables are there").write()
    }

    /// Asks the management API for something.
    pub async fn call(&self, key: &str, method: Method, path: &str, body: Value) -> Answered {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, format!("Bearer {key}"));
        if !body.is_null() {
            request = request.header("content-type", "application/json");
        }
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let request = request.body(Body::from(text));
        self.send(request.expect("a method, a path and a key make a request"))
            .await
    }

    /// Sends the management API a request of one's choice.
    pub async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.api.clone().oneshot(request).await;
        let response = response.expect("the router always answers");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        Answered {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            bytes: bytes.to_vec(),
        }
    }

    /// Reads something from the management API, which has to be there.
    pub async fn get(&self, key: &str, path: &str) -> Value {
        let answered = self.call(key, Method::GET, path, Value::Null).await;
        assert_eq!(answered.status, StatusCode::OK, "{answered:?}");
        answered.body
    }
}
