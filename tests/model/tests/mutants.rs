//! Every guard of the design is needed: without it, a named property is violated.

#![expect(
    clippy::print_stdout,
    reason = "states and time of a search belong to its result"
)]

use model::searches::{Verdict, mutants};
use model::variant::Variant;

fn is_caught(variant: Variant) {
    let search = mutants()
        .into_iter()
        .find(|search| search.variant == variant);
    let search = search.expect("every mutant has bounds that catch it");
    assert!(matches!(search.verdict, Verdict::Violates(_)));
    let report = search.run(1);
    println!("{report}");
    assert!(
        search.agrees(&report),
        "expected {:?}, found {report}",
        search.verdict
    );
}

macro_rules! is_caught {
    ($($test:ident: $variant:ident,)*) => {
        $(#[test] fn $test() { is_caught(Variant::$variant); })*

        #[test]
        fn every_mutant_has_its_test() {
            let tested = [$(Variant::$variant),*];
            for search in mutants() {
                assert!(tested.contains(&search.variant), "{:?} has no test", search.variant);
            }
        }
    };
}

is_caught! {
    a_record_before_its_bump_loses_a_hint: RecordBeforeBump,
    a_record_beside_its_bump_loses_a_hint: RecordBesideBump,
    a_look_that_ignores_dedup_until_loses_a_reused_identity: LookIgnoresDedupUntil,
    an_activation_without_a_bump_loses_what_was_never_announced: ActivationWithoutBump,
    finishing_with_the_current_req_loses_a_hint: FinishWithCurrentReq,
    finishing_with_the_g_of_a_slice_loses_a_hint: FinishWithSliceG,
    rows_and_cursor_without_the_fence_lose_a_change: NoFeedFence,
    an_inbox_finished_without_the_fence_takes_syn_back: NoInboxFence,
    a_fence_that_only_writes_raise_loses_a_change: FenceRaisedByWrites,
    a_lease_shared_by_two_deliveries_of_a_message_loses_a_change: LeaseOwnedByMessage,
    a_transaction_that_lands_late_repeats_an_entry_unless_last_seq_is_guarded: NoSeqGuard,
    a_page_that_lands_late_reopens_a_round_unless_the_round_is_guarded: NoRoundGuard,
    an_extension_that_lands_late_leaves_a_stray_due_and_a_lease_of_nobody: ExtendByFenceAlone,
    a_cursor_stored_before_its_rows_loses_a_change: CursorBeforeRows,
    due_removed_by_its_own_update_forgets_a_calendar: DueRemovedSeparately,
    a_trailing_message_without_due_forgets_a_calendar: TrailingWithoutDue,
    without_an_echo_a_lagging_read_loses_a_change: NoEcho,
    an_echo_after_leading_runs_only_loses_a_change: EchoAfterLeadingRunOnly,
    what_was_found_before_a_restart_hides_a_lagging_read: FoundOutlivesRestart,
    rows_compared_without_their_version_go_back_when_a_page_is_read_again: NoVersionCompare,
    a_blind_echo_takes_back_hints: BlindEcho,
    a_mark_that_always_clears_forgets_an_entry: MarkAlwaysClears,
    a_mark_that_rereads_last_seq_skips_an_entry: MarkRereadsLastSeq,
    a_mark_that_counts_a_failed_entry_skips_it: FailedEntrySkipped,
    pub_due_set_after_the_round_forgets_an_entry: PubDueAfterRound,
    without_a_sweeper_a_crash_forgets_a_calendar: NoSweeper,
    a_blind_removal_of_due_forgets_a_resumed_calendar: BlindRemoval,
    a_resume_that_leaves_due_alone_forgets_a_calendar: ResumeWithoutDue,
    a_resume_without_a_bump_misses_what_was_not_announced: ResumeWithoutBump,
    a_poll_that_moves_first_forgets_to_read: PollMovesFirst,
}
