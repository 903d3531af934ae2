//! The design, and every way of getting it wrong or doing it otherwise that the model can run.

/// One algorithm: the design, or the design with one guard taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// The algorithm as designed, every guard in place.
    Design,

    // Receive.
    /// The record is written before the bump.
    RecordBeforeBump,
    /// The record and the bump are written in parallel.
    RecordBesideBump,
    /// A record whose `dedup_until` has passed still counts as seen.
    LookIgnoresDedupUntil,
    /// A `late` record counts as seen.
    LookCountsLate,
    /// An overdue calendar gets a message from every hint, without a claim.
    OverdueSendWithoutClaim,
    /// A hint that meets nothing but a waiting echo sends at once.
    HintOvertakesEcho,
    /// A new subscription goes live without a bump.
    ActivationWithoutBump,

    // Sync.
    /// Finish sets `syn` to whatever `req` is now.
    FinishWithCurrentReq,
    /// Finish sets `syn` to the `req` this slice acquired.
    FinishWithSliceG,
    /// Rows, page and cursor are written without the fence.
    NoFeedFence,
    /// The inbox is finished without the fence.
    NoInboxFence,
    /// Acquire does not raise the fence on the feed; the first write does.
    FenceRaisedByWrites,
    /// The owner of a lease is the message, so a second delivery shares lease and fence.
    LeaseOwnedByMessage,
    /// Transactions do not check `last_seq`.
    NoSeqGuard,
    /// Feed writes do not check that their round is still open.
    NoRoundGuard,
    /// Extending a lease checks the fence but not that the lease is still there.
    ExtendByFenceAlone,
    /// The cursor is stored before the rows.
    CursorBeforeRows,
    /// `due` is removed by an update of its own after the finish.
    DueRemovedSeparately,
    /// A finish that finds `req` moved leaves only the trailing message, no `due`.
    TrailingWithoutDue,
    /// A finish that finds `req` moved leaves only `due`, no trailing message.
    NoTrailingMessage,
    /// A worker that lost its fence acknowledges its message.
    AckAfterLostFence,
    /// A run that found nothing never repeats.
    NoEcho,
    /// Only a leading run echoes, never a trailing one.
    EchoAfterLeadingRunOnly,
    /// Every run but an echo echoes, whatever it found.
    EchoAlways,
    /// What a run found before its page token was refused still counts as found.
    FoundOutlivesRestart,
    /// The echo is set whatever `req` is.
    BlindEcho,
    /// Rows are compared by content only, not by the provider's version.
    NoVersionCompare,

    // Publish.
    /// The mark always removes `pub_due`.
    MarkAlwaysClears,
    /// The mark uses a reread `last_seq`.
    MarkRereadsLastSeq,
    /// Entries behind a failed one count as published.
    FailedEntrySkipped,
    /// `pub_due` is set at the end of the round, not with the rows.
    PubDueAfterRound,

    // Sweep, poll, pause.
    /// Nobody looks at `due`.
    NoSweeper,
    /// A sweeper that once saw an inactive calendar removes `due` unconditionally.
    BlindRemoval,
    /// Resume leaves `due` alone.
    ResumeWithoutDue,
    /// Resume leaves `req` alone.
    ResumeWithoutBump,
    /// A poll moves `poll_at` before it bumps.
    PollMovesFirst,
}
