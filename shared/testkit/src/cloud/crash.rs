//! A process that dies after the n-th call, and the loop that lets it die after every one.
//!
//! Two ways to die. `crash_during` drops the work where it stands, so that nothing after the
//! fatal call runs, as when a sandbox is killed. `crash_after` lets the work run on with every
//! further call failing, for work that a test cannot drop.

use std::sync::Mutex;

use tokio::sync::watch;

use super::call::Call;
use super::{Cloud, locked};

/// More calls than any one piece of work should make.
const MOST_POINTS: usize = 10_000;

/// Which calls a crash can follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrashPoints {
    /// Every call counts.
    #[default]
    Calls,
    /// Only calls that can change something count; the others leave no new state behind.
    Writes,
}

/// How a piece of work ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended<T> {
    /// It was done before its time had come.
    Finished(T),
    /// It died on the way.
    Crashed,
}

impl<T> Ended<T> {
    /// Whether it died.
    pub fn crashed(&self) -> bool {
        matches!(self, Self::Crashed)
    }
}

/// Runs `run` with 0, 1, 2 … as the point of the crash, until its work finishes before it;
/// returns the number of crashes there were. A failed assertion names its point.
///
/// ```no_run
/// # use testkit::{Cloud, at_every_crash_point};
/// # async fn receive(_: &Cloud) {}
/// # async fn redeliver_and_check(_: &Cloud) {}
/// # async fn example() {
/// at_every_crash_point(async |after| {
///     let cloud = Cloud::start().await;
///     let ended = cloud.crash_during(after, receive(&cloud)).await;
///     redeliver_and_check(&cloud).await;
///     ended
/// })
/// .await;
/// # }
/// ```
pub async fn at_every_crash_point<T>(mut run: impl AsyncFnMut(usize) -> Ended<T>) -> usize {
    for after in 0..MOST_POINTS {
        let point = Point(after);
        if !run(point.0).await.crashed() {
            return after;
        }
    }
    panic!("the work still crashed after {MOST_POINTS} calls; does its run use the point?");
}

/// Says which point a test failed at.
struct Point(usize);

impl Drop for Point {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("at the crash point after {} calls", self.0);
        }
    }
}

/// Whether the process under test still lives.
#[derive(Debug)]
pub(super) struct Life {
    state: Mutex<State>,
    points: Mutex<CrashPoints>,
    dead: watch::Sender<bool>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Alive,
    Doomed { left: usize, how: How },
    Dead { how: How },
}

/// What a dead process sees of its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// They fail.
    Refused,
    /// They never return, and the work is dropped.
    Dropped,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            state: Mutex::new(State::Alive),
            points: Mutex::default(),
            dead: watch::Sender::new(false),
        }
    }
}

impl Life {
    /// Whether a call still leaves the process; if not, what becomes of it.
    pub(super) fn leave(&self, call: &Call) -> Result<(), How> {
        let mut state = locked(&self.state);
        match *state {
            State::Alive => Ok(()),
            State::Doomed { left: 0, how } if self.counts(call) => {
                self.die(&mut state, how);
                Err(how)
            }
            State::Doomed { .. } => Ok(()),
            State::Dead { how } => Err(how),
        }
    }

    /// Whether the answer of a call still reaches the process.
    pub(super) fn arrive(&self, call: &Call) -> Result<(), How> {
        let mut state = locked(&self.state);
        let State::Doomed { left, how } = &mut *state else {
            return Ok(());
        };
        if !self.counts(call) {
            return Ok(());
        }
        *left -= 1;
        if *left > 0 {
            return Ok(());
        }
        let how = *how;
        self.die(&mut state, how);
        match how {
            // What it does with this last answer, nobody will see.
            How::Refused => Ok(()),
            How::Dropped => Err(how),
        }
    }

    fn counts(&self, call: &Call) -> bool {
        match *locked(&self.points) {
            CrashPoints::Calls => true,
            CrashPoints::Writes => call.changes_state(),
        }
    }

    fn die(&self, state: &mut State, how: How) {
        *state = State::Dead { how };
        self.dead.send_replace(true);
    }

    fn doom(&self, after: usize, how: How) {
        let mut state = locked(&self.state);
        self.dead.send_replace(false);
        *state = State::Doomed { left: after, how };
        if after == 0 && how == How::Refused {
            self.die(&mut state, how);
        }
    }

    fn revive(&self) {
        *locked(&self.state) = State::Alive;
        self.dead.send_replace(false);
    }

    async fn died(&self) {
        let mut dead = self.dead.subscribe();
        dead.wait_for(|dead| *dead)
            .await
            .expect("the sender lives as long as the cloud");
    }
}

impl Cloud {
    /// Which calls `crash_after` and `crash_during` count; every one, unless told otherwise.
    pub fn crash_points(&self, points: CrashPoints) {
        *locked(&self.inside.life.points) = points;
    }

    /// The next `after` calls succeed, then every call fails until `revive`.
    pub fn crash_after(&self, after: usize) {
        self.inside.life.doom(after, How::Refused);
    }

    /// The process lives again, and nothing is planned against it.
    pub fn revive(&self) {
        self.inside.life.revive();
    }

    /// Does the work, and drops it as soon as the service has done its `after`-th call: the
    /// answer never arrives. With 0 it dies on its first call, which is not made.
    ///
    /// Tasks that the work spawned are not dropped; a call of theirs hangs if it is made before
    /// the crash is over, and is served afterwards.
    pub async fn crash_during<T>(&self, after: usize, work: impl Future<Output = T>) -> Ended<T> {
        let life = &self.inside.life;
        life.doom(after, How::Dropped);
        let ended = tokio::select! {
            biased;
            () = life.died() => Ended::Crashed,
            // Work that outruns its own death, because it did not wait for that call, is dead too.
            output = work => match *locked(&life.state) {
                State::Dead { .. } => Ended::Crashed,
                State::Alive | State::Doomed { .. } => Ended::Finished(output),
            },
        };
        life.revive();
        ended
    }
}
