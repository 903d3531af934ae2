//! Start and first request: each function many times, in turn, so that all meet the same noise.

use std::time::Duration;

use crate::cloud::{Cloud, Path};
use crate::notification::Notifications;
use crate::sandbox::{Function, Role, Sandbox};

/// How often each is started.
pub(crate) const ROUNDS: usize = 25;

/// What starting one function took, a value per round.
#[derive(Debug)]
pub(crate) struct Start<'f> {
    /// Which.
    pub(crate) function: &'f Function,
    /// From the start of the process to its first question.
    pub(crate) wall: Vec<Duration>,
    /// The CPU time of that.
    pub(crate) cpu: Vec<Duration>,
    /// From the start of the process to its first answer; none for what answers no requests.
    pub(crate) first: Vec<Duration>,
}

/// Starts every function [`ROUNDS`] times.
pub(crate) async fn measure<'f>(
    functions: &'f [Function],
    cloud: &Cloud,
    notifications: &mut Notifications,
) -> anyhow::Result<Vec<Start<'f>>> {
    cloud.prepare(Path::Leading);
    let mut starts: Vec<Start> = functions.iter().map(Start::of).collect();
    // The first round reads the binaries from the disk and does not count.
    for round in 0..=ROUNDS {
        for start in &mut starts {
            let one = once(start.function, cloud, notifications).await?;
            if round == 0 {
                continue;
            }
            start.wall.push(one.wall);
            start.cpu.push(one.cpu);
            start.first.extend(one.first);
        }
    }
    Ok(starts)
}

impl<'f> Start<'f> {
    fn of(function: &'f Function) -> Self {
        Self {
            function,
            wall: Vec::new(),
            cpu: Vec::new(),
            first: Vec::new(),
        }
    }
}

struct One {
    wall: Duration,
    cpu: Duration,
    first: Option<Duration>,
}

async fn once(
    function: &Function,
    cloud: &Cloud,
    notifications: &mut Notifications,
) -> anyhow::Result<One> {
    let mut sandbox = Sandbox::start(function, cloud).await?;
    let cpu = sandbox.cpu()?;
    let first = match function.role {
        Role::Hello | Role::Floor | Role::Webhook => {
            let answer = sandbox.invoke(notifications.authentic()).await?;
            Some(answer.since_start)
        }
        Role::Worker => None,
    };
    Ok(One {
        wall: sandbox.started_in,
        cpu,
        first,
    })
}
