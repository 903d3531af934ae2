//! What tests of the management API share.

use domain::api_key::Scope;
use domain::{CalendarKey, Provider};
use lambda_http::http::{Method, StatusCode};
use serde_json::{Value, json};
use simulator::Settings;
use testkit::World;
use testkit::world::Answered;

use crate::scenarios::seconds;

/// A world, and keys to its organization.
pub(super) struct Office {
    pub(super) world: World,
    pub(super) viewer: String,
    pub(super) operator: String,
    pub(super) admin: String,
}

impl Office {
    /// A world with nothing watched.
    pub(super) async fn open(provider: Provider) -> Self {
        Self::of(World::start_at(provider, Settings::default()).await).await
    }

    /// The same with the main calendar watched and settled.
    pub(super) async fn with_calendar(provider: Provider) -> (Self, CalendarKey) {
        let world = World::start_at(provider, Settings::default()).await;
        let key = world.watch_main().await;
        (Self::of(world).await, key)
    }

    /// Keys to the organization of this world.
    pub(super) async fn of(world: World) -> Self {
        // A second apart, so that they are listed in this order.
        let next = async |scope| {
            world.advance(seconds(1));
            world.key(scope).await
        };
        Self {
            viewer: next(Scope::Viewer).await,
            operator: next(Scope::Operator).await,
            admin: next(Scope::Admin).await,
            world,
        }
    }

    /// Reads something.
    pub(super) async fn get(&self, path: &str) -> Value {
        self.world.get(&self.viewer, path).await
    }

    /// Asks for something to be done, as an operator.
    pub(super) async fn ask(&self, method: Method, path: &str, body: Value) -> Answered {
        self.world.call(&self.operator, method, path, body).await
    }

    /// The same, which has to be done with this status.
    pub(super) async fn done(
        &self,
        method: Method,
        path: &str,
        body: Value,
        status: StatusCode,
    ) -> Value {
        let answered = self.ask(method, path, body).await;
        assert_eq!(answered.status, status, "{}", answered.body);
        answered.body
    }

    /// Watches a calendar.
    pub(super) async fn watch(&self, external_id: &str) -> Value {
        let wanted = json!({
            "connection": self.world.connection.to_string(),
            "external_id": external_id,
        });
        self.done(Method::POST, "/api/calendars", wanted, StatusCode::CREATED)
            .await
    }

    /// Does something to a calendar.
    pub(super) async fn act(&self, calendar: &str, action: &str) -> Value {
        let path = format!("/api/calendars/{calendar}");
        let action = json!({ "action": action });
        self.done(Method::PUT, &path, action, StatusCode::OK).await
    }
}

/// The text of a JSON value that is one.
pub(super) fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Fails unless it is a problem of this kind.
#[track_caller]
pub(super) fn is_problem(answered: &Answered, status: u16, slug: &str) {
    assert_eq!(answered.status.as_u16(), status, "{}", answered.body);
    assert_eq!(
        answered.body["type"],
        format!("urn:calwatch:problem:{slug}"),
        "{}",
        answered.body
    );
    assert_eq!(answered.headers["content-type"], "application/problem+json");
    assert!(answered.body["detail"].is_string(), "{}", answered.body);
}
