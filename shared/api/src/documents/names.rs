//! Words in documents. Each is an enum on both sides, so that a new variant can not be forgotten.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! names {
    ($(#[$doc:meta])* $name:ident is $domain:ty: $($from:pat => $to:ident = $text:tt),+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub enum $name {
            $(
                #[doc = concat!("`", $text, "`")]
                #[serde(rename = $text)]
                $to
            ),+
        }

        impl From<$domain> for $name {
            fn from(value: $domain) -> Self {
                match value { $($from => Self::$to),+ }
            }
        }
    };
}

names!(
    /// Who keeps a calendar.
    Provider is domain::Provider:
    domain::Provider::Google => Google = "google",
    domain::Provider::Microsoft => Microsoft = "microsoft"
);

names!(
    /// What a key allows; each includes the ones before it.
    Scope is domain::api_key::Scope:
    domain::api_key::Scope::Viewer => Viewer = "viewer",
    domain::api_key::Scope::Operator => Operator = "operator",
    domain::api_key::Scope::Admin => Admin = "admin"
);

names!(
    /// Whether a calendar is read.
    CalendarStatus is domain::inbox::Status:
    domain::inbox::Status::Active => Active = "active",
    domain::inbox::Status::Paused => Paused = "paused",
    domain::inbox::Status::Ungranted => Ungranted = "ungranted",
    domain::inbox::Status::Unwatched => Unwatched = "unwatched",
    domain::inbox::Status::Erasing => Erasing = "erasing"
);

names!(
    /// How calwatch learns of a calendar's changes.
    Push is domain::push::Push:
    domain::push::Push::On => Proven = "proven",
    domain::push::Push::None | domain::push::Push::Unproven(_) => Unproven = "unproven",
    domain::push::Push::Off(_) => Polled = "polled",
    domain::push::Push::Doubted(_) => Lost = "lost"
);

names!(
    /// Why a calendar is polled.
    PolledBecause is domain::subscription::NoPush:
    domain::subscription::NoPush::Unwatchable => PushRefused = "push_refused",
    domain::subscription::NoPush::Shared => PushShared = "push_shared",
    domain::subscription::NoPush::Unanswered => PushUnanswered = "push_unanswered",
    domain::subscription::NoPush::Denied => PushDenied = "push_denied"
);

names!(
    /// How far a subscription got.
    SubscriptionState is domain::subscription::State:
    domain::subscription::State::Pending => Pending = "pending",
    domain::subscription::State::Active => Active = "active",
    domain::subscription::State::Retiring => Retiring = "retiring",
    domain::subscription::State::Lapsed => Lapsed = "lapsed",
    domain::subscription::State::Failed => Failed = "failed",
    domain::subscription::State::Stopped => Stopped = "stopped"
);

names!(
    /// What a provider said a subscription needs.
    Attention is domain::subscription::Attention:
    domain::subscription::Attention::Reauthorize => Reauthorize = "reauthorize",
    domain::subscription::Attention::Silent => Silent = "silent",
    domain::subscription::Attention::Unsigned => Unsigned = "unsigned",
    domain::subscription::Attention::Removed => Removed = "removed"
);

names!(
    /// An event's part in a series.
    EventKind is domain::event::Kind:
    domain::event::Kind::Single => Single = "single",
    domain::event::Kind::Master => Master = "master",
    domain::event::Kind::Exception => Exception = "exception",
    domain::event::Kind::Occurrence => Occurrence = "occurrence"
);

names!(
    /// Whether an event takes place.
    EventStatus is domain::event::Status:
    domain::event::Status::Confirmed => Confirmed = "confirmed",
    domain::event::Status::Tentative => Tentative = "tentative",
    domain::event::Status::Cancelled => Cancelled = "cancelled"
);

names!(
    /// Who may see an event.
    Visibility is domain::event::Visibility:
    domain::event::Visibility::Default => Default = "default",
    domain::event::Visibility::Public => Public = "public",
    domain::event::Visibility::Private => Private = "private",
    domain::event::Visibility::Confidential => Confidential = "confidential"
);

names!(
    /// What an attendee answered.
    ResponseStatus is domain::event::Response:
    domain::event::Response::NeedsAction => NeedsAction = "needs_action",
    domain::event::Response::Accepted => Accepted = "accepted",
    domain::event::Response::Declined => Declined = "declined",
    domain::event::Response::Tentative => Tentative = "tentative"
);

names!(
    /// What happens with notifications.
    Ingest is domain::switches::Ingest:
    domain::switches::Ingest::On => On = "on",
    domain::switches::Ingest::RecordOnly => RecordOnly = "record_only"
);

names!(
    /// Whether something is done.
    Power is domain::switches::Power:
    domain::switches::Power::On => On = "on",
    domain::switches::Power::Off => Off = "off"
);

names!(
    /// How an organization is doing.
    HealthStatus is domain::health::Verdict:
    domain::health::Verdict::Healthy => Healthy = "healthy",
    domain::health::Verdict::Degraded => Degraded = "degraded",
    domain::health::Verdict::Unhealthy => Unhealthy = "unhealthy"
);

names!(
    /// What somebody should look at.
    ProblemKind is domain::health::ProblemKind:
    domain::health::ProblemKind::SwitchedOff => SwitchedOff = "switched_off",
    domain::health::ProblemKind::CalendarFailing => CalendarFailing = "calendar_failing",
    domain::health::ProblemKind::ConnectionReauthRequired =>
        ConnectionReauthRequired = "connection_reauth_required",
    domain::health::ProblemKind::CalendarUngranted => CalendarUngranted = "calendar_ungranted",
    domain::health::ProblemKind::CalendarStale => CalendarStale = "calendar_stale",
    domain::health::ProblemKind::SubscriptionLapsed => SubscriptionLapsed = "subscription_lapsed",
    domain::health::ProblemKind::PushLost => PushLost = "push_lost",
    domain::health::ProblemKind::CalendarPolled => CalendarPolled = "calendar_polled"
);

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema;

    use super::*;

    fn words<T: PartialSchema>() -> serde_json::Value {
        let schema = serde_json::to_value(T::schema()).expect("a schema");
        schema["enum"].clone()
    }

    /// The document is made by another macro than the answers, and did not see the words once.
    #[test]
    fn the_document_has_the_words_that_are_answered() {
        let written = |values: &[Scope]| serde_json::to_value(values).expect("words");
        let scopes = domain::api_key::Scope::ALL.map(Scope::from);

        assert_eq!(words::<Scope>(), written(&scopes));
        assert_eq!(words::<Push>()[0], "proven");
        assert_eq!(words::<PolledBecause>()[0], "push_refused");
    }
}
