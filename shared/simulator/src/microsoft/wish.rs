//! The subscription a client asks for, as far as that can be judged without the world.

use http::Uri;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::microsoft::calendars::address;
use crate::microsoft::notify::Change;
use crate::microsoft::refusal::Refusal;
use crate::state::State;

const CLIENT_STATE_CHARACTERS: usize = 128;

/// Rich notifications and web push are not simulated.
const NOT_SIMULATED: [&str; 4] = [
    "encryptionCertificate",
    "encryptionCertificateId",
    "includeResourceData",
    "vapidPublicKey",
];

/// What a good request says.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) resource: String,
    pub(crate) calendar: String,
    pub(crate) change_type: String,
    pub(crate) changes: Vec<Change>,
    pub(crate) notification_url: String,
    pub(crate) lifecycle_url: Option<String>,
    pub(crate) client_state: Option<String>,
    pub(crate) tls_version: String,
    pub(crate) expiration: Timestamp,
}

impl Wish {
    pub(crate) fn parse(body: &str) -> Result<Self, Refusal> {
        let body: Value = serde_json::from_str(body)
            .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let needed = |name: &str| {
            let text = text(name).filter(|text| !text.is_empty());
            text.ok_or_else(|| {
                Refusal::validation(&format!("Subscription must contain property '{name}'."))
            })
        };
        if let Some(name) = NOT_SIMULATED.iter().find(|name| {
            let value = body.get(**name).unwrap_or(&Value::Null);
            !value.is_null() && *value != Value::Bool(false)
        }) {
            let message = format!("The simulator does not know {name}");
            return Err(Refusal::bad_request(&message));
        }

        let change_type = needed("changeType")?;
        let resource = needed("resource")?;
        let notification_url = needed("notificationUrl")?;
        check_url(&notification_url)?;
        let lifecycle_url = text("lifecycleNotificationUrl");
        lifecycle_url.as_deref().map_or(Ok(()), check_url)?;
        let client_state = text("clientState");
        let is_long = |state: &String| state.chars().count() > CLIENT_STATE_CHARACTERS;
        if client_state.as_ref().is_some_and(is_long) {
            let message = "Client state cannot exceed 128 characters.";
            return Err(Refusal::validation(message));
        }
        Ok(Self {
            calendar: calendar(&resource)?,
            changes: changes(&change_type)?,
            expiration: instant(&needed("expirationDateTime")?)?,
            tls_version: text("latestSupportedTlsVersion").unwrap_or_else(|| "v1_2".to_owned()),
            resource,
            change_type,
            notification_url,
            lifecycle_url,
            client_state,
        })
    }

    pub(crate) fn allowed_expiration(&self, state: &State) -> Result<Timestamp, Refusal> {
        allowed(state, self.expiration)
    }
}

/// The end a subscription gets if it asks for this one.
pub(crate) fn allowed(state: &State, wanted: Timestamp) -> Result<Timestamp, Refusal> {
    let now = state.time.now();
    let settings = &state.settings.graph;
    let most = settings.max_subscription_minutes;
    if wanted > now + SignedDuration::from_mins(most) {
        let message = format!("Subscription expiration can only be {most} minutes in the future.");
        return Err(Refusal::extension(400, &message));
    }
    if wanted <= now {
        let message = "Subscription expirationDateTime must be in the future.";
        return Err(Refusal::validation(message));
    }
    let least = SignedDuration::from_mins(settings.min_subscription_minutes);
    Ok(wanted.max(now + least))
}

pub(crate) fn instant(text: &str) -> Result<Timestamp, Refusal> {
    text.parse().map_err(|_| {
        Refusal::bad_request(
            "Cannot convert the literal to the expected type 'Edm.DateTimeOffset'.",
        )
    })
}

pub(crate) fn check_url(url: &str) -> Result<(), Refusal> {
    let uri = url.parse::<Uri>().ok();
    let has_host = uri.is_some_and(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    if !url.starts_with("https://") || !has_host {
        let message = format!("Notification URL '{url}' must be a well-formed HTTPS address.");
        return Err(Refusal::validation(&message));
    }
    Ok(())
}

/// `users/{oid}/events`, or `users/{oid}/calendars/{id}/events`.
fn calendar(resource: &str) -> Result<String, Refusal> {
    let parts: Vec<&str> = resource.trim_start_matches('/').split('/').collect();
    match parts[..] {
        ["users", user, "events"] => Ok(address(user, None)),
        ["users", user, "calendars", calendar, "events"] => Ok(address(user, Some(calendar))),
        _ => {
            let message = format!("Resource '{resource}' is not supported.");
            Err(Refusal::extension(400, &message))
        }
    }
}

fn changes(text: &str) -> Result<Vec<Change>, Refusal> {
    let mut changes = Vec::new();
    for name in text.split(',') {
        let change = match name.trim() {
            "created" => Change::Created,
            "updated" => Change::Updated,
            "deleted" => Change::Deleted,
            other => {
                let message = format!("Invalid 'changeType' attribute: '{other}'.");
                return Err(Refusal::validation(&message));
            }
        };
        changes.push(change);
    }
    // The order in which they are named makes no other combination.
    changes.sort();
    changes.dedup();
    Ok(changes)
}
