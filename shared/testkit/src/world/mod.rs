//! The whole product in one process: the functions' code, a small AWS, and simulated providers.
//!
//! Nothing happens by itself. A test lets notifications arrive, messages be worked on and time
//! pass, one at a time, so that it can crash any of them.

mod calendar;
mod call;
mod start;
mod surroundings;
mod translate;
mod words;

use app::Ambient;
use app::audit::{Audit, Auditor};
use app::connect::Connector;
use app::manage::Founder;
use app::receive::Receiver;
use app::renew::{Renewed, Renewer};
use app::sweep::{Sweeper, Swept};
use app::watch::{Watched, Watcher};
use aws_lambda_events::sqs::SqsEvent;
use axum::Router;
use domain::inbox::Source;
use domain::{CalendarKey, ConnectionId, OrganizationId, Provider};
use jiff::{SignedDuration, Timestamp};
use lambda_http::Request;
use lambda_http::http::{Method, StatusCode};
use serde_json::json;
use simulator::{Delivery, Graph, Simulator};

use crate::{Cloud, Message};

pub use calendar::titled;
pub use call::Answered;
pub use words::pages_of;

/// Where notifications are sent. The origin is never resolved.
pub const WEBHOOK_DOMAIN: &str = "https://hooks.calwatch.example";

/// The account that every world starts with; also the name of its main calendar.
pub const ACCOUNT: &str = "amelia.north@example.com";

/// How long one invocation of the sync function may take, as in the template.
pub const INVOCATION: SignedDuration = SignedDuration::from_secs(120);

/// The queues, by the names the template gives them.
pub const QUEUES: [&str; 2] = ["test-interactive", "test-bulk"];

/// A product, an AWS, and a Google and a Microsoft, in one process.
#[derive(Clone, Debug)]
pub struct World {
    /// The provider that keeps the account's calendars.
    pub provider: Provider,
    /// The AWS.
    pub cloud: Cloud,
    /// The Google, and what both providers have in common: time, faults and messages.
    pub google: Simulator,
    /// The Microsoft.
    pub graph: Graph,
    /// A tenant.
    pub organization: OrganizationId,
    /// Its grant at the provider.
    pub connection: ConnectionId,
    /// The webhook function.
    pub receiver: Receiver,
    /// The sync function.
    pub sync: lambda::Worker,
    /// The sweeper function.
    pub sweeper: Sweeper,
    /// The renewal function.
    pub renewer: Renewer,
    /// What operators do.
    pub watcher: Watcher,
    /// What operators do first.
    pub connector: Connector,
    /// What founds organizations.
    pub founder: Founder,
    /// The management API.
    pub api: Router,
    /// Compares mirror and truth.
    pub auditor: Auditor,
    main: String,
    google_url: String,
    ambient: Ambient,
}

impl World {
    /// Where a calendar of the world's account is found.
    pub fn source(&self, external_id: &str) -> Source {
        Source {
            provider: self.provider,
            connection: self.connection,
            external_id: external_id.to_owned(),
        }
    }

    /// Takes a calendar under watch.
    pub async fn watch(&self, external_id: &str) -> (CalendarKey, Watched) {
        self.watcher
            .watch(self.organization, &self.source(external_id))
            .await
            .expect("a calendar that can be watched or polled")
    }

    /// Takes the account's main calendar under watch and lets everything settle.
    pub async fn watch_main(&self) -> CalendarKey {
        let (key, _) = self.watch(&self.main).await;
        self.settle().await;
        key
    }

    /// The URL of the provider.
    pub fn google_url(&self) -> &str {
        &self.google_url
    }

    /// The time in this world.
    pub fn now(&self) -> Timestamp {
        self.cloud.now()
    }

    /// Lets time pass, for everybody.
    pub fn advance(&self, by: SignedDuration) {
        self.cloud.advance(by);
        self.google.advance(by);
    }

    /// Hands one notification to the webhook function and answers for it.
    pub async fn hand_over(&self, delivery: &Delivery) -> StatusCode {
        let request = request(delivery);
        let provider = match delivery.provider {
            simulator::Provider::Google => Provider::Google,
            simulator::Provider::Microsoft => Provider::Microsoft,
        };
        lambda::webhook::answer(&self.receiver, provider, &request)
            .await
            .status()
    }

    /// Lets all notifications that are on their way arrive, once.
    pub async fn deliver(&self) -> Vec<StatusCode> {
        let mut answers = Vec::new();
        for delivery in self.google.take_deliveries() {
            let status = self.hand_over(&delivery).await;
            self.google.delivered(delivery.id, status.as_u16());
            answers.push(status);
        }
        answers
    }

