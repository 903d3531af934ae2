//! Whether a provider tells us of a calendar's changes, as it is stored in the feed item.

use domain::CalendarKey;
use domain::news::News;
use domain::push::{Push, Turn};
use domain::subscription::NoPush;
use jiff::Timestamp;

use super::{Feeds, fenced_out};
use crate::Error;
use crate::attributes::{ms, n, s};
use crate::outbox::{NEWS, announce};

impl Feeds {
    /// Notes what is believed of a calendar's push, if it is still believed what was read before,
    /// plans the next poll accordingly, and says what it means. `false` if somebody else knows
    /// better.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn set_push(
        &self,
        key: CalendarKey,
        (before, next): (Push, Push),
        poll_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut update = self
            .update(key)
            .expression_attribute_values(":push", s(next.name()))
            .expression_attribute_values(":every", n(next.period().as_millis()))
            .expression_attribute_values(":at", ms(poll_at));
        let mut set = "SET push = :push, poll_every = :every, poll_at = :at".to_owned();
        let mut remove = Vec::new();
        match since(next) {
            Some(since) => {
                set.push_str(", push_since = :since");
                update = update.expression_attribute_values(":since", ms(since));
            }
            None => remove.push("push_since"),
        }
        match next {
            Push::Off(why) => {
                set.push_str(", no_push = :why");
                update = update.expression_attribute_values(":why", s(why.name()));
            }
            Push::None | Push::On | Push::Unproven(_) | Push::Doubted(_) => remove.push("no_push"),
        }
        let news = match before.turn(next) {
            Turn::Lost => Some(News::PushLost),
            Turn::Restored => Some(News::PushRestored),
            Turn::Same => None,
        };
        if let Some(news) = news {
            set = format!("{set}, {NEWS}");
            update = announce(update, key.calendar.to_bytes(), news, now);
        }
        if let Push::Doubted(_) = next {
            set.push_str(", missed_push = if_not_exists(missed_push, :none) + :one");
            update = update
                .expression_attribute_values(":none", n(0))
                .expression_attribute_values(":one", n(1));
        }
        if !remove.is_empty() {
            set = format!("{set} REMOVE {}", remove.join(", "));
        }
        let update = update.update_expression(set);
        let update = match before {
            // A calendar that is not polled is not watched any more.
            Push::None => update
                .condition_expression("attribute_exists(poll_at) AND attribute_not_exists(push)"),
            Push::On | Push::Unproven(_) | Push::Doubted(_) | Push::Off(_) => update
                .condition_expression("attribute_exists(poll_at) AND push = :before")
                .expression_attribute_values(":before", s(before.name())),
        };
        let done = fenced_out("could not note what is known of a calendar's push", update).await?;
        Ok(done.is_some())
    }
}

const fn since(push: Push) -> Option<Timestamp> {
    match push {
        Push::Unproven(since) | Push::Doubted(since) => Some(since),
        Push::None | Push::On | Push::Off(_) => None,
    }
}

/// Reads what is stored.
pub(super) fn parse(
    name: Option<&str>,
    since: Option<Timestamp>,
    why: Option<&str>,
) -> Option<Push> {
    Some(match (name, since, why) {
        // A release that knew no better wrote only why there was none.
        (None, _, Some(why)) => Push::Off(NoPush::from_name(why)?),
        (None, _, None) => Push::None,
        (Some("proven"), ..) => Push::On,
        (Some("unproven"), Some(since), _) => Push::Unproven(since),
        (Some("lost"), Some(since), _) => Push::Doubted(since),
        (Some("polled"), _, Some(why)) => Push::Off(NoPush::from_name(why)?),
        _ => return None,
    })
}
