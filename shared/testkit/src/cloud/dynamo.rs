//! DynamoDB: dynoxide behind a loopback address, and a second one while indexes are frozen.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use dynoxide::Database;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::answer::Answer;
use super::clock::Clock;
use super::http::Request;
use super::{Cloud, locked};

/// The tables of a cloud.
#[derive(Debug)]
pub(super) struct Dynamo {
    live: Engine,
    /// A copy of earlier, which answers for the indexes while it is there.
    frozen: Mutex<Option<Engine>>,
    client: Client<HttpConnector, Full<Bytes>>,
    clock: Clock,
}

/// One running engine; it stops when it is dropped.
struct Engine {
    database: Database,
    address: SocketAddr,
    _running: oneshot::Sender<()>,
}

impl Dynamo {
    pub(super) async fn start(clock: Clock) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            live: Engine::start(&clock).await,
            frozen: Mutex::default(),
            client: Client::builder(TokioExecutor::new()).build(connector),
            clock,
        }
    }

    pub(super) fn database(&self) -> &Database {
        &self.live.database
    }

    pub(super) async fn serve(&self, request: Request) -> Answer {
        let frozen = match request.body["IndexName"].is_string() {
            true => locked(&self.frozen).as_ref().map(|engine| engine.address),
            false => None,
        };
        let address = frozen.unwrap_or(self.live.address);

        let mut forwarded = http::Request::post(format!("http://{address}/"));
        for (name, value) in &request.headers {
            // The body may have changed, and the client below measures it again.
            if !name.eq_ignore_ascii_case("content-length") {
                forwarded = forwarded.header(name, value);
            }
        }
        let forwarded = forwarded
            .body(Full::new(Bytes::from(request.raw)))
            .expect("headers that the SDK could send");
        let response = self.client.request(forwarded).await;
        let response = response.expect("an engine that answers");
        let status = response.status().as_u16();
        let body = response.into_body().collect().await;
        let body = body.expect("an answer that ends").to_bytes();
        Answer::new(status, body.to_vec())
    }
}

impl Engine {
    async fn start(clock: &Clock) -> Self {
        let database = Database::memory_with_clock(Arc::new(clock.clone()));
        let database = database.expect("an empty database in memory");
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a free port on the loopback address");
        let address = listener.local_addr().expect("a bound socket");
        let (running, dropped) = oneshot::channel::<()>();
        let serving = dynoxide::server::serve_with_shutdown(listener, database.clone(), async {
            // An error here means that the engine was dropped, which is what we wait for.
            let _ = dropped.await;
        });
        tokio::spawn(serving);
        Self {
            database,
            address,
            _running: running,
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Cloud {
    /// From now on, queries of an index see the tables as they are now; other reads see all.
    /// DynamoDB's indexes may lag behind in this way for as long as they like.
    pub async fn freeze_indexes(&self) {
        let dynamo = &self.inside.dynamo;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let copy = folder.path().join("copy");
        let copy = copy.to_str().expect("a path in Unicode");
        let engine = Engine::start(&dynamo.clock).await;
        let copied = dynamo.live.database.vacuum_into(copy);
        copied.expect("a copy of the database");
        let restored = engine.database.restore_from(copy);
        restored.expect("a database from its copy");
        *locked(&dynamo.frozen) = Some(engine);
    }

    /// Indexes have caught up.
    pub fn thaw_indexes(&self) {
        *locked(&self.inside.dynamo.frozen) = None;
    }

    /// Deletes expired items, as DynamoDB does within some days; returns how many there were.
    pub fn sweep_expired_items(&self) -> usize {
        let swept = self.inside.dynamo.live.database.sweep_ttl();
        swept.expect("a sweep of the tables")
    }
}