    /// Works on one message, if there is one to be received now.
    pub async fn work_once(&self) -> Option<Worked> {
        for queue in QUEUES {
            if let Some(message) = self.cloud.receive(queue) {
                let acknowledged = self.work_on(&message).await;
                if acknowledged {
                    self.cloud.delete(queue, &message);
                }
                return Some(Worked {
                    queue,
                    acknowledged,
                });
            }
        }
        None
    }

    /// Hands one message to the sync function. Whether it acknowledged it.
    pub async fn work_on(&self, message: &Message) -> bool {
        self.work_until(message, self.now() + INVOCATION).await
    }

    /// The same, with a deadline of one's choice.
    pub async fn work_until(&self, message: &Message, deadline: Timestamp) -> bool {
        let event: SqsEvent =
            serde_json::from_value(json!({ "Records": [message.event_record()] }))
                .expect("an SQS event");
        // Every invocation has a name of its own, however often a message comes back.
        let invocation = self.ambient.ulid().to_string();
        let work = lambda::sqs::work(&self.sync, event, &invocation, deadline);
        let answer = Box::pin(work).await;
        answer.batch_item_failures.is_empty()
    }

    /// Works on all messages that can be received now.
    pub async fn work(&self) -> usize {
        let mut worked = 0;
        while self.work_once().await.is_some() {
            worked += 1;
            assert!(worked < 10_000, "messages without end");
        }
        worked
    }

    /// Lets the sweeper run.
    pub async fn sweep(&self) -> Swept {
        self.sweeper
            .sweep(self.now() + SignedDuration::from_mins(1))
            .await
            .expect("a healthy AWS")
    }

    /// Lets renewal run.
    pub async fn renew(&self) -> Renewed {
        self.renewer
            .renew(self.now() + SignedDuration::from_mins(3))
            .await
            .expect("a healthy AWS")
    }

    /// Lets notifications arrive, messages be worked on and time pass until nothing is left to do
    /// but to wait for the next poll.
    pub async fn settle(&self) {
        let mut quiet = 0;
        for _ in 0..2_000 {
            let arrived = self.deliver().await.len();
            let worked = self.work().await;
            if arrived + worked > 0 {
                quiet = 0;
                continue;
            }
            // Long enough for a trailing run, an echo, a lease and its margin, and the sweeper.
            if quiet > 3 && !self.messages_are_left() {
                return;
            }
            quiet += 1;
            self.advance(SignedDuration::from_secs(90));
            self.sweep().await;
        }
        panic!("the world does not settle");
    }

    fn messages_are_left(&self) -> bool {
        QUEUES
            .iter()
            .any(|queue| !self.cloud.messages(queue).is_empty())
    }

    /// Compares a calendar's mirror with the truth, and its feed with its mirror.
    pub async fn audit(&self, key: CalendarKey) -> Audit {
        self.auditor.audit(key).await.expect("a healthy world")
    }

    /// Whether no read is owed.
    pub async fn owes_nothing(&self, key: CalendarKey) -> bool {
        let inbox = self.auditor.inboxes.get(key).await.expect("a healthy AWS");
        inbox.is_some_and(|(inbox, _)| !inbox.is_dirty())
    }

    /// Fails unless the mirror is the truth and all of the feed is on the bus.
    pub async fn assert_in_sync(&self, key: CalendarKey) {
        let audit = self.audit(key).await;
        assert!(audit.is_clean(), "{audit:#?}");
        let on_the_bus = self
            .cloud
            .events()
            .iter()
            .filter(|event| event.detail["calendar"] == key.calendar.to_string())
            .filter_map(|event| event.detail["seq"].as_u64())
            .collect::<std::collections::BTreeSet<_>>();
        let expected = (1..=audit.entries).collect();
        assert_eq!(on_the_bus, expected, "the bus carries the whole feed");
        assert_eq!(
            self.google.violations(),
            [],
            "the provider was asked properly"
        );
    }

    /// Fails unless the feed alone rebuilds the mirror, as for a calendar that was born empty.
    pub async fn assert_feed_rebuilds(&self, key: CalendarKey) {
        let audit = self.audit(key).await;
        assert!(audit.not_in_feed.is_empty(), "{audit:#?}");
    }
}

/// What became of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worked {
    /// Where it came from.
    pub queue: &'static str,
    /// Whether it is gone.
    pub acknowledged: bool,
}

/// A notification as API Gateway hands it over.
pub fn request(delivery: &Delivery) -> Request {
    let path = delivery
        .url
        .strip_prefix(WEBHOOK_DOMAIN)
        .expect("our callback address");
    let mut request = lambda_http::http::Request::builder()
        .method(Method::POST)
        .uri(path);
    for (name, value) in &delivery.headers {
        request = request.header(name, value);
    }
    request
        .body(lambda_http::Body::from(delivery.body.clone()))
        .expect("a delivery is a request")
}
