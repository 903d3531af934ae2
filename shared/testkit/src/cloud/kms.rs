//! KMS: encryption that no one should trust, but that insists on its encryption context.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::{Refusal, required, unknown_operation};
use super::{ACCOUNT, Cloud, REGION, locked};

/// What `Encrypt` takes.
const MOST_PLAINTEXT: usize = 4096;
const HASH: usize = 32;

#[derive(Debug, Default)]
pub(super) struct Keys {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    names: BTreeSet<String>,
    /// Stands for randomness: no two ciphertexts or data keys are alike.
    counter: u64,
}

impl Keys {
    pub(super) fn serve(&self, operation: &str, body: &Value) -> Result<Value, Refusal> {
        let mut state = locked(&self.state);
        match operation {
            "Encrypt" => {
                let key = state.key(required(body, "KeyId")?)?;
                let plaintext = bytes(body, "Plaintext")?;
                if plaintext.len() > MOST_PLAINTEXT {
                    let message = format!("Plaintext has more than {MOST_PLAINTEXT} bytes");
                    return Err(Refusal::client("ValidationException", message));
                }
                Ok(state.encrypt(&key, &plaintext, &context(body)))
            }
            "Decrypt" => state.decrypt(body),
            "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => {
                let key = state.key(required(body, "KeyId")?)?;
                state.counter += 1;
                let secret = hash(&[b"data key", key.as_bytes(), &state.counter.to_be_bytes()]);
                let mut answer = state.encrypt(&key, &secret, &context(body));
                if operation == "GenerateDataKey" {
                    answer["Plaintext"] = json!(STANDARD.encode(secret));
                }
                Ok(answer)
            }
            other => Err(unknown_operation(other)),
        }
    }
}

impl State {
    /// A key by its name, its alias or an ARN of either.
    fn key(&self, id: &str) -> Result<String, Refusal> {
        let name = id.rsplit('/').next().unwrap_or(id);
        self.names.get(name).cloned().ok_or_else(|| {
            Refusal::client("NotFoundException", format!("Key '{id}' does not exist"))
        })
    }

    /// A ciphertext as `Sealed` reads it.
    fn encrypt(&mut self, key: &str, plaintext: &[u8], context: &[u8]) -> Value {
        self.counter += 1;
        let nonce = hash(&[b"nonce", &self.counter.to_be_bytes()]);
        let sealed = keystream(key, &nonce, plaintext);
        let length = u8::try_from(key.len()).expect("a short name of a key");
        let mut blob = vec![length];
        blob.extend_from_slice(key.as_bytes());
        blob.extend_from_slice(&nonce);
        blob.extend_from_slice(&sealed);
        blob.extend_from_slice(&seal(key, &nonce, &sealed, context));
        json!({
            "KeyId": arn(key),
            "CiphertextBlob": STANDARD.encode(blob),
            "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        })
    }

    fn decrypt(&self, body: &Value) -> Result<Value, Refusal> {
        let blob = bytes(body, "CiphertextBlob")?;
        let found = Sealed::read(&blob).ok_or_else(invalid)?;
        let key = self.key(found.key).map_err(|_| invalid())?;
        if let Some(wanted) = body["KeyId"].as_str()
            && self.key(wanted)? != key
        {
            let message = "The key ID in the request does not identify the key that was used.";
            return Err(Refusal::client("IncorrectKeyException", message));
        }
        if seal(&key, found.nonce, found.text, &context(body)) != found.seal {
            return Err(invalid());
        }
        let plaintext = keystream(&key, found.nonce, found.text);
        Ok(json!({
            "KeyId": arn(&key),
            "Plaintext": STANDARD.encode(plaintext),
            "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        }))
    }
}

/// The parts of a ciphertext: behind the length of the key's name, in this order.
struct Sealed<'a> {
    key: &'a str,
    nonce: &'a [u8],
    text: &'a [u8],
    seal: &'a [u8],
}

impl<'a> Sealed<'a> {
    fn read(blob: &'a [u8]) -> Option<Self> {
        let (length, rest) = blob.split_first()?;
        let (key, rest) = rest.split_at_checked(usize::from(*length))?;
        let (nonce, rest) = rest.split_at_checked(HASH)?;
        let (text, seal) = rest.split_at_checked(rest.len().checked_sub(HASH)?)?;
        let key = std::str::from_utf8(key).ok()?;
        Some(Self {
            key,
            nonce,
            text,
            seal,
        })
    }
}

fn keystream(key: &str, nonce: &[u8], text: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(text.len());
    for (number, block) in text.chunks(HASH).enumerate() {
        let pad = hash(&[b"pad", key.as_bytes(), nonce, &number.to_be_bytes()]);
        sealed.extend(block.iter().zip(pad).map(|(byte, pad)| byte ^ pad));
    }
    sealed
}

fn seal(key: &str, nonce: &[u8], sealed: &[u8], context: &[u8]) -> [u8; HASH] {
    hash(&[b"seal", key.as_bytes(), nonce, sealed, context])
}

/// Each part with its length, so that no two lists of parts hash alike.
fn hash(parts: &[&[u8]]) -> [u8; HASH] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The context in one fixed order, whatever order it came in.
fn context(body: &Value) -> Vec<u8> {
    let pairs = body["EncryptionContext"].as_object();
    let pairs: BTreeMap<_, _> = pairs.into_iter().flatten().collect();
    json!(pairs).to_string().into_bytes()
}

fn bytes(body: &Value, field: &str) -> Result<Vec<u8>, Refusal> {
    let text = required(body, field)?;
    STANDARD
        .decode(text)
        .map_err(|_| Refusal::client("SerializationException", format!("{field} is not base64")))
}

fn invalid() -> Refusal {
    Refusal::client("InvalidCiphertextException", "the ciphertext is invalid")
}

fn arn(key: &str) -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}")
}

impl Cloud {
    /// A new key; clients may use its name, `alias/<name>` or the ARN that comes back.
    pub fn create_key(&self, name: &str) -> String {
        locked(&self.inside.keys.state)
            .names
            .insert(name.to_owned());
        arn(name)
    }
}
