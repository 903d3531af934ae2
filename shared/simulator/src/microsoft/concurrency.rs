//! How many requests one mailbox answers at once: Outlook's limit per app and mailbox.

use crate::simulator::Simulator;

/// Places among the requests of a mailbox, given back when dropped.
pub(crate) struct Slots {
    simulator: Simulator,
    mailbox: Option<String>,
    granted: usize,
}

impl Slots {
    /// Takes as many of the wanted places as are free; wanting more is a violation.
    pub(crate) fn take(
        simulator: &Simulator,
        endpoint: &'static str,
        mailbox: Option<&str>,
        wanted: usize,
    ) -> Self {
        let granted = simulator.with(|state| {
            let Some(mailbox) = mailbox else {
                return wanted;
            };
            let limit = state.settings.graph.mailbox_concurrency;
            let taken = state.microsoft.in_flight.entry(mailbox.to_owned());
            let taken = taken.or_default();
            let granted = wanted.min(limit.saturating_sub(*taken));
            *taken += granted;
            if granted < wanted {
                let now = state.time.now();
                let what = format!("more than {limit} requests at once for one mailbox");
                state.requests.object(endpoint, what, now);
            }
            granted
        });
        Self {
            simulator: simulator.clone(),
            mailbox: mailbox.map(str::to_owned),
            granted,
        }
    }

    pub(crate) fn granted(&self) -> usize {
        self.granted
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        let Some(mailbox) = &self.mailbox else { return };
        let mut state = self.simulator.state();
        if let Some(taken) = state.microsoft.in_flight.get_mut(mailbox) {
            *taken = taken.saturating_sub(self.granted);
        }
    }
}
