//! Arming faults: most wait, some change the world at once.

use crate::faults::{Fault, PlannedFault};
use crate::google::channels;
use crate::state::State;
use crate::world::WorldError;

/// Where a fault is meant to strike.
enum Place {
    Google(String),
    Microsoft(String),
}

impl State {
    /// Arms a fault, or does it at once.
    pub(crate) fn arm(&mut self, planned: PlannedFault) -> Result<(), WorldError> {
        let place = self.place(planned.calendar.as_deref())?;
        let named = || place.ok_or_else(|| WorldError::unknown("calendar", ""));

        match &planned.fault {
            Fault::SilenceChannel { channel } => self.silence(channel)?,
            Fault::ExpireChannel { channel } => self.expire(channel)?,
            Fault::ExpireSyncTokens => match named()? {
                Place::Google(id) => self.google.calendar_mut(&id)?.generation += 1,
                Place::Microsoft(address) => {
                    self.microsoft.calendars.get_mut(&address)?.generation += 1;
                }
            },
            Fault::RefuseWatch => self.set_watchable(&named()?, false)?,
            Fault::LoseAccess => self.set_accessible(&named()?, false)?,
            Fault::RestoreAccess => {
                let place = named()?;
                self.set_watchable(&place, true)?;
                self.set_accessible(&place, true)?;
            }
            Fault::DropDelivery
            | Fault::RepeatDelivery
            | Fault::DelayDelivery { .. }
            | Fault::ReorderDelivery
            | Fault::DeliverAfterStop
            | Fault::UnauthorizedWebhook
            | Fault::LoseWatchAnswer
            | Fault::Quota { .. }
            | Fault::UsageLimit
            | Fault::ServerError { .. }
            | Fault::SlowAnswer { .. }
            | Fault::EndlessBody
            | Fault::MalformedJson
            | Fault::GzipBomb
            | Fault::HugePage { .. }
            | Fault::PageTokenLoop
            | Fault::RefusePageToken
            | Fault::EmptyPage
            | Fault::ReadLag { .. }
            | Fault::RepeatItems
            | Fault::PartialItems
            | Fault::UnknownRemoved
            | Fault::ForeignLink
            | Fault::LoseSyncState { .. }
            | Fault::RefuseSubscription { .. }
            | Fault::MailboxNotEnabled
            | Fault::TokenEndpoint { .. } => self.faults.arm(planned),
        }
        Ok(())
    }

    fn place(&self, calendar: Option<&str>) -> Result<Option<Place>, WorldError> {
        let Some(calendar) = calendar else {
            return Ok(None);
        };
        let name = calendar.to_owned();
        if self.microsoft.calendars.get(calendar).is_ok() {
            return Ok(Some(Place::Microsoft(name)));
        }
        self.google.calendar(calendar)?;
        Ok(Some(Place::Google(name)))
    }

    fn set_watchable(&mut self, place: &Place, watchable: bool) -> Result<(), WorldError> {
        match place {
            Place::Google(id) => self.google.calendar_mut(id)?.watchable = watchable,
            Place::Microsoft(address) => {
                self.microsoft.calendars.get_mut(address)?.watchable = watchable;
            }
        }
        Ok(())
    }

    fn set_accessible(&mut self, place: &Place, accessible: bool) -> Result<(), WorldError> {
        match place {
            Place::Google(id) => self.set_visible(id, accessible)?,
            Place::Microsoft(address) => {
                self.microsoft.calendars.get_mut(address)?.visible = accessible;
            }
        }
        Ok(())
    }

    fn silence(&mut self, channel: &str) -> Result<(), WorldError> {
        match self.microsoft.subscriptions.get_mut(channel) {
            Ok(subscription) => subscription.silenced = true,
            Err(_) => channels::find(self, channel)?.silenced = true,
        }
        Ok(())
    }

    fn expire(&mut self, channel: &str) -> Result<(), WorldError> {
        let now = self.time.now();
        match self.microsoft.subscriptions.get_mut(channel) {
            Ok(subscription) => subscription.expiration = now,
            Err(_) => channels::find(self, channel)?.expiration = now,
        }
        Ok(())
    }
}
