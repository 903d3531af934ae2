//! Faults on demand: what can go wrong, where, and how often.

use serde::{Deserialize, Serialize};

use crate::random::Random;

/// Something that goes wrong. Those marked *at once* change the world when armed; all others wait for
/// the next thing they apply to.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// A message is never sent.
    DropDelivery,
    /// A message is sent twice, byte for byte.
    RepeatDelivery,
    /// A message leaves later.
    DelayDelivery {
        /// By how much.
        seconds: u32,
    },
    /// A message is held for up to five seconds, so that later ones overtake it.
    ReorderDelivery,
    /// A message is sent although its channel was stopped.
    DeliverAfterStop,
    /// *At once*: a channel dies quietly; it is listed and can be stopped, but says nothing more.
    SilenceChannel {
        /// Its id.
        channel: String,
    },
    /// *At once*: a channel ends now.
    ExpireChannel {
        /// Its id.
        channel: String,
    },
    /// `watch` is refused with 401 `push.webhookUrlUnauthorized`.
    UnauthorizedWebhook,
    /// *At once*: `watch` is refused with `pushNotSupportedForRequestedResource` from now on.
    RefuseWatch,
    /// `watch` creates the channel and answers 503: the outcome is unknown to the client.
    LoseWatchAnswer,
    /// *At once*: every sync or delta token of the calendar answers 410.
    ExpireSyncTokens,
    /// 403 `userRateLimitExceeded`, 429 and 403 `rateLimitExceeded` in turn; at Microsoft 429
    /// `ApplicationThrottled` and `TooManyRequests`.
    Quota {
        /// Seconds for a `Retry-After` header, which Google does not document and Microsoft always has.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// Google: 403 `quotaExceeded`, the long one.
    UsageLimit,
    /// A 5xx before anything was done.
    ServerError {
        /// 500, 502, 503 or 504.
        status: u16,
    },
    /// The answer comes late, on the wall clock.
    SlowAnswer {
        /// By how much.
        milliseconds: u64,
    },
    /// The body of a page never ends.
    EndlessBody,
    /// The body of a page is cut in the middle of its JSON.
    MalformedJson,
    /// A page is a small gzip stream that becomes endless.
    GzipBomb,
    /// A page is valid and very long.
    HugePage {
        /// At least this much of it.
        megabytes: usize,
    },
    /// A page's `nextPageToken` or next link leads to the same page again.
    PageTokenLoop,
    /// A page token is refused with 400.
    RefusePageToken,
    /// A page has no items, and yet a next one.
    EmptyPage,
    /// A list or round answers from an older state, and its token says so.
    ReadLag {
        /// How many changes it has not seen yet.
        changes: u64,
    },
    /// *At once*: the calendar is 404 and leaves the calendar lists; a mailbox's own is 403.
    LoseAccess,
    /// *At once*: undoes `LoseAccess` and `RefuseWatch`.
    RestoreAccess,
    /// Microsoft: a page has every item twice, and the next page has them once more.
    RepeatItems,
    /// Microsoft: the full items of a page lack several properties.
    PartialItems,
    /// Microsoft: a page tells that something is gone that never was.
    UnknownRemoved,
    /// Microsoft: the link of a page leads to another host.
    ForeignLink,
    /// Microsoft: a token is answered as if its state were lost, and every token of the calendar ends.
    LoseSyncState {
        /// How that is said.
        #[serde(default)]
        form: SyncStateForm,
    },
    /// Microsoft: `POST /subscriptions` is refused with `ExtensionError`, permission missing.
    RefuseSubscription {
        /// 401 or 403.
        status: u16,
    },
    /// Microsoft: 404 `MailboxNotEnabledForRESTAPI`.
    MailboxNotEnabled,
    /// A token endpoint refuses.
    TokenEndpoint {
        /// How.
        error: TokenError,
    },
}

/// How Graph says that the state behind a token is lost.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum SyncStateForm {
    /// 410 `SyncStateNotFound`.
    #[default]
    Gone,
    /// 410 with a `Location` at which to begin again.
    GoneWithLocation,
    /// 400 `syncStateNotFound`.
    BadRequest,
    /// 410 `resyncRequired`.
    ResyncRequired,
}

