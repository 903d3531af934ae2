//! Who is calling, and what stands in the way before a method begins.

use crate::faults::Fault;
use crate::manner::Manner;
use crate::microsoft::calendars::user_of;
use crate::microsoft::mailboxes::Caller;
use crate::microsoft::refusal::Refusal;
use crate::microsoft::reply::Call;
use crate::state::{State, Trouble};

/// Lets a call to a calendar in: token, faults and quota, mailbox, calendar.
pub(crate) fn admit(
    state: &mut State,
    call: &Call,
    address: &str,
    manner: &mut Manner,
) -> Result<Caller, Refusal> {
    let caller = caller(state, call)?;
    hinder(state, Some(address), manner)?;
    let user = user_of(address);
    let mailbox = state.microsoft.mailboxes.get(user);
    let mailbox = mailbox.map_err(|_| Refusal::unknown_user(user))?;
    let is_own = caller.user.as_deref().is_none_or(|own| own == user);
    if !is_own || caller.tenant != mailbox.tenant_id {
        return Err(Refusal::access_denied());
    }
    if state.strikes(Some(address), &Fault::MailboxNotEnabled) {
        return Err(Refusal::mailbox_not_enabled());
    }
    let calendar = state.microsoft.calendars.get(address);
    let calendar = calendar.map_err(|_| Refusal::item_not_found())?;
    if !calendar.visible {
        return Err(if calendar.address.contains("/calendars/") {
            Refusal::item_not_found()
        } else {
            Refusal::access_denied()
        });
    }
    Ok(caller)
}

/// Whom the request's access token speaks for.
pub(crate) fn caller(state: &State, call: &Call) -> Result<Caller, Refusal> {
    let header = call.text("authorization").ok_or_else(Refusal::no_token)?;
    let token = header
        .strip_prefix("Bearer ")
        .ok_or_else(Refusal::no_token)?;
    let caller = state.microsoft.mailboxes.caller(token);
    let caller = caller.ok_or_else(Refusal::unknown_token)?;
    if caller.expires <= state.time.now() {
        return Err(Refusal::expired_token());
    }
    Ok(caller.clone())
}

/// What goes wrong with any request.
pub(crate) fn hinder(
    state: &mut State,
    place: Option<&str>,
    manner: &mut Manner,
) -> Result<(), Refusal> {
    let (delay, trouble) = state.trouble(place);
    manner.delay = delay;
    match trouble {
        Some(Trouble::Down { status }) => Err(Refusal::server_error(status)),
        Some(Trouble::Quota { turn, retry_after }) => Err(Refusal::throttled(turn, retry_after)),
        None => Ok(()),
    }
}
