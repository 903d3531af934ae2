//! What goes on the bus, and what is still owed to it?

use jiff::SignedDuration;

/// EventBridge takes this many entries a call.
pub const ENTRIES: usize = 10;

/// EventBridge takes this many bytes a call.
pub const BYTES: usize = 256 * 1024;

/// How long after an entry was written the sweeper publishes it, if nobody else has.
pub const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// How many of the entries of these sizes fit into one call; at least one, so that one entry that
/// is too large fails by itself.
pub fn batch(sizes: impl IntoIterator<Item = usize>) -> usize {
    let mut total = 0;
    let fitting = sizes
        .into_iter()
        .take(ENTRIES)
        .take_while(|size| {
            total += size;
            total <= BYTES
        })
        .count();
    fitting.max(1)
}

/// How many entries count as published, from which of them EventBridge refused, in order.
///
/// Everything after the first refusal is sent again, so that a reader never has to wait for an
/// entry that nobody will send.
pub fn accepted(refused: impl IntoIterator<Item = bool>) -> usize {
    refused.into_iter().take_while(|refused| !refused).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_ends_at_ten_entries_or_at_the_byte_limit() {
        assert_eq!(batch([1; 25]), 10);
        assert_eq!(batch([100 * 1024; 5]), 2);
        assert_eq!(batch([300 * 1024, 1]), 1);
    }

    #[test]
    fn everything_after_the_first_refusal_is_sent_again() {
        assert_eq!(accepted([false, false, true, false]), 2);
        assert_eq!(accepted([true]), 0);
        assert_eq!(accepted([false; 3]), 3);
    }
}
