//! The HTTP client behind the SDKs: it takes a request to its service, unless a fault is planned.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use serde_json::Value;

use super::answer::{Answer, unknown_operation};
use super::call::{Call, Service};
use super::crash::How;
use super::fault::{self, Failure};
use super::partial::Partial;
use super::{Cloud, Inside, locked};

/// The way from an SDK client to its cloud.
#[derive(Clone, Debug)]
pub(super) struct CloudHttp(Arc<Inside>);

impl CloudHttp {
    pub(super) fn new(cloud: &Cloud) -> Self {
        Self(Arc::clone(&cloud.inside))
    }
}

impl HttpClient for CloudHttp {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for CloudHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inside = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move { inside.carry(Request::read(&request)).await })
    }
}

/// A request, read once.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) call: Call,
    pub(super) body: Value,
    pub(super) raw: Vec<u8>,
    /// As signed by the SDK; DynamoDB's engine looks at them.
    pub(super) headers: Vec<(String, String)>,
}

impl Request {
    fn read(request: &HttpRequest) -> Self {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let raw = request.body().bytes().unwrap_or_default().to_vec();
        let body = serde_json::from_slice(&raw).unwrap_or_default();
        let Some(call) = Call::read(target, &body) else {
            panic!("this cloud has no service for `{target}`");
        };
        let headers = request.headers().iter();
        Self {
            call,
            body,
            raw,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    /// The same request with another body.
    pub(super) fn with_body(mut self, body: Value) -> Self {
        self.raw = body.to_string().into_bytes();
        self.body = body;
        self
    }
}

impl Inside {
    async fn carry(&self, request: Request) -> Result<HttpResponse, ConnectorError> {
        self.order.pause().await;
        let turn = self.turn.lock().await;

        let call = request.call.clone();
        let answered = match self.life.leave(&call) {
            Ok(()) => {
                locked(&self.log).push(call.clone());
                let answered = self.serve_unless_planned(request).await;
                self.life.arrive(&call).map(|()| answered)
            }
            Err(how) => Err(how),
        };

        drop(turn);
        match answered {
            Ok(answered) => answered.map(Answer::into_response),
            Err(How::Refused) => Err(failed("the process under test is dead")),
            Err(How::Dropped) => std::future::pending().await,
        }
    }

    async fn serve_unless_planned(&self, request: Request) -> Result<Answer, ConnectorError> {
        let service = request.call.service;
        if self.faults.is_broken(service) {
            return Err(failed("the service is broken"));
        }
        let Some(failure) = self.faults.strike(&request.call, &request.raw) else {
            return Ok(self.serve(request).await);
        };
        let refusal = match failure {
            Failure::Throttled => fault::throttled(service),
            Failure::ServiceUnavailable => fault::unavailable(),
            Failure::TransactionConflict => fault::conflict(&request.call, &request.body),
            Failure::ConditionalCheckFailed => {
                fault::condition_failed(&request.call, &request.body)
            }
            Failure::Unreachable => {
                return Err(ConnectorError::io("connection refused".into()));
            }
            Failure::TimeoutAfterWrite => {
                self.serve(request).await;
                return Err(ConnectorError::timeout("the answer was lost".into()));
            }
            Failure::Entry(place) => return Ok(self.serve_all_but(request, place).await),
        };
        Ok(Answer::of(service, Err(refusal)))
    }

    async fn serve_all_but(&self, request: Request, place: usize) -> Answer {
        let (partial, rest) = Partial::without(&request, place);
        let answer = match rest {
            Some(body) => self.serve(request.with_body(body)).await,
            // Nothing else was asked.
            None => Answer::new(200, b"{}".to_vec()),
        };
        partial.complete(answer)
    }

    async fn serve(&self, request: Request) -> Answer {
        let Call {
            service, operation, ..
        } = &request.call;
        let body = &request.body;
        let result = match service {
            Service::DynamoDb => return self.dynamo.serve(request).await,
            Service::Sqs => self.queues.serve(operation, body),
            Service::EventBridge => match operation.as_str() {
                "PutEvents" => self.bus.put(body),
                _ => Err(unknown_operation(operation)),
            },
            Service::SecretsManager => self.secrets.serve(operation, body),
            Service::Kms => self.keys.serve(operation, body),
        };
        Answer::of(*service, result)
    }
}

/// A failure that the SDK does not try again. Its retry budget is one per process and service:
/// a test that fails often must not spend what another test's retry needs.
fn failed(why: &'static str) -> ConnectorError {
    ConnectorError::other(why.into(), None)
}
