//! The sweeper, which claims before it sends; pause and resume.

use crate::calendar::{Action, Calendar};
use crate::state::{State, Sweeper};
use crate::variant::Variant;

/// The effects of a sweeper and of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// The index shows a `due` that has passed.
    See,
    /// The claim.
    Claim(usize),
    /// The removal of a `due` that has nothing to guard.
    Remove(usize),
    /// The message.
    Send(usize),
    /// The invocation ends between claim and message.
    Crash(usize),
    /// An operator pauses the calendar.
    Pause,
    /// An operator resumes it.
    Resume,
}

pub(crate) fn actions(calendar: &Calendar, s: &State, out: &mut Vec<Action>) {
    let mut add = |a| out.push(Action::Sweep(a));
    let busy = s.sweepers.iter().filter(|a| **a != Sweeper::Idle).count() as u8;
    if s.inbox.due && busy < calendar.bounds.sweepers && calendar.variant != Variant::NoSweeper {
        add(Sweep::See);
    }
    for (who, sweeper) in s.sweepers.iter().enumerate() {
        match sweeper {
            Sweeper::Idle => {}
            Sweeper::Seen => add(Sweep::Claim(who)),
            Sweeper::NothingToDo { .. } => add(Sweep::Remove(who)),
            Sweeper::Claimed => {
                add(Sweep::Send(who));
                if s.left.crashes > 0 {
                    add(Sweep::Crash(who));
                }
            }
        }
    }
    if s.inbox.paused {
        add(Sweep::Resume);
    } else if s.left.pauses > 0 {
        add(Sweep::Pause);
    }
}

pub(crate) fn apply(calendar: &Calendar, s: &mut State, action: Sweep) {
    match action {
        Sweep::See => {
            let idle = s.sweepers.iter_mut().find(|a| **a == Sweeper::Idle);
            *idle.expect("an action is offered only while a sweeper is idle") = Sweeper::Seen;
        }
        Sweep::Claim(who) => {
            if s.inbox.paused || !s.dirty() {
                s.sweepers[who] = Sweeper::NothingToDo { fresh: true };
            } else {
                s.sweepers[who] = Sweeper::Claimed;
                s.write_due(true);
            }
        }
        Sweep::Remove(who) => {
            let Sweeper::NothingToDo { fresh } = s.sweepers[who] else {
                return;
            };
            s.sweepers[who] = Sweeper::Idle;
            let blind = calendar.variant == Variant::BlindRemoval;
            if blind || (fresh && (s.inbox.paused || !s.dirty())) {
                s.write_due(false);
            }
        }
        Sweep::Send(who) => {
            s.sweepers[who] = Sweeper::Idle;
            s.send();
        }
        Sweep::Crash(who) => {
            s.left.crashes -= 1;
            s.sweepers[who] = Sweeper::Idle;
        }
        Sweep::Pause => {
            s.left.pauses -= 1;
            s.inbox.paused = true;
        }
        Sweep::Resume => {
            s.inbox.paused = false;
            s.promised = s.version; // One read follows resumption.
            if calendar.variant != Variant::ResumeWithoutBump {
                s.inbox.req += 1;
            }
            if calendar.variant != Variant::ResumeWithoutDue {
                s.write_due(true);
            }
        }
    }
}
