//! The simulated providers and who lives there.
//!
//! | file | part |
//! |---|---|
//! | `draft.rs` | an event, as each provider writes it |
//! | `deeds.rs` | what people do at their calendars |
//! | `kept.rs` | where it is kept while the stack keeps its state |
//! | `messages.rs` | what the providers told the product |

mod deeds;
mod draft;
mod kept;
mod messages;

use std::collections::BTreeMap;

use anyhow::Context;
use aws::secrets::{OAuthClient, Proof};
use jiff::SignedDuration;
use jiff::civil::Date;
use providers::grant::Grant;
use simulator::{
    CalendarOptions, Clock, DeliveryTarget, Graph, GraphSettings, Mailbox, Settings, Simulator,
};

use super::pair::Pair;
use super::stack::Stack;

pub(super) use draft::{Draft, Moment};
pub(super) use kept::Kept;
pub(super) use messages::Message;

/// Ada's account and primary calendar at Google; a person gave consent.
const ADA: &str = "ada@acme.example";
/// Grace's account and primary calendar at Google; her company's administrator gave consent.
pub(super) const GRACE: &str = "grace@acme.example";
/// Alan's mailbox at Outlook; a person gave consent.
const ALAN: &str = "alan@acme.example";
/// Hedy's mailbox at Outlook; her company's administrator gave consent.
const HEDY: &str = "hedy@acme.example";
/// A calendar that many people change.
const LAUNCH: &str = "launch@acme.example";
/// A calendar of a kind that the provider refuses to push.
const HOLIDAYS: &str = "holidays@acme.example";

/// How many events Ada and Alan have before calwatch comes.
pub(super) const OLD_EVENTS: u32 = 120;

/// The simulated world.
#[derive(Debug)]
pub(super) struct World {
    /// Google, and what both providers have in common: time, faults and messages.
    pub(super) simulator: Simulator,
    graph: Graph,
    /// The origin that messages are addressed to.
    webhook_domain: String,
    /// Today, so that its events are near.
    today: Date,
}

/// What people granted, and our application at each provider.
#[derive(Debug)]
pub(super) struct Consents {
    /// Of Ada and Alan, each for themselves.
    pub(super) personal: Pair<Grant>,
    /// For Grace and Hedy, by their administrators.
    pub(super) delegated: Pair<Grant>,
    /// Of Alan, once more: another customer asked for it.
    pub(super) once_more: Grant,
    /// What they were given to.
    pub(super) clients: Pair<OAuthClient>,
}

/// The providers' names for calendars.
#[derive(Debug)]
pub(super) struct Names {
    /// Of Ada and Alan, full of old events.
    pub(super) full: Pair<String>,
    /// Of Grace and Hedy, empty.
    pub(super) empty: Pair<String>,
    /// Empty, too.
    pub(super) launch: Pair<String>,
    /// With two events, and without push.
    pub(super) holidays: Pair<String>,
}

impl World {
    /// A world whose messages go to this stack. With another seed, everything in it has other names.
    pub(super) fn new(stack: &Stack, seed: u64, today: Date) -> anyhow::Result<Self> {
        Self::with(stack, seed, today, |settings| Ok(Simulator::new(settings)))
    }

    /// The same, kept in a file; what is in the file goes on.
    pub(super) fn kept_in(kept: &Kept, stack: &Stack, today: Date) -> anyhow::Result<Self> {
        Self::with(stack, kept.seed, today, |settings| {
            Simulator::kept_in(&kept.file, settings)
                .with_context(|| format!("could not go on with {}", kept.file.display()))
        })
    }

