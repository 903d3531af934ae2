//! Access tokens that end, and grants that are withdrawn.

use aws::connections::{Connection, State};
use domain::inbox::Status;
use domain::{ConnectionId, Provider};
use providers::grant::Grant;
use simulator::{Delegation, Fault, Settings, TokenError};
use testkit::World;
use testkit::world::ACCOUNT;

use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::paging::slice;
use crate::scenarios::scene::{
    arrives, clean, clean_with, dead_letters, hours, inbox, last_outcome, minutes, runs,
    said_since, settled, settled_from_nothing, small_pages,
};

for_both! {
    an_access_token_that_ends_during_a_long_read_is_renewed,
    an_access_token_that_ends_before_its_time_is_replaced_at_once,
    access_tokens_that_last_a_minute_are_enough,
    a_withdrawn_grant_suspends_the_calendar_and_keeps_its_hints,
    a_grant_withdrawn_during_a_long_read_loses_nothing,
    only_a_withdrawn_grant_needs_its_owner,
    an_owner_who_connects_again_while_the_old_grant_is_refused_need_not_do_so_twice,
    an_owner_who_connects_again_and_again_with_bad_grants_is_not_asked_to_by_the_last_of_them,
    a_grant_to_act_for_the_owner_will_do;
    only google:
        a_delegation_that_is_taken_away_is_failing_and_is_no_owners_business,
}

/// Puts another grant into the world's connection, as connecting again would.
pub(crate) async fn replace(world: &World, grant: &Grant) {
    let connector = &world.connector;
    let sealed = connector
        .credentials
        .seal(world.organization, world.connection, &grant.to_json())
        .await
        .expect("a healthy AWS");
    let connection = Connection {
        organization: world.organization,
        id: world.connection,
        provider: world.provider,
        state: State::Active,
        grant: sealed,
        created_at: world.now(),
        recovering_since: None,
    };
    let stored = connector.connections.put(&connection).await;
    stored.expect("a healthy AWS");
}

async fn state(world: &World, connection: ConnectionId) -> State {
    let connections = &world.connector.connections;
    let found = connections.get(world.organization, connection).await;
    found.expect("a healthy AWS").expect("a connection").state
}

async fn an_access_token_that_ends_during_a_long_read_is_renewed(provider: Provider) {
    let (world, key) = clean_with(provider, small_pages(3)).await;
    for n in 0..12 {
        world.put(meeting(&format!("Event {n}")));
    }
    world.deliver().await;
    assert!(slice(&world).await);
    let bought = world.tokens_asked();

    world.advance(hours(2));
    world.sweep().await;
    settled_from_nothing(&world, key).await;

    assert!(world.tokens_asked() > bought);
    assert_eq!(inbox(&world, key).await.fails, 0);
}

async fn an_access_token_that_ends_before_its_time_is_replaced_at_once(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.put(meeting("Warm-up"));
    settled(&world, key).await;
    world.put(meeting("Budget"));
    world.deliver().await;

    // By the provider's clock it has ended, by ours it has not.
    world.google.advance(hours(1));
    world.work().await;

    assert_eq!(last_outcome(&world, key).await, "finished");
    assert_eq!(inbox(&world, key).await.fails, 0);
    let log = world.google.request_log();
    let refused = log
        .iter()
        .find(|entry| entry.endpoint == world.page_endpoint() && entry.status == 401);
    assert_eq!(refused.map(|entry| entry.count), Some(1));
    settled_from_nothing(&world.with_fresh_sandboxes(), key).await;
}

async fn access_tokens_that_last_a_minute_are_enough(provider: Provider) {
    let (world, key) = clean_with(
        provider,
        Settings {
            access_token_seconds: 60,
            ..Settings::default()
        },
    )
    .await;
    world.put(meeting("Budget"));

    settled_from_nothing(&world, key).await;
}