/// How the token endpoint refuses.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum TokenError {
    /// 400 `invalid_grant`: the user is needed again.
    InvalidGrant,
    /// 400 `invalid_grant` with subtype `invalid_rapt`.
    InvalidRapt,
    /// 401 `invalid_client`: the operator is needed.
    InvalidClient,
    /// 401 `deleted_client`.
    DeletedClient,
    /// 401 `unauthorized_client`; 400 at Microsoft.
    UnauthorizedClient,
    /// 500 without JSON.
    ServerError,
    /// Microsoft: `invalid_grant`, 700082, after ninety days without use.
    GrantInactive,
    /// Microsoft: `invalid_grant`, 70008.
    GrantExpired,
    /// Microsoft: `invalid_grant`, 70043.
    SignInFrequency,
    /// Microsoft: `invalid_grant`, 65001: an administrator can help.
    ConsentMissing,
    /// Microsoft: `invalid_grant`, 50057.
    UserDisabled,
    /// Microsoft: `invalid_grant`, 54005.
    CodeUsed,
    /// Microsoft: `interaction_required`, 50076.
    InteractionRequired,
    /// Microsoft: `interaction_required`, 50079.
    EnrolmentRequired,
    /// Microsoft: `interaction_required`, 53003.
    ConditionalAccess,
    /// Microsoft: 401 `invalid_client`, 7000222: the operator is needed.
    SecretExpired,
    /// Microsoft: `invalid_scope`.
    InvalidScope,
    /// Microsoft: 503 `temporarily_unavailable`, 90033.
    TemporarilyUnavailable,
    /// Microsoft: 429 `temporarily_unavailable` with `Retry-After`.
    TooManyRequests,
}

impl TokenError {
    /// Whether Google's token endpoint says it.
    pub(crate) fn is_googles(self) -> bool {
        match self {
            Self::InvalidGrant
            | Self::InvalidRapt
            | Self::InvalidClient
            | Self::DeletedClient
            | Self::UnauthorizedClient
            | Self::ServerError => true,
            Self::GrantInactive
            | Self::GrantExpired
            | Self::SignInFrequency
            | Self::ConsentMissing
            | Self::UserDisabled
            | Self::CodeUsed
            | Self::InteractionRequired
            | Self::EnrolmentRequired
            | Self::ConditionalAccess
            | Self::SecretExpired
            | Self::InvalidScope
            | Self::TemporarilyUnavailable
            | Self::TooManyRequests => false,
        }
    }

    /// Whether Microsoft's token endpoint says it.
    pub(crate) fn is_entras(self) -> bool {
        !matches!(self, Self::InvalidRapt | Self::DeletedClient)
    }
}

/// How often a fault strikes.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Often {
    /// The next n times.
    Next(u32),
    /// Each time with this probability.
    Probability(f64),
    /// Until the faults are cleared.
    Always,
}

/// A fault with its place and frequency; a bare [`Fault`] strikes once, anywhere.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct PlannedFault {
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: Fault,
    /// Only for this calendar.
    #[serde(default)]
    pub calendar: Option<String>,
    /// How often; once, if not said.
    #[serde(default = "once")]
    pub often: Often,
}

fn once() -> Often {
    Often::Next(1)
}

impl From<Fault> for PlannedFault {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            calendar: None,
            often: once(),
        }
    }
}

impl Fault {
    /// The next `n` times.
    pub fn times(self, n: u32) -> PlannedFault {
        PlannedFault::from(self).often(Often::Next(n))
    }

    /// Until the faults are cleared.
    pub fn always(self) -> PlannedFault {
        PlannedFault::from(self).often(Often::Always)
    }

    /// Each time with this probability.
    pub fn with_probability(self, probability: f64) -> PlannedFault {
        PlannedFault::from(self).often(Often::Probability(probability))
    }

    /// Only for this calendar.
    pub fn on(self, calendar: &str) -> PlannedFault {
        PlannedFault::from(self).on(calendar)
    }
}

impl PlannedFault {
    /// Only for this calendar.
    pub fn on(mut self, calendar: &str) -> Self {
        self.calendar = Some(calendar.to_owned());
        self
    }

    /// How often.
    pub fn often(mut self, often: Often) -> Self {
        self.often = often;
        self
    }
}

/// The faults that are armed.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Faults {
    armed: Vec<PlannedFault>,
    turn: usize,
}

impl Faults {
    pub(crate) fn arm(&mut self, fault: PlannedFault) {
        self.armed.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    /// The first armed fault that is `wanted` here, if it strikes this time.
    pub(crate) fn strike<T>(
        &mut self,
        random: &mut Random,
        calendar: Option<&str>,
        wanted: impl Fn(&Fault) -> Option<T>,
    ) -> Option<T> {
        for planned in &mut self.armed {
            if planned.calendar.is_some() && planned.calendar.as_deref() != calendar {
                continue;
            }
            let Some(value) = wanted(&planned.fault) else {
                continue;
            };
            let strikes = match &mut planned.often {
                Often::Next(0) => false,
                Often::Next(left) => {
                    *left -= 1;
                    true
                }
                Often::Probability(probability) => random.strikes(*probability),
                Often::Always => true,
            };
            if strikes {
                return Some(value);
            }
        }
        None
    }

    /// Counts up, for faults that alternate.
    pub(crate) fn turn(&mut self) -> usize {
        self.turn += 1;
        self.turn - 1
    }
}
