//! Tokens that a client can neither read nor make up.

use crate::random::derived;

/// A number that stands for some text: a checksum here, a set of parameters elsewhere.
pub(crate) fn digest(text: &str) -> u64 {
    derived(0, text).next()
}

/// A text with its checksum, masked so that nobody is tempted to read it.
pub(crate) fn seal(text: &str) -> Vec<u8> {
    let mut bytes = digest(text).to_be_bytes().to_vec();
    let mut mask = derived(0, "mask");
    bytes.extend(text.bytes().map(|byte| byte ^ mask.next() as u8));
    bytes
}

/// The text again; none if the checksum is wrong.
pub(crate) fn open(sealed: &[u8]) -> Option<String> {
    let (checksum, masked) = sealed.split_first_chunk::<8>()?;
    let mut mask = derived(0, "mask");
    let text =
        String::from_utf8(masked.iter().map(|byte| byte ^ mask.next() as u8).collect()).ok()?;
    (digest(&text).to_be_bytes() == *checksum).then_some(text)
}