async fn a_withdrawn_grant_suspends_the_calendar_and_keeps_its_hints(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.revoke();
    world.put(meeting("One"));
    world.deliver().await;
    world.settle().await;

    let suspended = inbox(&world, key).await;
    assert_eq!(suspended.status, Status::Ungranted);
    assert_eq!(suspended.lease, None);
    assert!(suspended.is_dirty(), "what is owed stays owed");
    assert_eq!(state(&world, world.connection).await, State::ReauthRequired);

    // Hints are counted, and nothing is asked of the provider.
    let asked = world.pages_asked();
    let bought = world.tokens_asked();
    for title in ["Two", "Three"] {
        world.put(meeting(title));
        arrives(&world).await;
        world.settle().await;
    }
    world.advance(hours(30));
    world.sweep().await;
    world.settle().await;
    assert_eq!(inbox(&world, key).await.status, Status::Ungranted);
    assert!(inbox(&world, key).await.req >= suspended.req + 2);
    assert_eq!(world.pages_asked(), asked);
    assert_eq!(world.tokens_asked(), bought);
    assert_eq!(dead_letters(&world, key).await.len(), 0);

    // The owner connects again; one read covers everything.
    replace(&world, &world.consent(ACCOUNT)).await;
    let world = world.with_fresh_sandboxes();
    let before = runs(&world, key).await.len();
    let inboxes = &world.sync.syncer.inboxes;
    let resumed = inboxes.resume(key, Status::Ungranted, world.now()).await;
    assert!(matches!(resumed, Ok(aws::inbox::Answer::Done(..))));
    world.advance(minutes(1));
    world.sweep().await;
    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await, ["event.created"; 3]);
    // The read that was begun before answers for the first hint, a trailing one for the others,
    // and its echo finds nothing.
    assert!(runs(&world, key).await.len() <= before + 3);
}

async fn a_grant_withdrawn_during_a_long_read_loses_nothing(provider: Provider) {
    let (world, key) = clean_with(provider, small_pages(3)).await;
    for n in 0..12 {
        world.put(meeting(&format!("Event {n}")));
    }
    world.deliver().await;
    assert!(slice(&world).await);
    world.revoke();
    world.settle().await;
    assert_eq!(inbox(&world, key).await.status, Status::Ungranted);

    replace(&world, &world.consent(ACCOUNT)).await;
    let world = world.with_fresh_sandboxes();
    let inboxes = &world.sync.syncer.inboxes;
    let resumed = inboxes.resume(key, Status::Ungranted, world.now()).await;
    assert!(matches!(resumed, Ok(aws::inbox::Answer::Done(..))));
    world.advance(minutes(1));
    world.sweep().await;

    settled_from_nothing(&world, key).await;
}

async fn an_owner_who_connects_again_while_the_old_grant_is_refused_need_not_do_so_twice(
    provider: Provider,
) {
    let (world, key) = clean(provider).await;
    world.revoke();
    world.put(meeting("Budget"));
    world.deliver().await;
    let message = world.cloud.receive("test-interactive").expect("a message");
    let fresh = world.with_fresh_sandboxes();
    let asked = world.tokens_asked();

    let mut work = std::pin::pin!(fresh.work_on(&message));
    let mut is_connected = false;
    let acknowledged = loop {
        tokio::select! {
            biased;
            acknowledged = &mut work => break acknowledged,
            () = tokio::task::yield_now() => {
                if !is_connected && world.tokens_asked() > asked {
                    replace(&world, &world.consent(ACCOUNT)).await;
                    is_connected = true;
                }
            }
        }
    };

    assert!(acknowledged && is_connected);
    world.cloud.delete("test-interactive", &message);
    assert_eq!(inbox(&world, key).await.status, Status::Active);
    assert_eq!(state(&world, world.connection).await, State::Active);
    settled_from_nothing(&fresh, key).await;
}

/// Each grant was refused after it had been replaced, so nothing is known of the one that is there.
async fn an_owner_who_connects_again_and_again_with_bad_grants_is_not_asked_to_by_the_last_of_them(
    provider: Provider,
) {
    let (world, key) = clean(provider).await;
    world.revoke();
    world.put(meeting("Budget"));
    world.deliver().await;
    let message = world.cloud.receive("test-interactive").expect("a message");
    let fresh = world.with_fresh_sandboxes();
    let mut asked = world.tokens_asked();
    let mut replaced = 0;

    let mut work = std::pin::pin!(fresh.work_on(&message));
    let acknowledged = loop {
        tokio::select! {
            biased;
            acknowledged = &mut work => break acknowledged,
            () = tokio::task::yield_now() => {
                if world.tokens_asked() > asked {
                    asked = world.tokens_asked();
                    replaced += 1;
                    replace(&world, &world.consent(ACCOUNT)).await;
                    world.revoke();
                }
            }
        }
    };

    assert!(!acknowledged, "the message comes back");
    assert_eq!(replaced, 2);
    assert_eq!(inbox(&world, key).await.status, Status::Active);
    assert_eq!(state(&world, world.connection).await, State::Active);
    replace(&world, &world.consent(ACCOUNT)).await;
    settled_from_nothing(&world.with_fresh_sandboxes(), key).await;
}

