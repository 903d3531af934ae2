//! What a service answers: a JSON body, or a refusal with an error code.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::call::Service;

/// A whole answer, on its way to the SDK.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// SQS repeats its error code in a header, and the SDK believes only that one.
    query_error: Option<String>,
}

/// Why a service does not do as asked, in its own words.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    body: Value,
}

impl Answer {
    pub(super) fn new(status: u16, body: Vec<u8>) -> Self {
        Self {
            status,
            body,
            query_error: None,
        }
    }

    pub(super) fn of(service: Service, result: Result<Value, Refusal>) -> Self {
        match result {
            Ok(body) => Self::new(200, body.to_string().into_bytes()),
            Err(refusal) => {
                let mut answer = Self::new(refusal.status, refusal.body.to_string().into_bytes());
                if service == Service::Sqs {
                    let fault = if refusal.status < 500 {
                        "Sender"
                    } else {
                        "Receiver"
                    };
                    answer.query_error = Some(format!("{};{fault}", refusal.code));
                }
                answer
            }
        }
    }

    pub(super) fn into_response(self) -> HttpResponse {
        let status = StatusCode::try_from(self.status).expect("a status the service may answer");
        let mut response = HttpResponse::new(status, SdkBody::from(self.body));
        if let Some(code) = self.query_error {
            response.headers_mut().insert("x-amzn-query-error", code);
        }
        response
    }
}

impl Refusal {
    /// The caller did something wrong.
    pub(super) fn client(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        let body = json!({ "__type": code, "message": message.into() });
        Self { status, code, body }
    }

    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    /// Adds a field to the body, as some exceptions have.
    pub(super) fn with(mut self, field: &str, value: Value) -> Self {
        self.body[field] = value;
        self
    }
}

/// A field that the service cannot do without.
pub(super) fn required<'a>(body: &'a Value, field: &str) -> Result<&'a str, Refusal> {
    body[field].as_str().ok_or_else(|| {
        Refusal::client(
            "ValidationException",
            format!("{field} must not be missing"),
        )
    })
}

pub(super) fn unknown_operation(operation: &str) -> Refusal {
    Refusal::client(
        "UnknownOperationException",
        format!("this cloud does not know {operation}"),
    )
}
