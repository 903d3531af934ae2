//! What Linux knows about a process: the CPU time it used and the memory it holds.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;

/// The CPU time of all threads of a process, to the nanosecond while none of them runs.
///
/// `/proc/<pid>/stat` would count threads that ended, but in steps of ten milliseconds; the
/// functions have one thread.
pub(crate) fn cpu(id: u32) -> anyhow::Result<Duration> {
    let mut nanoseconds = 0;
    for task in fs::read_dir(format!("/proc/{id}/task")).context("the process is gone")? {
        let path = task.context("the process is gone")?.path();
        let text = fs::read_to_string(path.join("schedstat"));
        let text = text.context("this kernel does not count the CPU time of tasks")?;
        let first = text.split_whitespace().next().unwrap_or_default();
        nanoseconds += first.parse::<u64>().context("a schedstat is a number")?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// The most memory a process ever held, in bytes.
pub(crate) fn memory(id: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"));
    let status = status.context("the process is gone")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: u64 = number
        .context("the status of a process names its memory")?
        .parse()
        .context("memory is a number")?;
    Ok(kilobytes * 1024)
}

/// This machine, its name and how busy it is.
pub(crate) fn machine() -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("an unknown CPU", |rest| {
            rest.trim_start_matches([':', '\t', ' '])
        });
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{name}, {} × {cores}, load {load}", std::env::consts::ARCH)
}
