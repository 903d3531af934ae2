//! The CPU time of one warm notification, all calls to AWS included, and the memory it leaves.

use std::time::Duration;

use anyhow::ensure;

use crate::cloud::{Cloud, Path};
use crate::notification::Notifications;
use crate::sandbox::{Function, Sandbox};

/// How many notifications are measured together.
const BLOCK: u32 = 500;
/// How many such blocks each subject has, in turn with the others.
pub(crate) const BLOCKS: u32 = 6;
/// How many notifications each subject has.
pub(crate) const NOTIFICATIONS: u32 = BLOCK * BLOCKS;

/// What was measured.
#[derive(Debug)]
pub(crate) struct Warm {
    /// Without any SDK.
    pub(crate) hello: Subject,
    /// With two calls and no logic.
    pub(crate) floor: Subject,
    /// A notification that another one's read covers.
    pub(crate) coalesced: Subject,
    /// A notification that causes a read.
    pub(crate) leading: Subject,
}

/// One function with one kind of work.
#[derive(Debug)]
pub(crate) struct Subject {
    /// The CPU time of one notification, a value per block.
    pub(crate) cpu: Vec<Duration>,
    /// The most memory it held, in bytes.
    pub(crate) memory: u64,
}

/// Measures all of them.
pub(crate) async fn measure(
    hello: &Function,
    floor: &Function,
    webhook: &Function,
    cloud: &Cloud,
    notifications: &mut Notifications,
) -> anyhow::Result<Warm> {
    let mut hello = Running::start(hello, Path::Leading, cloud).await?;
    let mut floor = Running::start(floor, Path::Leading, cloud).await?;
    let mut coalesced = Running::start(webhook, Path::Coalesced, cloud).await?;
    let mut leading = Running::start(webhook, Path::Leading, cloud).await?;
    // The first block opens connections and fetches keys and does not count.
    for block in 0..=BLOCKS {
        for it in [&mut hello, &mut floor, &mut coalesced, &mut leading] {
            let cpu = it.block(cloud, notifications).await?;
            if block > 0 {
                it.cpu.push(cpu);
            }
        }
    }
    Ok(Warm {
        hello: hello.end()?,
        floor: floor.end()?,
        coalesced: coalesced.end()?,
        leading: leading.end()?,
    })
}

struct Running {
    sandbox: Sandbox,
    path: Path,
    cpu: Vec<Duration>,
}

impl Running {
    async fn start(function: &Function, path: Path, cloud: &Cloud) -> anyhow::Result<Self> {
        Ok(Self {
            sandbox: Sandbox::start(function, cloud).await?,
            path,
            cpu: Vec::new(),
        })
    }

    async fn block(
        &mut self,
        cloud: &Cloud,
        notifications: &mut Notifications,
    ) -> anyhow::Result<Duration> {
        cloud.prepare(self.path);
        let before = self.sandbox.cpu()?;
        for _ in 0..BLOCK {
            let answer = self.sandbox.invoke(notifications.authentic()).await?;
            ensure!(
                answer.status == 200,
                "a notification was answered {}",
                answer.status
            );
        }
        // Only then has it used all the time that the last notification took.
        self.sandbox.settle().await?;
        Ok((self.sandbox.cpu()? - before) / BLOCK)
    }

    fn end(self) -> anyhow::Result<Subject> {
        Ok(Subject {
            memory: self.sandbox.memory()?,
            cpu: self.cpu,
        })
    }
}
