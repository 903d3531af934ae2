//! What is switched off, for one organization or everywhere.

use aws::organizations::Whose;
use domain::switches::{Switches, Turn};

use super::{Caller, Management, Refusal};

/// The switches that an organization sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenSwitches {
    /// Its own.
    pub own: Switches,
    /// Everybody's, which only whoever has the tables may turn.
    pub everywhere: Switches,
}

impl SeenSwitches {
    /// What counts: off wins.
    pub fn effective(&self) -> Switches {
        self.own.and(self.everywhere)
    }
}

impl Management {
    /// The switches.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn switches(&self, caller: &Caller) -> Result<SeenSwitches, Refusal> {
        let (own, everywhere) = self.organizations.switches(caller.organization).await?;
        Ok(SeenSwitches { own, everywhere })
    }

    /// Turns switches of the organization. Functions believe the old ones for half a minute.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn turn(&self, caller: &Caller, turn: Turn) -> Result<SeenSwitches, Refusal> {
        let whose = Whose::Of(caller.organization);
        if !self.organizations.turn(whose, turn).await? {
            return Err(Refusal::NotFound);
        }
        tracing::info!(
            organization = %caller.organization,
            by = %caller.key,
            turn = ?turn,
            "turned switches",
        );
        self.switches(caller).await
    }
}
