//! Runs every search, the large ones too, as a table; fails if one verdict is wrong.

#![expect(clippy::print_stdout, reason = "a table is what it is for")]

use std::process::ExitCode;
use std::thread::available_parallelism;

use model::searches::{Search, Verdict, deep, harmless, limits, mutants, shallow};
use model::variant::Variant;

fn main() -> ExitCode {
    let threads = available_parallelism().map_or(1, usize::from);
    let design = shallow().into_iter().chain(deep());
    let design = design.map(|bounds| Search {
        variant: Variant::Design,
        bounds,
        verdict: Verdict::Holds,
    });
    let searches: Vec<Search> = mutants()
        .into_iter()
        .chain(harmless())
        .chain(limits())
        .chain(design)
        .collect();
    let mut wrong = 0;
    println!(
        "{:<24} {:<28} {:>11} {:>9}  verdict",
        "variant", "bounds", "states", "time"
    );
    for search in &searches {
        let report = search.run(threads);
        let agrees = search.agrees(&report);
        println!("{report}{}", if agrees { "" } else { "  WRONG" });
        wrong += u32::from(!agrees);
    }
    println!("{} searches, {wrong} wrong", searches.len());
    if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
