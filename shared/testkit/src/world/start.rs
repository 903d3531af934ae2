//! How a world begins.

use std::sync::{Arc, Mutex};

use api::Api;
use app::Ambient;
use app::receive::Receiver;
use aws::SdkConfig;
use domain::{ConnectionId, OrganizationId, Provider};
use lambda::config::{ApiConfig, ManageConfig, SweeperConfig, SyncConfig, WebhookConfig};
use lambda_http::http::header::CONTENT_TYPE;
use providers::grant::Grant;
use simulator::{HandshakeAnswer, Settings, Simulator};

use super::surroundings::{ambient, settings};
use super::{ACCOUNT, World, request};
use crate::Cloud;

const TEMPLATE: &str = include_str!("../../../../infra/template.yaml");

impl World {
    /// A world with one organization and one connected account at Google, and nothing watched.
    pub async fn start() -> Self {
        Self::start_with(Settings::default()).await
    }

    /// The same, with a Google of one's choice.
    pub async fn start_with(settings: Settings) -> Self {
        Self::start_at(Provider::Google, settings).await
    }

    /// The same, with the account at a provider of one's choice.
    pub async fn start_at(provider: Provider, mut settings: Settings) -> Self {
        let seed = settings.seed;
        let cloud = Cloud::start_at(settings.start).await;
        cloud.create_tables_from(TEMPLATE);
        cloud.create_queues_from(TEMPLATE);
        cloud.put_secret(
            "token-keys",
            &format!(r#"{{"signing":1,"1":"{}"}}"#, "k".repeat(64)),
        );
        let client = |id: &str, secret: &str| {
            format!(r#"{{"client_id":"{id}","client_secret":"{secret}"}}"#)
        };
        cloud.put_secret(
            "google-oauth-client",
            &client(&settings.client_id, &settings.client_secret),
        );
        cloud.put_secret(
            "microsoft-oauth-client",
            &client(&settings.graph.client_id, &settings.graph.client_secret),
        );
        let kms_key = cloud.create_key("credentials");

        // Without the simulator's own deliveries: a test hands each over by itself.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free loopback port");
        let url = format!("http://{}", listener.local_addr().expect("a bound socket"));
        // As its own `serve` does: an assertion names the address that it is sent to.
        settings.token_audiences.push(format!("{url}/token"));
        let simulator = Simulator::new(settings);
        let router = simulator.router();
        tokio::spawn(async move { axum::serve(listener, router).await });

        let ambient = ambient(&cloud, seed);
        let mut world = Self::assemble(provider, cloud, simulator, url, kms_key, ambient);
        world.organization = world
            .connector
            .create_organization("Test")
            .await
            .expect("the tables are there");
        let grant = world.consent(ACCOUNT);
        world.main = world.calendar_of(ACCOUNT);
        world.connection = world.keep(&grant).await;
        world.cloud.take_calls();
        world
    }

    fn assemble(
        provider: Provider,
        cloud: Cloud,
        google: Simulator,
        google_url: String,
        kms_key: String,
        ambient: Ambient,
    ) -> Self {
        let settings = settings(&cloud, &google_url, &kms_key);
        let lookup = |name: &str| {
            settings
                .get(name)
                .and_then(|v| v.as_str())
                .map(str::to_owned)
        };
        let sdk: SdkConfig = cloud.sdk_config();
        let manage = ManageConfig::read(&lookup).expect("complete settings");
        let management = ApiConfig::read(&lookup).expect("complete settings");
        let sync = SyncConfig::read(&lookup).expect("complete settings");
        let webhook = WebhookConfig::read(&lookup).expect("complete settings");
        let sweeper = SweeperConfig::read(&lookup).expect("complete settings");
        let a = || ambient.clone();
        let receiver = lambda::connect_receiver(&sdk, webhook, a());
        answer_handshakes(&google, &receiver);
        Self {
            provider,
            receiver,
            sync: lambda::connect_syncer(&sdk, sync.clone(), a()).expect("an HTTP client"),
            sweeper: lambda::connect_sweeper(&sdk, sweeper, a()),
            connector: lambda::connect_connector(&sdk, &manage, a()),
            founder: lambda::connect_founder(
                &sdk,
                "test-organizations".to_owned(),
                "test-api-keys".to_owned(),
                a(),
            ),
            api: api::router(Api::new(
                lambda::connect_management(&sdk, management, a()).expect("an HTTP client"),
            )),
            renewer: lambda::connect_renewer(&sdk, manage.watch.clone(), a())
                .expect("an HTTP client"),
            watcher: lambda::connect_watcher(&sdk, manage.watch, a()).expect("an HTTP client"),
            auditor: lambda::connect_auditor(&sdk, sync, &ambient).expect("an HTTP client"),
            organization: OrganizationId::from_bytes([0; 16]),
            connection: ConnectionId::from_bytes([0; 16]),
            main: String::new(),
            cloud,
            graph: google.graph(),
            google,
            google_url,
            ambient,
        }
    }

    /// The same world with fresh sandboxes: nothing cached, as after a crash or a cold start.
    #[must_use]
    pub fn with_fresh_sandboxes(&self) -> Self {
        let kms_key = self.cloud.create_key("credentials");
        let mut fresh = Self::assemble(
            self.provider,
            self.cloud.clone(),
            self.google.clone(),
            self.google_url.clone(),
            kms_key,
            self.ambient.clone(),
        );
        fresh.organization = self.organization;
        fresh.connection = self.connection;
        fresh.main.clone_from(&self.main);
        fresh
    }

    /// The consent of somebody with an account at the world's provider, which is made if need be.
    pub fn consent(&self, email: &str) -> Grant {
        match self.provider {
            Provider::Google => Grant::GoogleRefreshToken {
                refresh_token: self.google.add_account(email).refresh_token.into(),
            },
            Provider::Microsoft => {
                let mailbox = self.graph.add_mailbox(email);
                Grant::MicrosoftRefreshToken {
                    tenant: mailbox.tenant_id,
                    refresh_token: mailbox.refresh_token.into(),
                }
            }
        }
    }

    /// The provider's name for the main calendar of somebody who has an account.
    pub fn calendar_of(&self, email: &str) -> String {
        match self.provider {
            Provider::Google => email.to_owned(),
            Provider::Microsoft => format!("users/{}", self.graph.add_mailbox(email).user_id),
        }
    }

    /// The same world as another organization sees it, with its own grant for this account.
    pub async fn another_tenant(&self, email: &str) -> Self {
        let mut other = self.clone();
        let created = self.connector.create_organization("Other").await;
        other.organization = created.expect("the tables are there");
        let grant = self.consent(email);
        other.main = self.calendar_of(email);
        other.connection = other.keep(&grant).await;
        other
    }

    /// Takes a grant into keeping.
    pub async fn keep(&self, grant: &Grant) -> ConnectionId {
        self.connector
            .connect(self.organization, self.provider, grant)
            .await
            .expect("the tables are there")
    }

    /// Takes a refresh token of Google's into keeping.
    pub async fn connect(&self, refresh_token: &str) -> ConnectionId {
        self.keep(&Grant::GoogleRefreshToken {
            refresh_token: refresh_token.to_owned().into(),
        })
        .await
    }
}

/// Microsoft calls the address while it is asked for a subscription, so nobody can hand that over
/// by hand: the webhook function answers.
fn answer_handshakes(simulator: &Simulator, receiver: &Receiver) {
    let receiver = Arc::new(Mutex::new(receiver.clone()));
    simulator.answer_handshakes_with(move |delivery| {
        let receiver = receiver.lock().expect("nobody panics here").clone();
        Box::pin(async move {
            let request = request(&delivery);
            let answer = lambda::webhook::answer(&receiver, Provider::Microsoft, &request).await;
            let content_type = answer.headers().get(CONTENT_TYPE);
            HandshakeAnswer {
                status: answer.status().as_u16(),
                content_type: content_type
                    .and_then(|it| it.to_str().ok())
                    .map(str::to_owned),
                body: answer.body().as_ref().to_vec(),
            }
        })
    });
}
