//! What was measured, as text.

use std::time::Duration;

use crate::paths::{self, Cost};
use crate::prices::{billed, dollars_per_million};
use crate::sandbox::Function;
use crate::starts::{self, Start};
use crate::statistics::{median, ratio, spread};
use crate::table::{Row, budget, megabytes, milliseconds};
use crate::warm::{self, Subject, Warm};
use crate::{cloud, process};

/// Prints everything. `functions` and `starts` go together; the second is the floor, the third the
/// webhook. `slow` has those that answer notifications, in the same order.
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
pub(crate) fn print(
    functions: &[&Function],
    starts: &[Start],
    slow: &anyhow::Result<Vec<Duration>>,
    warm: &Warm,
    paths: &[Cost],
) {
    println!("{}", process::machine());
    if cfg!(debug_assertions) {
        println!("A debug build: the times mean nothing.");
    }
    println!(
        "Medians of {} starts and of {} notifications, in turn; AWS is this process and\n\
         answers at once, over plain HTTP. The middle half of the floor's starts lies\n\
         within {:.0} %, of its CPU within {:.0} %: smaller differences are noise.\n",
        starts::ROUNDS,
        warm::NOTIFICATIONS,
        100.0 * spread(&starts[1].wall),
        100.0 * spread(&warm.floor.cpu),
    );
    println!(
        "{:<36}{:>12}{:>10}   {}",
        "figure", "value", "× floor", "budget"
    );
    let mut rows = start_rows(functions, starts);
    rows.extend(first_rows(functions, starts));
    rows.extend(slow_rows(functions, slow));
    rows.extend(warm_rows(warm));
    rows.extend(size_rows(functions));
    for row in rows {
        println!("{row}");
    }
    println!();
    print_paths(warm, paths);
}

fn start_rows(functions: &[&Function], starts: &[Start]) -> Vec<Row> {
    let floor = &starts[1];
    let mut rows = Vec::new();
    for (function, start) in functions.iter().zip(starts) {
        let value = median(&start.wall);
        let parts = ratio(value, median(&floor.wall));
        rows.push(Row {
            name: format!("start, {}", function.name),
            value: milliseconds(value),
            ratio: Some(parts),
            budget: is_webhook(function).then(|| ("≤ 1.25 ×".to_owned(), parts <= 1.25)),
        });
    }
    for (function, start) in functions.iter().zip(starts) {
        let value = median(&start.cpu);
        rows.push(Row {
            name: format!("CPU of a start, {}", function.name),
            value: milliseconds(value),
            ratio: Some(ratio(value, median(&floor.cpu))),
            budget: None,
        });
    }
    rows
}

fn first_rows(functions: &[&Function], starts: &[Start]) -> Vec<Row> {
    let floor = starts[1].first().unwrap_or_default();
    let firsts = functions.iter().zip(starts);
    let firsts = firsts.filter_map(|(function, start)| Some((function, start.first()?)));
    firsts
        .map(|(function, first)| Row {
            name: format!("start and first answer, {}", function.name),
            value: milliseconds(first),
            ratio: Some(ratio(first, floor)),
            budget: None,
        })
        .collect()
}

fn slow_rows(functions: &[&Function], slow: &anyhow::Result<Vec<Duration>>) -> Vec<Row> {
    let slow = match slow {
        Ok(slow) => slow,
        Err(error) => {
            return vec![Row {
                name: format!("… with 128 MB: not measured, {error:#}"),
                value: String::new(),
                ratio: None,
                budget: None,
            }];
        }
    };
    let answering = functions.iter().filter(|function| function.answers());
    let rows = answering.zip(slow).map(|(function, value)| Row {
        name: format!("… with 7 % of a CPU, {}", function.name),
        value: milliseconds(*value),
        ratio: Some(ratio(*value, slow[1])),
        budget: is_webhook(function)
            .then(|| ("≤ 40 ms".to_owned(), *value <= Duration::from_millis(40))),
    });
    rows.collect()
}

fn warm_rows(warm: &Warm) -> Vec<Row> {
    let floor = median(&warm.floor.cpu);
    let subjects: [(&str, &Subject, bool); 4] = [
        ("hello", &warm.hello, false),
        ("floor", &warm.floor, false),
        ("coalesced", &warm.coalesced, true),
        ("leading", &warm.leading, true),
    ];
    let cpu = subjects.map(|(name, subject, is_ours)| {
        let value = median(&subject.cpu);
        Row {
            name: format!("CPU of a notification, {name}"),
            value: milliseconds(value),
            ratio: Some(ratio(value, floor)),
            budget: is_ours.then(|| ("≤ 0.7 ms".to_owned(), value <= Duration::from_micros(700))),
        }
    });
    let memory = subjects.map(|(name, subject, is_ours)| Row {
        name: format!("memory after {}, {name}", warm::NOTIFICATIONS),
        value: megabytes(subject.memory),
        ratio: Some(parts(subject.memory, warm.floor.memory)),
        budget: is_ours.then(|| ("≤ 20 MB".to_owned(), subject.memory <= 20_000_000)),
    });
    cpu.into_iter().chain(memory).collect()
}

fn size_rows(functions: &[&Function]) -> Vec<Row> {
    let floor = functions[1].size;
    let rows = functions.iter().map(|function| Row {
        name: format!("binary, {}", function.name),
        value: megabytes(function.size),
        ratio: Some(parts(function.size, floor)),
        budget: None,
    });
    rows.collect()
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn print_paths(warm: &Warm, paths: &[Cost]) {
    println!(
        "{:<11}{:>6}{:>7}{:>6}{:>6}{:>7}{:>6}{:>8}{:>11}   {}",
        "path", "calls", "fresh", "read", "write", "index", "send", "billed", "$/million", "budget",
    );
    for Cost { path, bill, fresh } in paths {
        let (name, calls, dollars, cpu) = match path {
            // Less than this; it is not worth a measurement of its own.
            cloud::Path::Forged => ("forged", 0, None, &warm.coalesced.cpu),
            cloud::Path::Repeated => ("repeated", 1, None, &warm.coalesced.cpu),
            cloud::Path::Coalesced => ("coalesced", 3, Some(3.3), &warm.coalesced.cpu),
            cloud::Path::Leading => ("leading", 4, Some(4.4), &warm.leading.cpu),
        };
        let time = billed(paths::waiting(*path), median(cpu));
        let cost = dollars_per_million(bill, time);
        let limit = match dollars {
            Some(dollars) => (
                format!("{calls}, ≤ {dollars:.2}"),
                bill.calls <= calls && cost <= dollars,
            ),
            None => (calls.to_string(), bill.calls <= calls),
        };
        println!(
            "{name:<11}{:>6}{:>7}{:>6}{:>6}{:>7}{:>6}{:>5} ms{cost:>11.2}   {}",
            bill.calls,
            fresh.calls,
            bill.reads,
            bill.writes,
            bill.index_writes,
            bill.messages,
            time.as_millis(),
            budget(Some(&limit)),
        );
    }
    println!(
        "\ncalls: to AWS, and in a fresh sandbox, which fetches the key. read, write: units\n\
         of DynamoDB, those that only an index causes again on their own (the record is\n\
         listed by day; a clean calendar becomes due). billed: measured CPU, and 5 ms for\n\
         DynamoDB and 10 ms for SQS, which are assumed. Prices: us-east-1, 2026, arm64,\n\
         256 MB, without logs; the run that follows is not in them."
    );
}

fn is_webhook(function: &Function) -> bool {
    function.name == "google-webhook"
}

#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
fn parts(value: u64, floor: u64) -> f64 {
    value as f64 / floor as f64
}
