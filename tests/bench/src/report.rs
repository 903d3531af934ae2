//! What was measured, as text.

use std::time::Duration;

use crate::cloud::Path;
use crate::import::Import;
use crate::paths::{self, Cost};
use crate::prices::{billed, dollars_per_million};
use crate::sandbox::{Function, Role};
use crate::starts::{self, Start};
use crate::statistics::{median, spread};
use crate::table::{Row, budget};
use crate::warm::{self, Warm};

/// Everything that was measured.
pub(crate) struct Report<'f> {
    /// On what, before it was busy with this.
    pub(crate) machine: String,
    /// How the functions start.
    pub(crate) starts: Vec<Start<'f>>,
    /// How soon they answer with 7 % of a CPU, if that could be had.
    pub(crate) slow: anyhow::Result<Vec<(&'f Function, Duration)>>,
    /// What a warm notification takes.
    pub(crate) warm: Warm,
    /// What imports of different sizes hold in memory.
    pub(crate) imports: Vec<Import>,
    /// What it asks AWS for.
    pub(crate) paths: Vec<Cost>,
}

impl Report<'_> {
    /// Prints it.
    #[expect(clippy::print_stdout, reason = "this is what the program is for")]
    pub(crate) fn print(&self) {
        println!("{}", self.machine);
        if cfg!(debug_assertions) {
            println!("A debug build: the times mean nothing.");
        }
        println!(
            "Medians of {} starts and {} notifications each, in turn; AWS is this process\n\
             and answers at once, over plain HTTP. The middle half of the floor's starts\n\
             lies within {:.0} %, of its CPU time within {:.0} %: less than that is noise.\n",
            starts::ROUNDS,
            warm::NOTIFICATIONS,
            100.0 * spread(&self.floor().wall),
            100.0 * spread(&self.warm.floor.cpu),
        );
        println!("{}", Row::HEAD);
        let rows = self.starts().into_iter().chain(self.first_answers());
        for row in rows
            .chain(self.notifications())
            .chain(self.imports())
            .chain(self.sizes())
        {
            println!("{row}");
        }
        println!(
            "\nfirst answer: from the start of the process to the answer to a leading\n\
             notification, for which ours fetches its key. of 7 % of a CPU: what 128 MB\n\
             have, in turns of 100 ms.\n"
        );
        self.print_paths();
    }

    fn floor(&self) -> &Start<'_> {
        let mut starts = self.starts.iter();
        let floor = starts.find(|start| start.function.role == Role::Floor);
        floor.expect("the floor is among the functions")
    }

    fn starts(&self) -> Vec<Row> {
        let (wall, cpu) = (median(&self.floor().wall), median(&self.floor().cpu));
        let walls = self.starts.iter().map(|start| {
            let row = Row::time("start", start.function.name, median(&start.wall), wall);
            match start.function.role {
                Role::Webhook => row.at_most_of_floor(1.25),
                Role::Hello | Role::Floor | Role::Worker => row,
            }
        });
        let cpus = self.starts.iter().map(|start| {
            let name = start.function.name;
            Row::time("CPU of a start", name, median(&start.cpu), cpu)
        });
        walls.chain(cpus).collect()
    }

    fn first_answers(&self) -> Vec<Row> {
        let floor = median(&self.floor().first);
        let answering = self.starts.iter().filter(|start| !start.first.is_empty());
        let rows = answering.map(|start| {
            let name = start.function.name;
            Row::time("first answer", name, median(&start.first), floor)
        });
        rows.chain(self.slow_answers()).collect()
    }

    fn slow_answers(&self) -> Vec<Row> {
        let slow = match &self.slow {
            Ok(slow) => slow,
            Err(error) => return vec![Row::missing("of 7 % of a CPU", error)],
        };
        let mut floors = slow.iter().filter(|it| it.0.role == Role::Floor);
        let floor = floors.next().map_or(Duration::ZERO, |it| it.1);
        let rows = slow.iter().map(|(function, value)| {
            let row = Row::time("of 7 % of a CPU", function.name, *value, floor);
            match function.role {
                Role::Webhook => row.at_most("40 ms", *value <= Duration::from_millis(40)),
                Role::Hello | Role::Floor | Role::Worker => row,
            }
        });
        rows.collect()
    }

    fn notifications(&self) -> Vec<Row> {
        let Warm {
            hello,
            floor,
            coalesced,
            leading,
        } = &self.warm;
        let cpu = |name, values: &[Duration]| {
            Row::time(
                "CPU of a notification",
                name,
                median(values),
                median(&floor.cpu),
            )
        };
        let within = |values: &[Duration]| median(values) <= Duration::from_micros(700);
        let memory = |name, bytes| Row::size("memory, then", name, bytes, floor.memory);
        vec![
            cpu("hello", &hello.cpu),
            cpu("floor, 2 calls", &floor.cpu),
            cpu("coalesced", &coalesced.cpu).at_most("0.7 ms", within(&coalesced.cpu)),
            cpu("leading", &leading.cpu).at_most("0.7 ms", within(&leading.cpu)),
            memory("hello", hello.memory),
            memory("floor", floor.memory),
            memory("google-webhook", leading.memory).at_most("20 MB", leading.memory <= 20_000_000),
        ]
    }

    fn imports(&self) -> Vec<Row> {
        let floor = self.warm.floor.memory;
        let rows = self.imports.iter().map(|import| {
            let what = format!("{} events", import.events);
            Row::size("memory of sync", &what, import.memory, floor)
                .at_most("60 MB", import.memory <= 60_000_000)
        });
        rows.collect()
    }

    fn sizes(&self) -> Vec<Row> {
        let floor = self.floor().function.size;
        let functions = self.starts.iter().map(|start| start.function);
        let rows = functions.map(|it| Row::size("binary", it.name, it.size, floor));
        rows.collect()
    }

    #[expect(clippy::print_stdout, reason = "this is what the program is for")]
    fn print_paths(&self) {
        println!("{}", Cost::HEAD);
        for Cost { path, bill, fresh } in &self.paths {
            let (name, calls, dollars) = match path {
                Path::Forged => ("forged", 0, None),
                Path::Repeated => ("repeated", 1, None),
                Path::Coalesced => ("coalesced", 3, Some(3.3)),
                Path::Leading => ("leading", 4, Some(4.4)),
            };
            let cpu = match path {
                Path::Leading => &self.warm.leading.cpu,
                // The first two take less; it is not worth a measurement of its own.
                Path::Forged | Path::Repeated | Path::Coalesced => &self.warm.coalesced.cpu,
            };
            let time = billed(paths::waiting(*path), median(cpu));
            let cost = dollars_per_million(bill, time);
            let limit = dollars.map_or(format!("{calls}"), |it| format!("{calls}, {it:.2}"));
            let within = bill.calls <= calls && dollars.is_none_or(|it| cost <= it);
            println!(
                "{name:<10}{:>6}{:>7}{:>6}{:>7}{:>7}{:>6}{:>5} ms{cost:>11.2}  {}",
                bill.calls,
                fresh.calls,
                bill.reads,
                bill.writes,
                bill.index_writes,
                bill.messages,
                time.as_millis(),
                budget(Some(&(limit, within))),
            );
        }
        println!(
            "\ncalls: to AWS; fresh: in a fresh sandbox, which fetches the key. read, write:\n\
             units of DynamoDB; index: those of them that an index takes (the record is\n\
             listed by day, a clean calendar becomes due). billed: the CPU time measured,\n\
             and assumed 5 ms for DynamoDB and 10 ms for SQS. List prices, us-east-1,\n\
             arm64, 256 MB; without logs, and without the run that follows."
        );
    }
}