    fn with(
        stack: &Stack,
        seed: u64,
        today: Date,
        simulate: impl FnOnce(Settings) -> anyhow::Result<Simulator>,
    ) -> anyhow::Result<Self> {
        let functions = DeliveryTarget {
            base: stack.endpoint.clone(),
            host: Some(stack.api_host.clone()),
        };
        let webhook_domain = stack.required("WEBHOOK_DOMAIN")?;
        // The providers' first pauses are longer than a demo.
        let retry_first = SignedDuration::from_millis(500);
        let retry_longest = SignedDuration::from_secs(30);
        let simulator = simulate(Settings {
            seed,
            delivery_map: BTreeMap::from([(webhook_domain.clone(), functions)]),
            delivery_latency: SignedDuration::from_millis(50),
            retry_first,
            retry_longest,
            // Small, so that importing Ada's calendar takes several pages.
            max_page_size: 50,
            graph: GraphSettings {
                retry_first,
                retry_longest,
                max_page_size: 50,
                ..GraphSettings::default()
            },
            ..Settings::default()
        })?;
        simulator.follow(Clock::Wall);
        Ok(Self {
            graph: simulator.graph(),
            simulator,
            webhook_domain,
            today,
        })
    }

    /// Lets people have accounts and calendars, and some of them events from before calwatch came.
    pub(super) fn furnish(&self) -> (Consents, Names) {
        let (ada, alan) = (
            self.simulator.add_account(ADA),
            self.graph.add_mailbox(ALAN),
        );
        self.simulator.add_account(GRACE);
        let (service, hedy) = (
            self.simulator.add_service_account(),
            self.graph.add_mailbox(HEDY),
        );
        self.graph.grant_tenant(&hedy.tenant_id);
        let again = self.graph.add_mailbox(ALAN);
        let names = self.add_calendars(&alan, &hedy);
        let consents = Consents {
            clients: Pair {
                google: client(ada.client_id, ada.client_secret),
                outlook: client(hedy.client_id, hedy.client_secret),
            },
            personal: Pair {
                google: Grant::GoogleRefreshToken {
                    refresh_token: ada.refresh_token.into(),
                },
                outlook: Grant::MicrosoftRefreshToken {
                    tenant: alan.tenant_id,
                    refresh_token: alan.refresh_token.into(),
                },
            },
            delegated: Pair {
                google: Grant::GoogleServiceAccount {
                    client_email: service.client_email,
                    key_id: service.private_key_id,
                    private_key_pem: service.private_key_pem.into(),
                    subject: GRACE.to_owned(),
                },
                outlook: Grant::MicrosoftTenant {
                    tenant: hedy.tenant_id,
                },
            },
            once_more: Grant::MicrosoftRefreshToken {
                tenant: again.tenant_id,
                refresh_token: again.refresh_token.into(),
            },
        };
        (consents, names)
    }

    fn add_calendars(&self, alan: &Mailbox, hedy: &Mailbox) -> Names {
        let refuses = CalendarOptions {
            watchable: false,
            ..CalendarOptions::default()
        };
        let launch = CalendarOptions::default();
        let google = &self.simulator;
        google.bulk_events(ADA, OLD_EVENTS);
        google.add_calendar(GRACE, LAUNCH, launch.clone());
        google.add_calendar(ADA, HOLIDAYS, refuses.clone());
        let names = Names {
            full: Pair {
                google: ADA.to_owned(),
                outlook: format!("users/{}", alan.user_id),
            },
            empty: Pair {
                google: GRACE.to_owned(),
                outlook: format!("users/{}", hedy.user_id),
            },
            launch: Pair {
                google: LAUNCH.to_owned(),
                outlook: self.graph.add_calendar(&hedy.user_id, "launch", launch),
            },
            holidays: Pair {
                google: HOLIDAYS.to_owned(),
                outlook: self.graph.add_calendar(&alan.user_id, "holidays", refuses),
            },
        };
        self.graph.bulk(&names.full.outlook, OLD_EVENTS);
        for (title, days) in [("Harvest day", 20), ("Winter day", 60)] {
            let holiday = Draft::all_day(title, days);
            google.put_event(&names.holidays.google, holiday.for_google(self.today));
            let graph = &self.graph;
            graph.put_event(&names.holidays.outlook, holiday.for_graph(self.today));
        }
        names
    }
}

fn client(id: String, secret: String) -> OAuthClient {
    OAuthClient {
        id,
        proof: Proof::Secret(secret.into()),
    }
}
