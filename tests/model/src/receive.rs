//! Look, bump, record and send; and the activations and polls that bump the same way.

use crate::calendar::{Action, Calendar};
use crate::state::{Note, Receiver, Record, Send, State};
use crate::variant::Variant;

/// The effects of a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receive {
    /// A notification arrives and its record is looked up.
    Deliver {
        /// The change it tells of.
        change: u8,
        /// The subscription it comes through.
        sub: u8,
        /// Whether it was delivered before.
        again: bool,
    },
    /// The second subscription is proven and goes live: a bump like any other.
    Activate,
    /// A poll falls due.
    Poll,
    /// The bump.
    Bump {
        /// Which receiver.
        who: usize,
        /// Whether `due`, if it was set, had passed.
        overdue: bool,
        /// Whether its answer was lost and the bump repeated.
        twice: bool,
    },
    /// The record; for a poll, the move of `poll_at`.
    Record(usize),
    /// The claim of an overdue calendar.
    Claim(usize),
    /// The message.
    Send(usize),
    /// The invocation ends here, and the provider hears nothing or 503.
    Crash(usize),
}

pub(crate) fn actions(calendar: &Calendar, s: &State, out: &mut Vec<Action>) {
    let mut add = |r| out.push(Action::Receive(r));
    if (s.receivers.iter().filter(|r| **r != Receiver::Idle).count() as u8)
        < calendar.bounds.receivers
    {
        for sub in 0..calendar.bounds.subscriptions {
            for change in 1..=s.version {
                let again = s.pending[usize::from(sub)] & bit(change) == 0;
                if (!again || s.left.redeliveries > 0) && deliverable(calendar, s, change, sub) {
                    add(Receive::Deliver { change, sub, again });
                }
            }
        }
        if calendar.bounds.subscriptions == 2 && !s.live[1] && s.left.activations > 0 {
            add(Receive::Activate);
        }
        if s.left.polls > 0 || s.owed_poll {
            add(Receive::Poll);
        }
    }
    for (who, receiver) in s.receivers.iter().enumerate() {
        match *receiver {
            Receiver::Idle => continue,
            Receiver::Bump { note, recorded } => {
                let early = match calendar.variant {
                    Variant::RecordBeforeBump => matches!(note, Note::Hint { .. }),
                    Variant::RecordBesideBump => matches!(note, Note::Hint { .. }),
                    Variant::PollMovesFirst => note == Note::Poll,
                    _ => false,
                };
                if early && !recorded {
                    add(Receive::Record(who));
                }
                if !early || recorded || calendar.variant == Variant::RecordBesideBump {
                    add(Receive::Bump {
                        who,
                        overdue: false,
                        twice: false,
                    });
                    if s.dirty() && s.inbox.due {
                        add(Receive::Bump {
                            who,
                            overdue: true,
                            twice: false,
                        });
                    }
                    if s.left.unknowns > 0 {
                        add(Receive::Bump {
                            who,
                            overdue: false,
                            twice: true,
                        });
                    }
                }
            }
            Receiver::Bumped {
                note,
                recorded,
                send,
                ..
            } => {
                if !recorded {
                    add(Receive::Record(who));
                }
                // A poll goes on in order; a notification records and sends at once.
                if recorded || note != Note::Poll {
                    match send {
                        Send::Nothing => {}
                        Send::Message => add(Receive::Send(who)),
                        Send::Claim { .. } => add(Receive::Claim(who)),
                    }
                }
            }
            Receiver::Refused { .. } => add(Receive::Record(who)),
        }
        // A crash before the first effect is a delivery that never happened.
        let acted = matches!(
            receiver,
            Receiver::Bumped { .. } | Receiver::Bump { recorded: true, .. }
        );
        if acted && s.left.crashes > 0 {
            add(Receive::Crash(who));
        }
    }
}

/// A provider that reuses identities does so only after the window has passed.
fn deliverable(calendar: &Calendar, s: &State, change: u8, sub: u8) -> bool {
    if !calendar.bounds.identity_reuse {
        return true;
    }
    match s.records[usize::from(sub)][slot(calendar, change)] {
        Record::Known {
            change: recorded,
            lapsed,
            ..
        } => lapsed || recorded == change,
        Record::Absent | Record::Late => true,
    }
}

