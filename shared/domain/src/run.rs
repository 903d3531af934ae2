//! May a run start, how does it end, and when does the next one start?

use jiff::{SignedDuration, Timestamp};

use crate::inbox::{Inbox, Status};
use crate::{mailbox, receive};

/// How long a lease lasts unless a page extends it.
///
/// Longer than a sync invocation (120 s), so that a live holder keeps it, and shorter than the
/// queue's visibility timeout (720 s), so that a dead holder's own message finds it expired.
pub const LEASE: SignedDuration = SignedDuration::from_secs(150);

/// How long after a lease, or a planned message, the sweeper takes over.
pub const MARGIN: SignedDuration = SignedDuration::from_secs(90);

/// The share of an invocation that is kept for storing and handing over.
pub const RESERVE: f64 = 0.25;

/// How long after a read that found nothing it is repeated, at least; jitter adds up to twice this.
pub const ECHO: SignedDuration = SignedDuration::from_secs(15);

/// From this many failures in a row a calendar is failing.
pub const FAILING: u32 = 5;

/// How long a rebuild that looks wrong waits before it is repeated.
pub const DOUBT: SignedDuration = SignedDuration::from_mins(10);

/// Why a message asks for a run. It changes only whether a read that finds nothing is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A provider said so, a subscription began, or an operator asked.
    Hint,
    /// Hints arrived while a run was reading.
    Trailing,
    /// The run before found nothing.
    Echo,
    /// A long run goes on.
    Slice,
    /// The sweeper found the calendar overdue.
    Overdue,
    /// Nothing was heard for a while.
    Poll,
}

impl Reason {
    /// The name in messages and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Reason::Hint => "hint",
            Reason::Trailing => "trailing",
            Reason::Echo => "echo",
            Reason::Slice => "slice",
            Reason::Overdue => "overdue",
            Reason::Poll => "poll",
        }
    }

    /// Reads a [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Reason::Hint,
            Reason::Trailing,
            Reason::Echo,
            Reason::Slice,
            Reason::Overdue,
            Reason::Poll,
        ]
        .into_iter()
        .find(|reason| reason.name() == name)
    }
}

/// What to do with a message whose run may not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Acknowledge it: nothing is owed, or somebody else is responsible.
    Acknowledge(&'static str),
    /// Send it again after this delay, then acknowledge it.
    Later(SignedDuration),
}

/// Explains why the lease was not given, from the inbox as it is (`None` if it is gone).
pub fn refusal(inbox: Option<&Inbox>, now: Timestamp) -> Refusal {
    let Some(inbox) = inbox else {
        return Refusal::Acknowledge("the calendar is gone");
    };
    match inbox.status {
        Status::Active => {}
        Status::Paused => return Refusal::Acknowledge("the calendar is paused"),
        Status::Ungranted => return Refusal::Acknowledge("the connection has no grant"),
        Status::Unwatched => return Refusal::Acknowledge("the calendar is unwatched"),
        Status::Erasing => return Refusal::Acknowledge("the calendar is being erased"),
    }
    if !inbox.is_dirty() {
        return Refusal::Acknowledge("nothing is owed");
    }
    // The holder's own message is given the lease again, so this is somebody else's. Its finish
    // sees the request that this message came from, and if it dies, `due` remains.
    if inbox.is_leased(now) {
        return Refusal::Acknowledge("another run is reading");
    }
    match receive::send_after(inbox.hold, now) {
        Some(delay) if delay > SignedDuration::ZERO => Refusal::Later(delay),
        Some(_) => Refusal::Acknowledge("the lease was taken and left meanwhile"),
        None => Refusal::Acknowledge("the sweeper owns a hold this long"),
    }
}

/// The delay before the next run: one second, doubled for every run that ended dirty.
pub fn delay(backoff: u32, longest: SignedDuration) -> SignedDuration {
    SignedDuration::from_secs(1_i64 << backoff.min(20)).min(longest)
}

/// How a run that read everything wants to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Clean, if nothing was asked for meanwhile.
    Clean,
    /// The same, but one more read is owed after the delay: the provider may have answered with
    /// what it had before the change it told us about.
    Echo(SignedDuration),
}

/// What a run owed when it started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The request it answers for.
    pub g: u64,
    /// The last request answered before.
    pub syn: u64,
    /// The request that was only an echo, if one was.
    pub echo: Option<u64>,
}

/// Decides how a run ends. `jitter` is between 0 and 1.
///
/// What the run owed decides, not the message that started it: an echo's message may be the one
/// that starts the run for a new hint.
pub fn ending(found_nothing: bool, reason: Reason, owed: Owed, jitter: f64) -> Ending {
    let only_echo = owed.echo == Some(owed.g);
    // Nobody told us of anything that a poll could have missed, unless a hint came on top of it.
    let only_poll = reason == Reason::Poll && owed.g == owed.syn + 1;
    if found_nothing && !only_echo && !only_poll {
        Ending::Echo(ECHO.saturating_add(ECHO.mul_f64(2.0 * jitter)))
    } else {
        Ending::Clean
    }
}

/// What a failed run does to its calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setback {
    /// The earliest next read.
    pub hold: Timestamp,
    /// How often the delay between runs was doubled.
    pub backoff: u32,
    /// Failures in a row, this one included.
    pub fails: u32,
    /// Whether this failure is the one that makes the calendar failing.
    pub newly_failing: bool,
}

/// Plans after a throttle: wait as told, or a little longer each time; it is nobody's failure.
pub fn throttled(
    inbox: &Inbox,
    wait: Option<SignedDuration>,
    jitter: f64,
    now: Timestamp,
) -> Setback {
    let backoff = inbox.backoff.saturating_add(1);
    // All calendars of a user are throttled together, and must not come back together.
    let wait = wait
        .unwrap_or_else(|| delay(backoff, SignedDuration::from_mins(5)))
        .clamp(SignedDuration::from_secs(1), SignedDuration::from_hours(16))
        .mul_f64(1.0 + jitter / 2.0);
    Setback {
        hold: now + wait,
        backoff,
        fails: inbox.fails,
        newly_failing: false,
    }
}

/// Plans after others were asking the same mailbox: nobody's failure. Mostly it is over in a moment,
/// but several long reads may take turns, and many that wait for them must not be busy with it.
pub fn crowded(inbox: &Inbox, jitter: f64, now: Timestamp) -> Setback {
    let wait = delay(inbox.backoff, mailbox::LONGEST_CROWD).max(mailbox::CROWDED);
    Setback {
        hold: now + wait.mul_f64(1.0 + jitter),
        backoff: inbox.backoff.saturating_add(1),
        fails: inbox.fails,
        newly_failing: false,
    }
}

/// Plans after a failure: seconds at first, then from one minute to six hours.
pub fn failed(inbox: &Inbox, jitter: f64, now: Timestamp) -> Setback {
    let fails = inbox.fails.saturating_add(1);
    let wait = if fails < FAILING {
        SignedDuration::from_secs(2_i64 << fails)
    } else {
        SignedDuration::from_mins(1_i64 << (fails - FAILING).min(9))
    };
    Setback {
        hold: now
            + wait
                .mul_f64(1.0 + jitter / 4.0)
                .min(SignedDuration::from_hours(6)),
        backoff: inbox.backoff,
        fails,
        newly_failing: fails == FAILING,
    }
}

#[cfg(test)]
mod tests;
