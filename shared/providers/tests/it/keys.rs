//! A key pair of the moment: its private half signs, its public half verifies.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::DecodingKey;

/// Making one takes a moment, so all tests share it.
static PAIR: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).expect("a key"));

/// PKCS #8 in PEM.
pub(crate) fn private_pem() -> String {
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&*PAIR).expect("a key in DER");
    let label = "PRIVATE KEY";
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(der.as_ref())
    )
}

pub(crate) fn public() -> DecodingKey {
    DecodingKey::from_rsa_der(PAIR.public_key().as_ref())
}
