//! The end of a round: the cursor on the feed, then `syn` on the inbox, with trailing run or echo.

use crate::calendar::Calendar;
use crate::state::{Lease, State, Step, Worker};
use crate::sync::fail;
use crate::variant::Variant;

/// Stores the cursor and closes the round, if the fence is still ours.
pub(crate) fn feed(calendar: &Calendar, s: &mut State, who: usize) {
    let worker = s.workers[who];
    match calendar.variant {
        Variant::NoFeedFence => {}
        Variant::FenceRaisedByWrites if s.feed.fence <= worker.fence => s.feed.fence = worker.fence,
        _ if s.feed.fence == worker.fence => {}
        _ => return fail(calendar, s, who),
    }
    s.feed.cursor = worker.cursor;
    s.feed.page = None;
    if worker.step == Step::FinishFeedFirst {
        s.workers[who].step = Step::Write;
        return;
    }
    s.feed.round_g = 0;
    s.feed.pub_due |= calendar.variant == Variant::PubDueAfterRound && worker.found;
    s.workers[who] = Worker {
        step: Step::FinishInbox,
        owns_message: worker.owns_message,
        fence: worker.fence,
        g: worker.g,
        round_g: worker.round_g,
        found: worker.found,
        ..Worker::default()
    };
}

/// Moves `syn`, if the fence is still ours: clean, as an echo, or with a trailing run.
pub(crate) fn inbox(calendar: &Calendar, s: &mut State, who: usize) {
    let worker = s.workers[who];
    if s.inbox.fence != worker.fence && calendar.variant != Variant::NoInboxFence {
        return fail(calendar, s, who);
    }
    let g = match calendar.variant {
        Variant::FinishWithCurrentReq => s.inbox.req,
        Variant::FinishWithSliceG => worker.g,
        _ => worker.round_g,
    };
    let wanted = !worker.found || calendar.variant == Variant::EchoAlways;
    let echo = wanted && worker.round_g != s.inbox.echo && echoes(calendar, s);
    s.syn_went_back |= g < s.inbox.syn;
    s.inbox.syn = g;
    s.inbox.lease = Lease::Free;
    if echo && (s.inbox.req == g || calendar.variant == Variant::BlindEcho) {
        s.inbox.req = g + 1;
        s.inbox.echo = g + 1;
        s.inbox.trailing = false;
        s.write_due(true);
        send_next(s, who);
    } else if s.inbox.req == g {
        s.inbox.echo = 0; // No later `g` can be an old one.
        s.inbox.trailing = false;
        if calendar.variant == Variant::DueRemovedSeparately {
            s.workers[who] = Worker {
                step: Step::RemoveDue,
                fence: worker.fence,
                ..Worker::default()
            };
            return;
        }
        s.write_due(false);
        s.workers[who] = Worker::default();
    } else {
        s.inbox.trailing = calendar.variant == Variant::EchoAfterLeadingRunOnly;
        s.write_due(calendar.variant != Variant::TrailingWithoutDue);
        send_next(s, who);
        if calendar.variant == Variant::NoTrailingMessage {
            s.workers[who] = Worker::default();
        }
    }
}

fn echoes(calendar: &Calendar, s: &State) -> bool {
    match calendar.variant {
        Variant::NoEcho => false,
        Variant::EchoAfterLeadingRunOnly => !s.inbox.trailing,
        _ => true,
    }
}

/// Leaves a worker with nothing but a message to send and its own to acknowledge.
pub(crate) fn send_next(s: &mut State, who: usize) {
    let owns_message = s.workers[who].owns_message;
    s.workers[who] = Worker {
        step: Step::Send,
        owns_message,
        ..Worker::default()
    };
}
