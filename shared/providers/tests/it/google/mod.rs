//! Google Calendar.

mod calendar;
mod channels;
mod fixtures;
mod grants;
mod hostile;

use domain::{EventId, Provider};
use providers::grant::{AccessToken, Grant, OAuthClient, Proof};
use providers::{Ask, Place, Wish};

use crate::{CALENDAR, SUBSCRIPTION, now};

fn fixture(name: &str) -> String {
    crate::fixture("google", name)
}

fn access() -> AccessToken {
    AccessToken::new("ya29.a0-test-access-token".into(), now())
}

fn place<'a>(external_id: &'a str, access: &'a AccessToken) -> Place<'a> {
    crate::place(Provider::Google, external_id, access)
}

fn wish<'a>(token: &'a str, address: &'a str) -> Wish<'a> {
    Wish {
        subscription: SUBSCRIPTION,
        token,
        address,
    }
}

fn ask(provider_id: &str) -> Ask {
    Ask::Event {
        id: EventId::of(CALENDAR, provider_id),
        provider_id: provider_id.to_owned(),
    }
}

fn oauth() -> OAuthClient {
    OAuthClient {
        id: "481516234200-test.apps.googleusercontent.com".to_owned(),
        proof: Proof::Secret("GOCSPX-test".into()),
    }
}

fn consent() -> Grant {
    Grant::GoogleRefreshToken {
        refresh_token: "1//0g-test-refresh-token".into(),
    }
}