pub(crate) fn apply(calendar: &Calendar, s: &mut State, action: Receive) {
    match action {
        Receive::Deliver { change, sub, again } => {
            if again {
                s.left.redeliveries -= 1;
            }
            s.pending[usize::from(sub)] &= !bit(change);
            let note = Note::Hint { change, sub };
            if seen(
                calendar,
                s.records[usize::from(sub)][slot(calendar, change)],
            ) {
                acknowledge(s, note);
            } else {
                start(s, note);
            }
        }
        Receive::Activate => {
            s.left.activations -= 1;
            s.live[1] = true;
            // Changes before this moment were never announced through it; from here they count.
            s.promised = s.version;
            if calendar.variant != Variant::ActivationWithoutBump {
                let send = bump(calendar, s, false);
                let g = s.inbox.req;
                start(s, Note::Activation);
                replace(s, Note::Activation, g, send);
            }
        }
        Receive::Poll => {
            if !s.owed_poll {
                s.left.polls -= 1;
            }
            start(s, Note::Poll);
        }
        Receive::Bump {
            who,
            overdue,
            twice,
        } => {
            let Receiver::Bump { note, recorded } = s.receivers[who] else {
                return;
            };
            if let Note::Hint { sub, .. } = note
                && !s.live[usize::from(sub)]
            {
                s.receivers[who] = Receiver::Refused { note };
                return;
            }
            if twice {
                s.left.unknowns -= 1;
                bump(calendar, s, overdue);
            }
            let send = bump(calendar, s, overdue);
            if note == Note::Poll {
                s.promised = s.version;
            }
            s.receivers[who] = Receiver::Bumped {
                note,
                g: s.inbox.req,
                recorded,
                send,
            };
            settle(s, who);
        }
        Receive::Record(who) => {
            write_record(calendar, s, who);
            settle(s, who);
        }
        Receive::Claim(who) => {
            let won = match s.receivers[who] {
                Receiver::Bumped {
                    send: Send::Claim { fresh },
                    ..
                } => fresh && s.inbox.due,
                _ => false,
            };
            if won {
                s.write_due(true);
            }
            if let Receiver::Bumped { send, .. } = &mut s.receivers[who] {
                *send = if won { Send::Message } else { Send::Nothing };
            }
            settle(s, who);
        }
        Receive::Send(who) => {
            s.send();
            if let Receiver::Bumped { send, .. } = &mut s.receivers[who] {
                *send = Send::Nothing;
            }
            settle(s, who);
        }
        Receive::Crash(who) => {
            s.left.crashes -= 1;
            let note = note_of(s.receivers[who]);
            s.receivers[who] = Receiver::Idle;
            if let Some(Note::Hint { change, sub }) = note {
                s.pending[usize::from(sub)] |= bit(change); // Not told 2xx: it will come again.
            }
        }
    }
}

/// One update of the inbox; says what its old values make the caller send.
fn bump(calendar: &Calendar, s: &mut State, overdue: bool) -> Send {
    let old = s.inbox;
    s.inbox.req += 1;
    if !old.due {
        s.write_due(true);
    }
    if old.paused {
        return Send::Nothing;
    }
    if old.req == old.syn {
        return Send::Message;
    }
    if calendar.variant == Variant::HintOvertakesEcho && old.req == old.echo {
        return Send::Message;
    }
    match (overdue && old.due, calendar.variant) {
        (false, _) => Send::Nothing,
        (true, Variant::OverdueSendWithoutClaim) => Send::Message,
        (true, _) => Send::Claim { fresh: true },
    }
}

fn write_record(calendar: &Calendar, s: &mut State, who: usize) {
    match &mut s.receivers[who] {
        Receiver::Bump { note, recorded } => {
            *recorded = true;
            if let Note::Hint { change, sub } = *note {
                s.records[usize::from(sub)][slot(calendar, change)] = Record::Known {
                    change,
                    g: 0,
                    lapsed: false,
                };
            }
        }
        Receiver::Bumped {
            note, g, recorded, ..
        } => {
            *recorded = true;
            match *note {
                Note::Hint { change, sub } => {
                    let record = Record::Known {
                        change,
                        g: *g,
                        lapsed: false,
                    };
                    s.records[usize::from(sub)][slot(calendar, change)] = record;
                }
                Note::Activation => {}
                Note::Poll => s.owed_poll = false,
            }
        }
        Receiver::Refused { note } => {
            if let Note::Hint { change, sub } = *note {
                s.records[usize::from(sub)][slot(calendar, change)] = Record::Late;
            }
            s.receivers[who] = Receiver::Idle;
        }
        Receiver::Idle => {}
    }
    // A poll that moved `poll_at` too early has given up its only reminder.
    if let Receiver::Bump {
        note: Note::Poll,
        recorded: true,
    } = s.receivers[who]
    {
        s.owed_poll = false;
    }
}

/// Ends a receiver that has nothing left to do, with 2xx.
fn settle(s: &mut State, who: usize) {
    if let Receiver::Bumped {
        note,
        recorded: true,
        send: Send::Nothing,
        ..
    } = s.receivers[who]
    {
        s.receivers[who] = Receiver::Idle;
        acknowledge(s, note);
    }
}

fn acknowledge(s: &mut State, note: Note) {
    if let Note::Hint { change, sub } = note
        && s.live[usize::from(sub)]
    {
        s.promised = s.promised.max(change);
    }
}

fn start(s: &mut State, note: Note) {
    let idle = s.receivers.iter_mut().find(|r| **r == Receiver::Idle);
    *idle.expect("an action is offered only while a receiver is idle") = Receiver::Bump {
        note,
        recorded: false,
    };
}

fn replace(s: &mut State, note: Note, g: u8, send: Send) {
    let who = s.receivers.iter().position(|r| {
        *r == Receiver::Bump {
            note,
            recorded: false,
        }
    });
    let who = who.expect("it was started a moment ago");
    s.receivers[who] = Receiver::Bumped {
        note,
        g,
        recorded: true,
        send,
    };
    settle(s, who);
}

fn seen(calendar: &Calendar, record: Record) -> bool {
    match record {
        Record::Absent => false,
        Record::Late => calendar.variant == Variant::LookCountsLate,
        Record::Known { lapsed, .. } => {
            !lapsed || calendar.variant == Variant::LookIgnoresDedupUntil
        }
    }
}

fn note_of(receiver: Receiver) -> Option<Note> {
    match receiver {
        Receiver::Idle => None,
        Receiver::Bump { note, .. }
        | Receiver::Bumped { note, .. }
        | Receiver::Refused { note } => Some(note),
    }
}

fn slot(calendar: &Calendar, change: u8) -> usize {
    if calendar.bounds.identity_reuse {
        0
    } else {
        usize::from(change - 1)
    }
}

/// The bit of a change in a set of changes.
pub(crate) fn bit(change: u8) -> u8 {
    1 << (change - 1)
}
