//! The simulator as a process: its HTTP server and the loop that delivers messages.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::post;
use crate::simulator::Simulator;

impl Simulator {
    /// Answers requests on `listener` and delivers messages, until it is dropped.
    ///
    /// # Errors
    /// If the listener fails.
    pub async fn serve(&self, listener: TcpListener, clock: Clock) -> std::io::Result<()> {
        let own_token_url = format!("http://{}/token", listener.local_addr()?);
        self.with(|state| {
            state.time.follow(clock);
            state.settings.token_audiences.push(own_token_url);
        });
        tokio::select! {
            served = axum::serve(listener, self.router()).into_future() => served,
            () = self.deliver() => Ok(()),
        }
    }

    async fn deliver(&self) {
        let timeout = self.state().settings.delivery_timeout;
        let client = post::client(timeout);
        let mut flights = JoinSet::new();

        loop {
            let pause = self.launch(&client, &mut flights);
            let rest = async {
                match pause {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some(landed) = flights.join_next() => {
                    if let Ok((id, answer)) = landed {
                        self.change(|state| state.settle(id, answer));
                    }
                }
                () = self.woken() => {}
                () = rest => {}
            }
        }
    }

    /// Sends what is due as far as there is room, and says how long nothing more will be due.
    fn launch(
        &self,
        client: &reqwest::Client,
        flights: &mut JoinSet<(u64, crate::delivery::Answer)>,
    ) -> Option<Duration> {
        // Not written down: a message that leaves twice, because we died before its answer, is a
        // repetition as every provider has them.
        let mut state = self.state();
        let now = state.time.now();
        let limit = state.settings.deliveries_in_flight.max(1);
        for delivery in state.take_due(limit.saturating_sub(flights.len())) {
            let route = post::route(&state.settings.delivery_map, &delivery.url);
            flights.spawn(post::send(client.clone(), delivery, route));
        }

        let due = state.next_due()?;
        let waits_for_time = state.time.clock() == Clock::Wall && flights.len() < limit;
        waits_for_time.then(|| {
            // A millisecond more than needed, so that the loop does not wake a hair too early.
            let wait = Duration::try_from(due.duration_since(now)).unwrap_or_default();
            wait + Duration::from_millis(1)
        })
    }
}
