//! A year of renewals in the plan alone: a fleet, late schedules, outages, errors, and a run that
//! gets through so many only.

use std::collections::BTreeMap;

use super::*;
use crate::inbox::tests::{clean, now};
use crate::token::Target;
use crate::{OrganizationId, SubscriptionId};

/// How many one run gets through: 16 at once for three minutes, a third of a second each.
const CAPACITY: usize = 8_600;

/// How long a provider may be down: a renewal is due 41 hours before the end at the latest, less
/// the hours in which a fleet catches up and those that the schedule may be late.
const OUTAGE: SignedDuration = SignedDuration::from_hours(24);

const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The same year each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

struct Fleet {
    rows: Vec<(CalendarId, Subscription)>,
    /// Which are due when, by the second.
    due: BTreeMap<i64, Vec<u32>>,
    chance: Chance,
}

#[derive(Debug, Default)]
struct Told {
    runs: u64,
    renewals: u64,
    refusals: u64,
    outages: u64,
    most_at_once: usize,
    /// The least that was left of any life when it was renewed.
    least_left: Option<SignedDuration>,
}

impl Fleet {
    fn new(size: u32) -> Self {
        let mut chance = Chance(0x5eed);
        let mut fleet = Self {
            rows: Vec::new(),
            due: BTreeMap::new(),
            chance: Chance(7),
        };
        for n in 0..size {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&u64::from(n).to_be_bytes());
            bytes[8..].copy_from_slice(&chance.below(u64::MAX).to_be_bytes());
            let calendar = CalendarId::from_bytes(bytes);
            let provider = Provider::ALL[n as usize % 2];
            // A fleet that was connected over a week, as one is that has lived for a while.
            let began = now() - SignedDuration::from_secs(i64::from(n) % (3 * 24 * 3_600));
            let row = Subscription {
                state: State::Active,
                token_key: Some(1),
                ..Subscription::begun(
                    SubscriptionId::from_bytes(bytes),
                    OrganizationId::from_bytes([1; 16]),
                    Target::Calendar(calendar),
                    provider,
                    began,
                )
            };
            fleet.rows.push((calendar, row));
            fleet.accept(n, began);
        }
        fleet
    }

    fn accept(&mut self, n: u32, at: Timestamp) {
        let (calendar, row) = &mut self.rows[n as usize];
        row.expires_at = Some(at + WEEK);
        row.renewed_at = Some(at);
        row.attempts = 0;
        let planned = due(*calendar, at, at + WEEK);
        self.due.entry(planned.as_second()).or_default().push(n);
    }

    /// What has come due, most urgent first, as many as one run gets through; the rest stays.
    fn take(&mut self, at: Timestamp) -> Vec<u32> {
        let later = self.due.split_off(&(at.as_second() + 1));
        let found = std::mem::replace(&mut self.due, later);
        let mut places = BTreeMap::new();
        let mut all: Vec<Due> = Vec::new();
        for (second, numbers) in found {
            for n in numbers {
                let row = &self.rows[n as usize].1;
                places.insert(row.id, (n, second));
                all.push(Due {
                    id: row.id,
                    renew_at: Timestamp::from_second(second).expect("a time"),
                    ends_at: row.expires_at,
                });
            }
        }
        order(&mut all);
        for left in all.iter().skip(CAPACITY) {
            let (n, second) = places[&left.id];
            self.due.entry(second).or_default().push(n);
        }
        all.iter()
            .take(CAPACITY)
            .map(|it| places[&it.id].0)
            .collect()
    }

    fn live(&mut self, days: i64) -> Told {
        let mut told = Told::default();
        let mut at = now();
        let end = at + SignedDuration::from_hours(24 * days);
        let mut down: [Option<Timestamp>; 2] = [None; 2];
        let mut inbox = clean();
        while at < end {
            told.runs += 1;
            // Mostly on time, now and then a few runs late, seldom for hours.
            at += if self.chance.one_in(2_000) {
                SignedDuration::from_hours(6)
            } else if self.chance.one_in(50) {
                PERIOD * 4
            } else {
                PERIOD
            };
            for down in &mut down {
                if down.is_some_and(|until| until <= at) {
                    *down = None;
                } else if down.is_none() && self.chance.one_in(8_000) {
                    told.outages += 1;
                    *down = Some(at + OUTAGE);
                }
            }
            let due = self.take(at);
            told.most_at_once = told.most_at_once.max(due.len());
            for n in due {
                let (calendar, row) = &self.rows[n as usize];
                inbox.live.clear();
                inbox.live.insert(row.id, String::new());
                let facts = Facts {
                    row,
                    inbox: Some(&inbox),
                    others: &[],
                    calendar: *calendar,
                    signing: 1,
                };
                let place = match step(&facts, at) {
                    Step::Replace => 0,
                    Step::Extend => 1,
                    other => panic!("{other:?} of {row:?} at {at}"),
                };
                if down[place].is_some() || self.chance.one_in(100) {
                    told.refusals += 1;
                    let row = &mut self.rows[n as usize].1;
                    let wait = again(NoPush::Unanswered, None, row.attempts, 0.5);
                    row.attempts += 1;
                    self.due.entry((at + wait).as_second()).or_default().push(n);
                } else {
                    told.renewals += 1;
                    let left = row.expires_at.expect("an end").duration_since(at);
                    told.least_left = Some(told.least_left.map_or(left, |least| least.min(left)));
                    self.accept(n, at);
                }
            }
        }
        // Whoever waited till now would have lapsed without being looked at.
        let lapsed = self
            .rows
            .iter()
            .filter(|(_, row)| row.expires_at <= Some(at));
        assert_eq!(lapsed.count(), 0);
        told
    }
}

fn nothing_lapses(size: u32, days: i64) {
    let told = Fleet::new(size).live(days);

    eprintln!("{size} subscriptions, {days} days: {told:?}");
    assert!(told.least_left > Some(SignedDuration::ZERO));
    assert!(told.renewals >= u64::from(size) * u64::try_from(days / 7).expect("days"));
}

#[test]
fn in_a_year_no_subscription_of_ten_thousand_lapses() {
    nothing_lapses(10_000, 365);
}

#[test]
fn in_two_weeks_no_subscription_of_a_million_lapses() {
    nothing_lapses(1_000_000, 14);
}

#[test]
#[ignore = "minutes without optimisation; `make deep` runs it"]
fn in_a_year_no_subscription_of_a_million_lapses() {
    nothing_lapses(1_000_000, 365);
}
