//! What a notification asks AWS for, by the path it takes.

use std::time::Duration;

use anyhow::ensure;

use crate::bill::Bill;
use crate::cloud::{Cloud, Path};
use crate::notification::Notifications;
use crate::sandbox::{Function, Sandbox};

/// How long DynamoDB takes to answer a call in production. Assumed, as the next one: services
/// publish no figures.
const DYNAMODB: Duration = Duration::from_millis(5);
/// How long SQS takes.
const SQS: Duration = Duration::from_millis(10);

/// What one path costs.
#[derive(Debug)]
pub(crate) struct Cost {
    /// The path.
    pub(crate) path: Path,
    /// What the notification asked for.
    pub(crate) bill: Bill,
    /// What it asked for in a fresh sandbox.
    pub(crate) fresh: Bill,
}

impl Cost {
    /// What the columns of the table of paths are.
    pub(crate) const HEAD: &str =
        "path       calls  fresh  read  write  index  send  billed  $/million  budget";
}

/// Takes every path twice: in a fresh sandbox, and once more.
pub(crate) async fn measure(
    webhook: &Function,
    cloud: &Cloud,
    notifications: &mut Notifications,
) -> anyhow::Result<Vec<Cost>> {
    let mut costs = Vec::new();
    for path in [Path::Forged, Path::Repeated, Path::Coalesced, Path::Leading] {
        cloud.prepare(path);
        let mut sandbox = Sandbox::start(webhook, cloud).await?;
        let fresh = once(&mut sandbox, path, cloud, notifications).await?;
        let bill = once(&mut sandbox, path, cloud, notifications).await?;
        costs.push(Cost { path, bill, fresh });
    }
    Ok(costs)
}

async fn once(
    sandbox: &mut Sandbox,
    path: Path,
    cloud: &Cloud,
    notifications: &mut Notifications,
) -> anyhow::Result<Bill> {
    let (event, expected) = match path {
        Path::Forged => (Notifications::forged(), 401),
        Path::Repeated | Path::Coalesced | Path::Leading => (notifications.authentic(), 200),
    };
    let before = cloud.bill();
    let answer = sandbox.invoke(event).await?;
    ensure!(
        answer.status == expected,
        "{path:?} was answered {} instead of {expected}",
        answer.status
    );
    Ok(cloud.bill() - before)
}

/// How long a notification on this path waits for AWS: one call after the other, except that the
/// record and the message of a leading one go out together.
pub(crate) const fn waiting(path: Path) -> Duration {
    match path {
        Path::Forged => Duration::ZERO,
        Path::Repeated => DYNAMODB,
        Path::Coalesced => DYNAMODB.saturating_mul(3),
        Path::Leading => DYNAMODB.saturating_mul(2).saturating_add(SQS),
    }
}
