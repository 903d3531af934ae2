//! Everything the world remembers, behind one lock.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Time;
use crate::delivery::{Answer, Fate, Provider};
use crate::faults::{Fault, Faults};
use crate::google::{Google, notify};
use crate::microsoft::Microsoft;
use crate::outbox::Outbox;
use crate::random::Random;
use crate::requests::RequestLog;
use crate::settings::Settings;

/// The parts every provider shares, and each provider's own.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct State {
    /// Chosen anew whenever a world is opened.
    #[serde(skip)]
    pub(crate) settings: Settings,
    pub(crate) time: Time,
    pub(crate) random: Random,
    pub(crate) outbox: Outbox,
    pub(crate) faults: Faults,
    pub(crate) requests: RequestLog,
    pub(crate) google: Google,
    pub(crate) microsoft: Microsoft,
}

/// Why a request is not answered as it should be. Each provider has words of its own for it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    Down {
        status: u16,
    },
    Quota {
        /// How often a limit was hit before, by which the words change.
        turn: usize,
        retry_after: Option<u32>,
    },
}

impl State {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            time: Time::starting_at(settings.start),
            random: Random::seeded(settings.seed),
            outbox: Outbox::default(),
            faults: Faults::default(),
            requests: RequestLog::default(),
            google: Google::default(),
            microsoft: Microsoft::default(),
            settings,
        }
    }

    /// The value of the first armed fault that is `wanted` here, if it strikes.
    pub(crate) fn strike<T>(
        &mut self,
        calendar: Option<&str>,
        wanted: impl Fn(&Fault) -> Option<T>,
    ) -> Option<T> {
        self.faults.strike(&mut self.random, calendar, wanted)
    }

    /// Whether exactly this fault strikes here.
    pub(crate) fn strikes(&mut self, calendar: Option<&str>, fault: &Fault) -> bool {
        self.strike(calendar, |armed| (armed == fault).then_some(()))
            .is_some()
    }

    /// What may go wrong with any request: how late its answer is, and why it gets no other.
    pub(crate) fn trouble(&mut self, place: Option<&str>) -> (Option<Duration>, Option<Trouble>) {
        let delay = self.strike(place, |fault| match fault {
            Fault::SlowAnswer { milliseconds } => Some(Duration::from_millis(*milliseconds)),
            _ => None,
        });
        let down = self.strike(place, |fault| match fault {
            Fault::ServerError { status } => Some(Trouble::Down { status: *status }),
            _ => None,
        });
        if down.is_some() {
            return (delay, down);
        }
        let limited = self.strike(place, |fault| match fault {
            Fault::Quota { retry_after } => Some(*retry_after),
            _ => None,
        });
        let quota = limited.map(|retry_after| Trouble::Quota {
            turn: self.faults.turn(),
            retry_after,
        });
        (delay, quota)
    }

    /// Applies the provider's retry rule to the answer a message got.
    pub(crate) fn settle(&mut self, id: u64, answer: Answer) -> Option<Fate> {
        let now = self.time.now();
        #[expect(clippy::cast_precision_loss, reason = "a number below a hundred")]
        let jitter = 0.75 + self.random.below(50) as f64 / 100.0;
        let (delivery, since) = self.outbox.under_way(id)?;
        let provider = delivery.provider;
        let subscriptions = delivery.subscriptions.clone();
        let judgement = match provider {
            Provider::Google => notify::judge(answer),
            Provider::Microsoft => {
                let (url, attempt) = (&delivery.url, delivery.attempt);
                let took = now.duration_since(since);
                self.microsoft.health.judge(url, answer, attempt, took, now)
            }
        };
        let patience = self.settings.patience(provider);
        let fate = self
            .outbox
            .settle(id, (answer, judgement), now, &patience, jitter);
        if fate == Some(Fate::Lost) && provider == Provider::Microsoft {
            self.tell_missed(&subscriptions, now);
        }
        fate
    }
}
