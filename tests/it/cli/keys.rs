//! The organization and its keys.

use domain::Provider;

use super::office::Office;

#[tokio::test]
async fn keys_are_created_listed_and_revoked() {
    let office = Office::open(Provider::Google).await;

    office.types("org show").await;
    office.types("org show --json").await;
    let created = office.types("keys create dashboard --scope viewer").await;
    let secret = created.out.trim().to_owned();
    office.types("keys create ci --scope operator --json").await;
    let listed = office.types("keys list").await;
    office.types("keys list --json").await;

    let id = listed
        .out
        .lines()
        .find(|line| line.ends_with("dashboard"))
        .and_then(|line| line.split_whitespace().next())
        .expect("the new key")
        .to_owned();
    let asked = office.with_key(&secret, &["calendar", "list"]).await;
    assert_eq!(asked.status, 0, "{asked:?}");
    let refused = office.with_key(&secret, &["keys", "list"]).await;
    assert_eq!(refused.status, 1);
    assert_eq!(
        refused.notes,
        "calwatch: the key does not allow this: use a key whose scope is at least admin\n"
    );
    office.types(&format!("keys revoke {id} --dry-run")).await;
    office.types(&format!("keys revoke {id}")).await;
    office.types(&format!("keys revoke {id}")).await;
    office.types("keys list").await;

    insta::assert_snapshot!("cli-keys", office.transcript());
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_in_one_line() {
    let office = Office::open(Provider::Google).await;
    let forged = format!("cw_{}_{}", "0".repeat(26), "A".repeat(43));

    let refused = office.with_key(&forged, &["org", "show"]).await;

    assert_eq!(refused.status, 1);
    assert_eq!(
        refused.notes,
        "calwatch: no valid key: send a key that was not revoked: Authorization: Bearer cw_…\n"
    );
}
