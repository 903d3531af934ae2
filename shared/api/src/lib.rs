//! The management API over HTTP: routes, documents, problems.
//!
//! **Invariant:** nothing is decided here but the shape of questions and answers. What may be asked,
//! and what follows, is in `app::manage`, which other ways of asking share.
//!
//! | module | what it holds |
//! |---|---|
//! | `routes` | one function per operation, with its line of the OpenAPI document |
//! | [`documents`] | what bodies look like |
//! | `problem` | refusals as RFC 9457 has them |
//! | `caller` | whose key a request carries, and whether it is enough |
//! | `fields` | reading bodies and queries, all that is wrong with one at once |
//! | `list` | parts of lists, and where to go on |
//! | `once` | `Idempotency-Key` |
//! | `edge` | what holds for every answer |

mod caller;
pub mod documents;
mod edge;
mod fields;
mod list;
mod once;
mod problem;
mod routes;

use std::sync::Arc;

use app::manage::{Authenticator, Management};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;

/// The largest body that is read: none of ours comes near.
const BODY_LIMIT: usize = 64 * 1024;

/// What the routes work with.
#[derive(Clone, Debug)]
pub struct Api {
    management: Arc<Management>,
    authenticator: Authenticator,
}

impl Api {
    /// The API of this installation.
    pub fn new(management: Management) -> Self {
        let keys = management.api_keys.clone();
        Self {
            authenticator: Authenticator::new(management.ambient.clone(), keys),
            management: Arc::new(management),
        }
    }
}

/// Answers requests.
pub fn router(api: Api) -> Router {
    let (router, _) = described().split_for_parts();
    router
        .fallback(edge::not_found)
        .method_not_allowed_fallback(edge::method_not_allowed)
        .layer(middleware::from_fn(edge::every_answer))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(api)
}

/// The OpenAPI document, as it is checked in.
pub fn openapi() -> String {
    let mut document = described().into_openapi();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "A key, `cw_…`. It belongs to one organization, which every request is about.",
        ))
        .build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("key", SecurityScheme::Http(bearer));
    let mut text = document
        .to_pretty_json()
        .expect("a document can be written as JSON");
    text.push('\n');
    text
}

fn described() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Description::openapi()).nest("/api", routes::all())
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "calwatch",
        description = "What changed in your customers' calendars. Every request but the one for \
                       this document carries a key, whose organization it is about.",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(documents::Problem))
)]
struct Description;
