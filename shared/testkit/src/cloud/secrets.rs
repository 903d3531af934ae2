//! Secrets Manager: secrets with their current and their previous version.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Refusal, required, unknown_operation};
use super::clock::Clock;
use super::{ACCOUNT, Cloud, REGION, locked};

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

#[derive(Debug)]
pub(super) struct Secrets {
    clock: Clock,
    by_name: Mutex<BTreeMap<String, Secret>>,
}

#[derive(Debug, Default)]
struct Secret {
    versions: BTreeMap<String, Version>,
    /// Stage to version id.
    stages: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
struct Version {
    /// `SecretString` or `SecretBinary`, as it came.
    field: &'static str,
    value: String,
    created: Timestamp,
}

impl Secrets {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            by_name: Mutex::default(),
        }
    }

    pub(super) fn serve(&self, operation: &str, body: &Value) -> Result<Value, Refusal> {
        match operation {
            "GetSecretValue" => self.get(body),
            "DescribeSecret" => self.describe(body),
            "PutSecretValue" => self.put(body),
            "CreateSecret" => self.create(body),
            other => Err(unknown_operation(other)),
        }
    }

    fn get(&self, body: &Value) -> Result<Value, Refusal> {
        let secrets = locked(&self.by_name);
        let name = name_of(required(body, "SecretId")?);
        let secret = secrets.get(name).ok_or_else(not_found)?;
        let stage = body["VersionStage"].as_str().unwrap_or(CURRENT);
        let id = body["VersionId"].as_str();
        let id = id.or(secret.stages.get(stage).map(String::as_str));
        let id = id.ok_or_else(not_found)?;
        let version = secret.versions.get(id).ok_or_else(not_found)?;
        let stages = secret.stages.iter().filter(|(_, of)| *of == id);
        Ok(json!({
            "ARN": arn(name),
            "Name": name,
            "VersionId": id,
            version.field: version.value,
            "VersionStages": stages.map(|(stage, _)| stage).collect::<Vec<_>>(),
            "CreatedDate": version.created.as_second(),
        }))
    }

    fn describe(&self, body: &Value) -> Result<Value, Refusal> {
        let secrets = locked(&self.by_name);
        let name = name_of(required(body, "SecretId")?);
        let secret = secrets.get(name).ok_or_else(not_found)?;
        let mut stages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (stage, id) in &secret.stages {
            stages.entry(id).or_default().push(stage);
        }
        Ok(json!({ "ARN": arn(name), "Name": name, "VersionIdsToStages": stages }))
    }

    fn put(&self, body: &Value) -> Result<Value, Refusal> {
        let name = name_of(required(body, "SecretId")?).to_owned();
        let version = self.version(body)?;
        let mut secrets = locked(&self.by_name);
        let secret = secrets.get_mut(&name).ok_or_else(not_found)?;
        let id = secret.add(body, version)?;
        Ok(json!({ "ARN": arn(&name), "Name": name, "VersionId": id }))
    }

    fn create(&self, body: &Value) -> Result<Value, Refusal> {
        let name = required(body, "Name")?.to_owned();
        let version = self.version(body)?;
        let mut secrets = locked(&self.by_name);
        if secrets.contains_key(&name) {
            return Err(exists());
        }
        let id = secrets
            .entry(name.clone())
            .or_default()
            .add(body, version)?;
        Ok(json!({ "ARN": arn(&name), "Name": name, "VersionId": id }))
    }

    fn version(&self, body: &Value) -> Result<Version, Refusal> {
        for field in ["SecretString", "SecretBinary"] {
            if let Some(value) = body[field].as_str() {
                return Ok(Version {
                    field,
                    value: value.to_owned(),
                    created: self.clock.now(),
                });
            }
        }
        let message = "You must provide either SecretString or SecretBinary.";
        Err(Refusal::client("InvalidRequestException", message))
    }
}

impl Secret {
    /// Adds a version and moves the stages; the same token with the same value is a repetition.
    fn add(&mut self, body: &Value, version: Version) -> Result<String, Refusal> {
        let count = self.versions.len();
        let id = body["ClientRequestToken"].as_str().map(str::to_owned);
        let id = id.unwrap_or_else(|| format!("version-{count:08}"));
        if let Some(known) = self.versions.get(&id) {
            return match known.value == version.value {
                true => Ok(id),
                false => Err(exists()),
            };
        }
        self.versions.insert(id.clone(), version);
        let stages = body["VersionStages"].as_array().cloned();
        let stages = stages.unwrap_or_else(|| vec![json!(CURRENT)]);
        for stage in stages.iter().filter_map(Value::as_str) {
            let old = self.stages.insert(stage.to_owned(), id.clone());
            if let (CURRENT, Some(old)) = (stage, old) {
                self.stages.insert(PREVIOUS.to_owned(), old);
            }
        }
        Ok(id)
    }
}

/// Callers name a secret by its name or by its whole ARN.
fn name_of(id: &str) -> &str {
    let name = id.strip_prefix(&arn(""));
    name.unwrap_or(id)
}

fn arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}")
}

fn not_found() -> Refusal {
    let message = "Secrets Manager can't find the specified secret.";
    Refusal::client("ResourceNotFoundException", message)
}

fn exists() -> Refusal {
    let message = "A resource with the ID you requested already exists.";
    Refusal::client("ResourceExistsException", message)
}

impl Cloud {
    /// Stores a text as the current version of a secret, which may be new.
    pub fn put_secret(&self, name: &str, value: &str) {
        let secrets = &self.inside.secrets;
        let version = Version {
            field: "SecretString",
            value: value.to_owned(),
            created: secrets.clock.now(),
        };
        let mut by_name = locked(&secrets.by_name);
        let secret = by_name.entry(name.to_owned()).or_default();
        let added = secret.add(&Value::Null, version);
        added.expect("a version without a token is a new one");
    }

    /// The current text of a secret.
    pub fn secret(&self, name: &str) -> Option<String> {
        let by_name = locked(&self.inside.secrets.by_name);
        let secret = by_name.get(name)?;
        let version = secret.versions.get(secret.stages.get(CURRENT)?)?;
        Some(version.value.clone())
    }
}
