//! The first request of a function with 128 MB, which has 7 % of a CPU: Linux gives it no more.
//!
//! That takes a control group, and thus usually root; without, the figure is left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;

use crate::cloud::{self, Cloud};
use crate::notification::Notifications;
use crate::sandbox::{Function, Role, Sandbox};
use crate::statistics::median;

/// How often each function is started.
const ROUNDS: usize = 7;

/// The length of a turn in microseconds, Linux's default.
const PERIOD: u64 = 100_000;
/// How much of it a function with 128 MB has: one with 1,769 MB has all of it.
const QUOTA: u64 = PERIOD * 128 / 1769;

/// From the start of each function's process to its first answer.
pub(crate) async fn measure<'f>(
    functions: &'f [Function],
    cloud: &Cloud,
    notifications: &mut Notifications,
) -> anyhow::Result<Vec<(&'f Function, Duration)>> {
    cloud.prepare(cloud::Path::Leading);
    let answering = functions.iter().filter(|it| it.role != Role::Worker);
    let mut measured: Vec<_> = answering.map(|it| (it, Vec::new())).collect();
    for _ in 0..ROUNDS {
        for (function, values) in &mut measured {
            // A new one has its whole share of the turn that has begun.
            let share = Share::new()?;
            let mut sandbox = Sandbox::start_in(function, cloud, Some(&share)).await?;
            let answer = sandbox.invoke(notifications.authentic()).await?;
            values.push(answer.since_start);
        }
    }
    let medians = measured
        .iter()
        .map(|(function, values)| (*function, median(values)));
    Ok(medians.collect())
}

/// A control group that limits the CPU.
pub(crate) struct Share {
    group: PathBuf,
    home: PathBuf,
}

impl Share {
    fn new() -> anyhow::Result<Self> {
        let (root, home) = hierarchy().context("this kernel shares no CPUs out")?;
        let group = root.join(format!("calwatch-bench-{}", std::process::id()));
        fs::create_dir(&group).context("this user may not share the CPU out")?;
        let share = Self { group, home };
        if root.ends_with("unified") || root.join("cgroup.controllers").exists() {
            share.set("cpu.max", &format!("{QUOTA} {PERIOD}"))?;
        } else {
            share.set("cpu.cfs_period_us", &PERIOD.to_string())?;
            share.set("cpu.cfs_quota_us", &QUOTA.to_string())?;
        }
        Ok(share)
    }

    /// Does something in the group. What it starts stays there; this process leaves.
    pub(crate) fn enter_and<T>(&self, work: impl FnOnce() -> T) -> anyhow::Result<T> {
        // Nought is whoever writes it.
        self.set("cgroup.procs", "0")?;
        let done = work();
        fs::write(self.home.join("cgroup.procs"), "0").context("could not leave the group")?;
        Ok(done)
    }

    fn set(&self, name: &str, value: &str) -> anyhow::Result<()> {
        let file = self.group.join(name);
        fs::write(&file, value).with_context(|| format!("could not write {}", file.display()))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // Empty by now; if not, it goes away with the machine.
        let _ = fs::remove_dir(&self.group);
    }
}

/// Where groups that limit the CPU are made, and the one that this process is in.
fn hierarchy() -> Option<(PathBuf, PathBuf)> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = |wanted: fn(&str) -> bool| {
        groups.lines().find_map(|line| {
            let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
            wanted(controllers).then(|| path.trim_start_matches('/').to_owned())
        })
    };
    // The first version has a hierarchy per controller, the second has one for all.
    let (root, path) = match own(|controllers| controllers.split(',').any(|it| it == "cpu")) {
        Some(path) => (Path::new("/sys/fs/cgroup/cpu"), path),
        None => (Path::new("/sys/fs/cgroup"), own(str::is_empty)?),
    };
    Some((root.to_owned(), root.join(path)))
}
