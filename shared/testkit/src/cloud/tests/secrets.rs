//! Secrets Manager: versions and their stages.

use aws_sdk_secretsmanager as secretsmanager;

use crate::Cloud;

async fn get(secrets: &secretsmanager::Client, stage: &str) -> Option<String> {
    let get = secrets
        .get_secret_value()
        .secret_id("keys")
        .version_stage(stage);
    let got = get.send().await;
    got.ok().and_then(|it| it.secret_string)
}

#[tokio::test]
async fn a_new_value_becomes_current_and_the_old_one_previous() {
    let cloud = Cloud::start().await;
    let secrets = secretsmanager::Client::new(&cloud.sdk_config());

    let create = secrets.create_secret().name("keys").secret_string("one");
    create.send().await.unwrap();
    let put = secrets
        .put_secret_value()
        .secret_id("keys")
        .secret_string("two");
    put.send().await.unwrap();

    assert_eq!(get(&secrets, "AWSCURRENT").await.as_deref(), Some("two"));
    assert_eq!(get(&secrets, "AWSPREVIOUS").await.as_deref(), Some("one"));
    assert_eq!(cloud.secret("keys").as_deref(), Some("two"));
}

#[tokio::test]
async fn a_test_can_put_and_see_a_secret() {
    let cloud = Cloud::start().await;
    let secrets = secretsmanager::Client::new(&cloud.sdk_config());

    cloud.put_secret("keys", "one");

    assert_eq!(get(&secrets, "AWSCURRENT").await.as_deref(), Some("one"));
    assert_eq!(get(&secrets, "AWSPREVIOUS").await, None);
}

#[tokio::test]
async fn unknown_secrets_and_second_creations_are_refused() {
    let cloud = Cloud::start().await;
    let secrets = secretsmanager::Client::new(&cloud.sdk_config());
    cloud.put_secret("keys", "one");

    let unknown = secrets.get_secret_value().secret_id("other").send().await;
    let create = secrets.create_secret().name("keys").secret_string("two");
    let second = create.send().await;

    let unknown = unknown.unwrap_err().into_service_error();
    let second = second.unwrap_err().into_service_error();
    assert!(unknown.is_resource_not_found_exception());
    assert!(second.is_resource_exists_exception());
}
