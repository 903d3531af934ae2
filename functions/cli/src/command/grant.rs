//! A grant as somebody hands it over: what the API takes, checked before it is sent.

use serde::Deserialize;
use serde_json::{Value, json};

/// A grant, in the API's own form. Its fields are never printed.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum GrantV1 {
    GoogleRefreshToken {
        refresh_token: String,
    },
    GoogleServiceAccount {
        client_email: String,
        key_id: String,
        private_key: String,
        subject: String,
    },
    MicrosoftRefreshToken {
        tenant: String,
        refresh_token: String,
    },
}

/// A grant that has the right form. What it is worth, only its provider knows.
pub(crate) struct Grant {
    /// Whose grant it is.
    pub(crate) provider: &'static str,
    /// It, for the API.
    pub(crate) body: Value,
}

/// The forms, for whoever got one wrong.
pub(crate) const FORMS: &str = r#"{"kind":"google_refresh_token","refresh_token":"…"}
{"kind":"google_service_account","client_email":"…","key_id":"…",
 "private_key":"…","subject":"…"}
{"kind":"microsoft_refresh_token","tenant":"…","refresh_token":"…"}"#;

impl Grant {
    /// Reads one, or says what is wrong with it without repeating any of it.
    pub(crate) fn read(value: Value) -> Result<Self, String> {
        let Value::Object(fields) = &value else {
            return Err("is not a JSON object".to_owned());
        };
        let blank = fields
            .iter()
            .find(|(_, value)| value.as_str().is_some_and(|text| text.trim().is_empty()));
        if let Some((name, _)) = blank {
            return Err(format!("has an empty {}", crate::print::cut(name, 40)));
        }
        let read: GrantV1 = serde_json::from_value(value.clone())
            .map_err(|error| without_quotes(&error.to_string()))?;
        let provider = match read {
            GrantV1::GoogleRefreshToken { refresh_token } => {
                drop(refresh_token);
                "google"
            }
            GrantV1::GoogleServiceAccount {
                client_email,
                key_id,
                private_key,
                subject,
            } => {
                drop((client_email, key_id, private_key, subject));
                "google"
            }
            GrantV1::MicrosoftRefreshToken {
                tenant,
                refresh_token,
            } => {
                drop((tenant, refresh_token));
                "microsoft"
            }
        };
        Ok(Self {
            provider,
            body: json!({ "provider": provider, "grant": value }),
        })
    }
}

/// A parser's message up to where it may quote a value: names of fields are ours, values are not.
fn without_quotes(message: &str) -> String {
    if message.starts_with("missing field")
        || (message.starts_with("unknown field") && !message.contains('\n'))
    {
        let known = message.split(", expected").next().unwrap_or_default();
        return known
            .replacen("missing field", "lacks the field", 1)
            .replacen("unknown field", "has the unknown field", 1);
    }
    if message.starts_with("unknown variant") {
        return "has an unknown kind".to_owned();
    }
    "is not a grant".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        let read = Grant::read(serde_json::from_str(text).unwrap());
        read.err().expect("not a grant")
    }

    #[test]
    fn each_form_is_read_and_belongs_to_a_provider() {
        let forms = FORMS.replace("\n ", "");
        let providers: Vec<&str> = forms
            .lines()
            .map(|form| Grant::read(serde_json::from_str(form).unwrap()).ok())
            .map(|grant| grant.expect("a grant").provider)
            .collect();

        assert_eq!(providers, ["google", "google", "microsoft"]);
    }

    #[test]
    fn what_is_wrong_is_said_and_no_secret_is_repeated() {
        let token = r#"{"kind":"google_refresh_token","refresh_token":"s3cret"}"#;

        assert_eq!(
            wrong(&token.replace("refresh_token\":\"s3", "token\":\"s3")),
            "has the unknown field `token`"
        );
        assert_eq!(
            wrong(&token.replace("google_", "s3cret_")),
            "has an unknown kind"
        );
        assert_eq!(
            wrong(&token.replace("google", "microsoft")),
            "lacks the field `tenant`"
        );
        assert_eq!(
            wrong(&token.replace("s3cret", " ")),
            "has an empty refresh_token"
        );
        assert_eq!(
            wrong(&token.replace("\"s3cret\"", "[\"s3cret\"]")),
            "is not a grant"
        );
        assert_eq!(wrong("\"s3cret\""), "is not a JSON object");
    }
}
