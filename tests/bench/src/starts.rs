//! Start and first request: each function many times, in turn, so that all meet the same noise.

use std::time::Duration;

use crate::cloud::{Cloud, Path};
use crate::notification::Notifications;
use crate::sandbox::{Function, Sandbox};
use crate::statistics::median;

/// How often each is started.
pub(crate) const ROUNDS: usize = 25;

/// What starting one function took, a value per round.
#[derive(Debug, Default)]
pub(crate) struct Start {
    /// From the start of the process to its first question.
    pub(crate) wall: Vec<Duration>,
    /// The CPU time of that.
    pub(crate) cpu: Vec<Duration>,
    /// From the start of the process to its first answer; none for what answers no requests.
    pub(crate) first: Vec<Duration>,
}

/// Starts every function [`ROUNDS`] times.
pub(crate) async fn measure(
    functions: &[&Function],
    cloud: &Cloud,
    notifications: &mut Notifications,
) -> anyhow::Result<Vec<Start>> {
    cloud.prepare(Path::Leading);
    let mut starts: Vec<Start> = functions.iter().map(|_| Start::default()).collect();
    // The first round reads the binaries from the disk and does not count.
    for round in 0..=ROUNDS {
        for (function, start) in functions.iter().zip(&mut starts) {
            let one = once(function, cloud, notifications).await?;
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

impl Start {
    /// The middle of the first answers, if there are any.
    pub(crate) fn first(&self) -> Option<Duration> {
        (!self.first.is_empty()).then(|| median(&self.first))
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
    let first = match function.answers() {
        true => Some(sandbox.invoke(notifications.authentic()).await?.since_start),
        false => None,
    };
    Ok(One {
        wall: sandbox.started_in,
        cpu,
        first,
    })
}