/// What a token endpoint may say, and whether that means that the owner has to consent again.
fn refusals(provider: Provider) -> Vec<(TokenError, bool)> {
    let (owners, operators): (&[_], &[_]) = match provider {
        Provider::Google => (
            &[TokenError::InvalidGrant, TokenError::InvalidRapt],
            &[
                TokenError::InvalidClient,
                TokenError::DeletedClient,
                TokenError::UnauthorizedClient,
                TokenError::ServerError,
            ],
        ),
        Provider::Microsoft => (
            &[
                TokenError::InvalidGrant,
                TokenError::GrantInactive,
                TokenError::GrantExpired,
                TokenError::SignInFrequency,
                TokenError::ConsentMissing,
                TokenError::UserDisabled,
                TokenError::CodeUsed,
                TokenError::InteractionRequired,
                TokenError::EnrolmentRequired,
                TokenError::ConditionalAccess,
            ],
            &[
                TokenError::InvalidClient,
                TokenError::UnauthorizedClient,
                TokenError::SecretExpired,
                TokenError::InvalidScope,
                TokenError::TemporarilyUnavailable,
                TokenError::TooManyRequests,
                TokenError::ServerError,
            ],
        ),
    };
    let owners = owners.iter().map(|error| (*error, true));
    let operators = operators.iter().map(|error| (*error, false));
    owners.chain(operators).collect()
}

async fn only_a_withdrawn_grant_needs_its_owner(provider: Provider) {
    for (error, owner_is_needed) in refusals(provider) {
        let (world, key) = clean(provider).await;
        let world = world.with_fresh_sandboxes();
        world.google.fault(Fault::TokenEndpoint { error });
        world.put(meeting("Budget"));
        world.deliver().await;
        world.work().await;

        let after = inbox(&world, key).await;
        if owner_is_needed {
            assert_eq!(after.status, Status::Ungranted, "{error:?}");
            continue;
        }
        assert_eq!(after.status, Status::Active, "{error:?}");
        assert_eq!(after.fails, 1, "{error:?}");
        assert_eq!(after.lease, None, "{error:?}");
        assert_eq!(state(&world, world.connection).await, State::Active);
        settled_from_nothing(&world, key).await;
    }
}

/// A world whose connection is a service account that acts for the account's owner.
async fn delegated() -> (World, domain::CalendarKey, String) {
    let mut world = World::start().await;
    let account = world.google.add_service_account();
    world.connection = world
        .keep(&Grant::GoogleServiceAccount {
            client_email: account.client_email.clone(),
            key_id: account.private_key_id,
            private_key_pem: account.private_key_pem.into(),
            subject: ACCOUNT.to_owned(),
        })
        .await;
    let key = world.watch_main().await;
    (world, key, account.client_email)
}

/// A world whose connection is an administrator's consent for all mailboxes of a tenant.
async fn consented() -> (World, domain::CalendarKey) {
    let mut world = World::start_at(Provider::Microsoft, Settings::default()).await;
    let tenant = world.graph.add_mailbox(ACCOUNT).tenant_id;
    world.graph.grant_tenant(&tenant);
    world.connection = world.keep(&Grant::MicrosoftTenant { tenant }).await;
    let key = world.watch_main().await;
    (world, key)
}

async fn a_grant_to_act_for_the_owner_will_do(provider: Provider) {
    let (world, key) = match provider {
        Provider::Google => {
            let (world, key, _) = delegated().await;
            (world, key)
        }
        Provider::Microsoft => consented().await,
    };

    world.put(meeting("Budget"));
    settled_from_nothing(&world, key).await;
    world.advance(hours(3));
    world.put(meeting("Later"));
    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await, ["event.created"; 2]);

    // What it began it may also end.
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");
    world.work().await;
    assert!(world.watches()[0].stopped);
}

async fn a_delegation_that_is_taken_away_is_failing_and_is_no_owners_business(_: Provider) {
    let (world, key, client_email) = delegated().await;
    let nothing = Delegation {
        scopes: Some(Vec::new()),
        subjects: None,
    };
    let taken = world.google.delegate(&client_email, nothing);
    taken.expect("a service account");
    let world = world.with_fresh_sandboxes();
    world.put(meeting("Budget"));
    world.deliver().await;
    world.settle().await;
    assert_eq!(inbox(&world, key).await.status, Status::Active);
    assert!(inbox(&world, key).await.fails >= 5);
    assert_eq!(dead_letters(&world, key).await.len(), 1);

    let given = world.google.delegate(&client_email, Delegation::default());
    given.expect("a service account");
    for _ in 0..14 {
        world.advance(minutes(30));
        world.sweep().await;
        world.work().await;
    }
    settled_from_nothing(&world, key).await;
}
