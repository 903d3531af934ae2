//! What is switched off.

use app::manage;
use domain::switches;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Ingest, Power};

/// What is switched off. Whatever that is, nothing is lost: it is done when it is on again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Switches {
    /// Whether a notification leads to a read.
    pub ingest: Ingest,
    /// Whether calendars are read at all.
    pub sync: Power,
    /// Whether anything is put on the bus.
    pub publish: Power,
}

impl From<switches::Switches> for Switches {
    fn from(switches: switches::Switches) -> Self {
        Self {
            ingest: switches.ingest.into(),
            sync: switches.sync.into(),
            publish: switches.publish.into(),
        }
    }
}

/// The switches that an organization sees.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct AllSwitches {
    /// Its own.
    pub organization: Switches,
    /// Those of the installation, which its operators turn.
    pub everywhere: Switches,
    /// What counts: off wins.
    pub effective: Switches,
}

impl From<manage::SeenSwitches> for AllSwitches {
    fn from(seen: manage::SeenSwitches) -> Self {
        Self {
            organization: seen.own.into(),
            everywhere: seen.everywhere.into(),
            effective: seen.effective().into(),
        }
    }
}

/// Switches that are to be turned: at least one.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct SwitchesChange {
    /// Whether a notification leads to a read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingest: Option<Ingest>,
    /// Whether calendars are read at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<Power>,
    /// Whether anything is put on the bus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<Power>,
}
