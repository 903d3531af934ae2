//! KMS: what it seals, under which context.

use aws_sdk_kms as kms;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;

use crate::Cloud;

async fn cloud() -> (Cloud, kms::Client) {
    let cloud = Cloud::start().await;
    cloud.create_key("credentials");
    let keys = kms::Client::new(&cloud.sdk_config());
    (cloud, keys)
}

async fn encrypt(keys: &kms::Client, text: &str, connection: &str) -> Blob {
    let encrypt = keys.encrypt().key_id("alias/credentials");
    let encrypt = encrypt.plaintext(Blob::new(text));
    let encrypt = encrypt
        .encryption_context("organization", "org_1")
        .encryption_context("connection", connection);
    encrypt.send().await.unwrap().ciphertext_blob.unwrap()
}

fn decrypt(
    keys: &kms::Client,
    sealed: &Blob,
) -> kms::operation::decrypt::builders::DecryptFluentBuilder {
    keys.decrypt().ciphertext_blob(sealed.clone())
}

#[tokio::test]
async fn what_was_encrypted_is_decrypted_under_the_same_context() {
    let (_cloud, keys) = cloud().await;

    let sealed = encrypt(&keys, "refresh token", "con_1").await;
    let opened = decrypt(&keys, &sealed)
        .key_id("arn:aws:kms:us-east-1:000000000000:key/credentials")
        .encryption_context("connection", "con_1")
        .encryption_context("organization", "org_1");
    let opened = opened.send().await.unwrap().plaintext.unwrap();

    assert_eq!(opened.as_ref(), b"refresh token");
    let bytes = sealed.as_ref();
    assert!(!bytes.windows(7).any(|it| it == b"refresh"));
    assert_ne!(sealed, encrypt(&keys, "refresh token", "con_1").await);
}

#[tokio::test]
async fn another_context_opens_nothing() {
    let (_cloud, keys) = cloud().await;
    let sealed = encrypt(&keys, "refresh token", "con_1").await;

    let without = decrypt(&keys, &sealed);
    let other = decrypt(&keys, &sealed)
        .encryption_context("organization", "org_1")
        .encryption_context("connection", "con_2");

    for attempt in [without, other] {
        let refused = attempt.send().await.unwrap_err().into_service_error();
        assert!(refused.is_invalid_ciphertext_exception(), "{refused:?}");
    }
}

#[tokio::test]
async fn a_changed_ciphertext_opens_nothing() {
    let (_cloud, keys) = cloud().await;
    let sealed = encrypt(&keys, "refresh token", "con_1").await;

    let mut changed = sealed.into_inner();
    *changed.last_mut().unwrap() ^= 1;
    let refused = decrypt(&keys, &Blob::new(changed)).send().await;
    let noise = decrypt(&keys, &Blob::new("noise")).send().await;

    for refused in [refused, noise] {
        let refused = refused.unwrap_err().into_service_error();
        assert!(refused.is_invalid_ciphertext_exception());
    }
}

#[tokio::test]
async fn a_data_key_comes_open_and_sealed() {
    let (_cloud, keys) = cloud().await;

    let made = keys.generate_data_key().key_id("credentials");
    let made = made
        .key_spec(DataKeySpec::Aes256)
        .encryption_context("a", "b");
    let made = made.send().await.unwrap();
    let opened = decrypt(&keys, &made.ciphertext_blob.unwrap());
    let opened = opened.encryption_context("a", "b").send().await.unwrap();

    assert_eq!(opened.plaintext, made.plaintext);
    assert_eq!(made.plaintext.unwrap().as_ref().len(), 32);
}

#[tokio::test]
async fn an_unknown_key_is_refused() {
    let (_cloud, keys) = cloud().await;

    let encrypt = keys
        .encrypt()
        .key_id("alias/other")
        .plaintext(Blob::new("a"));
    let refused = encrypt.send().await.unwrap_err().into_service_error();

    assert!(refused.is_not_found_exception());
}
