//! What can be chosen about the simulated Graph before it starts.

use jiff::SignedDuration;

/// The choices Graph is made with; `Default` is what was seen of the real one.
#[derive(Clone, Debug)]
pub struct GraphSettings {
    /// The app registration every mailbox consented to.
    pub client_id: String,
    /// That app's secret.
    pub client_secret: String,
    /// Let a refresh token work once only. Microsoft's go on working after they were replaced.
    pub one_time_refresh_tokens: bool,
    /// Items on a delta page when the request names no `odata.maxpagesize`.
    pub page_size: usize,
    /// Items on a delta page however many the request asks for.
    pub max_page_size: usize,
    /// Subscriptions on a page of their list.
    pub subscription_page_size: usize,
    /// Also send an `@removed` for each occurrence that was cancelled or went with its series.
    pub removed_occurrences: bool,
    /// Let delta rounds contain series masters; without them a client has to follow `seriesMasterId`.
    pub masters_in_view: bool,
    /// Let plain occurrences in a delta round be stubs; without that they come in full, as documented.
    pub occurrence_stubs: bool,
    /// How many requests one mailbox answers at once.
    pub mailbox_concurrency: usize,
    /// How far away a subscription may end. Ten less than documented, as the real service has it.
    pub max_subscription_minutes: i64,
    /// A subscription that would end sooner is made to end then.
    pub min_subscription_minutes: i64,
    /// Active subscriptions of one mailbox, of all apps together.
    pub max_subscriptions: usize,
    /// The text of every handshake's token, before it is encoded.
    pub handshake_token: Option<String>,
    /// How long an answer to a handshake is awaited, on the wall clock.
    pub handshake_timeout: std::time::Duration,
    /// Notifications in one POST.
    pub notifications_per_post: usize,
    /// Let notifications have an `id` of their own.
    pub notification_ids: bool,
    /// Hold notifications back while the access token behind a subscription has expired.
    pub pause_when_stale: bool,
    /// The pause before the first retry; it doubles after that.
    pub retry_first: SignedDuration,
    /// The longest pause between two retries.
    pub retry_longest: SignedDuration,
    /// When a notification is given up, counted from its first attempt.
    pub retry_for: SignedDuration,
}

impl Default for GraphSettings {
    fn default() -> Self {
        Self {
            client_id: "simulator-app".to_owned(),
            client_secret: "simulator-app-secret".to_owned(),
            one_time_refresh_tokens: false,
            page_size: 10,
            max_page_size: 1_000,
            subscription_page_size: 100,
            removed_occurrences: false,
            masters_in_view: true,
            occurrence_stubs: true,
            mailbox_concurrency: 4,
            max_subscription_minutes: 10_070,
            min_subscription_minutes: 45,
            max_subscriptions: 1_000,
            handshake_token: None,
            handshake_timeout: std::time::Duration::from_secs(10),
            notifications_per_post: 1_000,
            notification_ids: false,
            pause_when_stale: false,
            retry_first: SignedDuration::from_secs(10),
            retry_longest: SignedDuration::from_mins(30),
            retry_for: SignedDuration::from_hours(4),
        }
    }
}
