//! A year of the real function, in compressed time, with outages, late schedules and errors.

use domain::{CalendarKey, Provider};
use jiff::SignedDuration;
use simulator::{Fault, Settings};
use testkit::{Failure, On, World};

use super::{days, hours, minutes};
use crate::both::for_both;
use crate::events_of::meeting;

for_both! {
    in_a_year_of_trouble_no_subscription_lapses,
    an_outage_that_outlasts_every_subscription_is_made_up_for,
}

/// How long a provider may be down without any subscription of a week's life lapsing. A renewal is
/// due 41 hours before the end at the latest; what went wrong before the outage, a schedule that is
/// hours late, and the wait between two attempts take the rest.
const MARGIN: SignedDuration = SignedDuration::from_hours(30);

/// A small generator: a seed gives the same year each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

struct Year {
    world: World,
    calendars: Vec<(String, CalendarKey)>,
    chance: Chance,
}

impl Year {
    async fn start(provider: Provider, seed: u64) -> Self {
        let world = World::start_at(provider, Settings::default()).await;
        let second = world.add_calendar("second", Default::default());
        let calendars = vec![world.main().to_owned(), second];
        let mut watched = Vec::new();
        for name in calendars {
            let (key, _) = world.watch(&name).await;
            watched.push((name, key));
            world.advance(hours(11));
        }
        world.settle().await;
        Self {
            world,
            calendars: watched,
            chance: Chance(seed),
        }
    }

    /// The calendars of which nobody would tell us now.
    fn unheard(&self) -> Vec<&str> {
        let silent = self.calendars.iter().filter(|(name, _)| {
            let watches = self.world.watches_of(name);
            !watches.iter().any(|it| it.live)
        });
        silent.map(|(name, _)| name.as_str()).collect()
    }

    /// Renewal runs, late as it may be, and everything else goes on.
    async fn go_on(&self, late: SignedDuration) {
        self.world.advance(late);
        self.world.renew().await;
        self.world.deliver().await;
        self.world.work().await;
    }

    /// At the end everything is told and read.
    async fn ends_well(&self) {
        for (name, _) in &self.calendars {
            self.world.put_in(name, meeting("The end"));
        }
        self.world.settle().await;
        for (name, key) in &self.calendars {
            crate::scenarios::is_true(&self.world, *key, name).await;
        }
        assert_eq!(self.world.google.violations(), []);
    }
}

async fn in_a_year_of_trouble_no_subscription_lapses(provider: Provider) {
    let mut year = Year::start(provider, 0x5eed).await;
    let begun = year.world.now();
    let (mut runs, mut outages) = (0, 0);

    while year.world.now() < begun + days(365) {
        runs += 1;
        // Trouble that met nobody is over.
        year.world.google.clear_faults();
        match year.chance.below(60) {
            // The provider is down for up to the margin, and renewal goes on asking.
            0 => {
                outages += 1;
                let down = year.world.google.clone();
                down.fault(Fault::ServerError { status: 503 }.always());
                let until = year.world.now() + minutes(i64_below(&mut year.chance, 30 * 60));
                while year.world.now() < until {
                    year.go_on(hours(3)).await;
                    assert_eq!(year.unheard(), [""; 0], "run {runs}");
                }
                down.clear_faults();
            }
            // It asks for patience, or fails now and then.
            1..=3 => year.world.google.fault(
                Fault::Quota {
                    retry_after: Some(120),
                }
                .times(3),
            ),
            4..=6 => year
                .world
                .google
                .fault(Fault::ServerError { status: 500 }.times(2)),
            7 => year.world.google.fault(Fault::LoseWatchAnswer),
            // So does AWS.
            8..=10 => year.world.cloud.fail_next(
                On::operation("UpdateItem").resource("test-subscriptions"),
                Failure::ServiceUnavailable,
                1,
            ),
            11 => year.world.cloud.fail_next(
                On::operation("PutItem").resource("test-subscriptions"),
                Failure::TimeoutAfterWrite,
                1,
            ),
            // The schedule is hours late.
            12 => year.world.advance(hours(12)),
            _ => {}
        }
        let late = minutes(5 + i64_below(&mut year.chance, 6 * 60));
        year.go_on(late).await;
        assert_eq!(year.unheard(), [""; 0], "run {runs}");
    }

    year.world.google.clear_faults();
    eprintln!("{provider}: {runs} runs, {outages} outages of up to {MARGIN:#}, nothing lapsed");
    assert!(outages > 5);
    year.ends_well().await;
}

fn i64_below(chance: &mut Chance, n: u64) -> i64 {
    i64::try_from(chance.below(n)).expect("a small number")
}

async fn an_outage_that_outlasts_every_subscription_is_made_up_for(provider: Provider) {
    let year = Year::start(provider, 7).await;
    year.world
        .google
        .fault(Fault::ServerError { status: 503 }.always());
    for _ in 0..20 {
        year.go_on(hours(12)).await;
    }
    assert_eq!(year.unheard().len(), year.calendars.len());
    year.world.google.clear_faults();

    // The longest wait between two attempts is an hour and a quarter.
    for _ in 0..16 {
        year.go_on(minutes(5)).await;
    }

    assert_eq!(year.unheard(), [""; 0]);
    year.ends_well().await;
}
