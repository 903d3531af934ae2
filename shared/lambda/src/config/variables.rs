//! Every variable that some function reads.

/// One variable, for people.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is if it is not set; none means that it must be.
    pub default: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
}

const fn variable(
    name: &'static str,
    default: Option<&'static str>,
    meaning: &'static str,
) -> Variable {
    Variable {
        name,
        default,
        meaning,
    }
}

/// Every variable that some function reads; the README's table.
pub const VARIABLES: &[Variable] = &[
    variable(
        "WEBHOOK_DOMAIN",
        None,
        "https origin of the callback URLs that providers are given",
    ),
    variable(
        "WEBHOOK_DEDUPLICATION_MINUTES",
        Some("1440"),
        "how long an identical delivery is recognised; never suppresses a different notification",
    ),
    variable(
        "SYNC_MAX_DELAY_SECONDS",
        Some("60"),
        "longest delay between two runs of a calendar under a storm",
    ),
    variable(
        "SYNC_WINDOW_PAST_DAYS",
        Some("30"),
        "how far back an Outlook calendar is read; Google needs no window",
    ),
    variable(
        "SYNC_WINDOW_FUTURE_DAYS",
        Some("365"),
        "how far ahead an Outlook calendar is read",
    ),
    variable(
        "WEBHOOK_SYNC_WINDOW_HOURS",
        Some("0"),
        "the whole window in hours instead, half of it each way; 0 is not used",
    ),
    variable(
        "RETENTION_DAYS_NOTIFICATIONS",
        Some("30"),
        "how long what providers told us is kept",
    ),
    variable(
        "RETENTION_DAYS_CHANGES",
        Some("30"),
        "how long entries of the feed are kept",
    ),
    variable(
        "RETENTION_DAYS_RUNS",
        Some("30"),
        "how long records of runs are kept",
    ),
    variable(
        "RETENTION_DAYS_DEAD_LETTERS",
        Some("90"),
        "how long dead letters are kept",
    ),
    variable(
        "GOOGLE_API_BASE_URL",
        Some("https://www.googleapis.com"),
        "where Google Calendar is; a simulator in tests",
    ),
    variable(
        "GOOGLE_TOKEN_URL",
        Some("https://oauth2.googleapis.com/token"),
        "where Google's access tokens are had",
    ),
    variable(
        "GOOGLE_OAUTH_SECRET_ID",
        None,
        "secret with our OAuth client at Google",
    ),
    variable(
        "MICROSOFT_GRAPH_BASE_URL",
        Some("https://graph.microsoft.com"),
        "where Microsoft Graph is; a simulator in tests",
    ),
    variable(
        "MICROSOFT_LOGIN_BASE_URL",
        Some("https://login.microsoftonline.com"),
        "where Microsoft's access tokens are had",
    ),
    variable(
        "MICROSOFT_OAUTH_SECRET_ID",
        None,
        "secret with our app registration at Microsoft",
    ),
    variable(
        "TOKEN_KEYS_SECRET_ID",
        None,
        "secret with the keys of channel tokens",
    ),
    variable("KMS_KEY_ID", None, "key that seals grants"),
    variable("TABLE_CALENDARS", None, "table of inboxes and feeds"),
    variable(
        "TABLE_SUBSCRIPTIONS",
        None,
        "table of channels and subscriptions",
    ),
    variable("TABLE_NOTIFICATIONS", None, "table of notifications"),
    variable("TABLE_EVENTS", None, "table of mirrored events"),
    variable("TABLE_CHANGES", None, "table of feed entries"),
    variable("TABLE_CONNECTIONS", None, "table of grants"),
    variable("TABLE_ORGANIZATIONS", None, "table of tenants"),
    variable(
        "TABLE_API_KEYS",
        None,
        "table of the keys of the management API",
    ),
    variable(
        "TABLE_IDEMPOTENCY",
        None,
        "table of requests that may be repeated",
    ),
    variable("TABLE_RUNS", None, "table of runs"),
    variable("TABLE_DEAD_LETTERS", None, "table of dead letters"),
    variable("TABLE_MAILBOXES", None, "table of how busy mailboxes are"),
    variable(
        "QUEUE_INTERACTIVE_URL",
        None,
        "queue of what somebody waits for",
    ),
    variable("QUEUE_BULK_URL", None, "queue of long work"),
    variable(
        "QUEUE_DEAD_LETTERS_URL",
        None,
        "queue of messages nobody could read",
    ),
    variable("EVENT_BUS_NAME", None, "bus that product code listens on"),
    variable(
        "LOG_LEVEL",
        Some("info"),
        "error, warn, info, debug or trace",
    ),
    variable(
        "AWS_ENDPOINT_URL",
        Some("AWS"),
        "an emulator, as the AWS SDK defines it",
    ),
];
