//! What a run that was killed has left: its providers' world, and what is still watched in it.

use anyhow::Context;
use domain::Provider;
use domain::inbox::Source;
use serde_json::Value;

use super::shell::Shell;
use super::stack::Stack;
use super::world::Kept;

/// How many calendars it watches.
const CALENDARS: usize = 3;

/// A calendar that is watched.
pub(super) struct Watched {
    /// Its id.
    pub(super) id: String,
    /// Where it is.
    pub(super) source: Source,
}

/// The world that was left by a run that was killed, and the calendars that are still watched in
/// it. What one of the two has forgotten, the other must not go on with.
pub(super) async fn left(
    shell: &Shell,
    stack: &Stack,
) -> anyhow::Result<Option<(Kept, Vec<Watched>)>> {
    let Some(folder) = &stack.state else {
        return Ok(None);
    };
    let Some(kept) = Kept::find(folder)? else {
        return Ok(None);
    };
    let watched = match shell.quietly(&["calendar", "list", "--json"]).await {
        Some(listed) => active(&serde_json::from_str(&listed.text())?)?,
        None => Vec::new(),
    };
    // It was killed before there was much to go on with.
    if watched.len() < CALENDARS {
        for calendar in &watched {
            shell.quietly(&["calendar", "unwatch", &calendar.id]).await;
        }
        kept.forget()?;
        return Ok(None);
    }
    Ok(Some((kept, watched)))
}

/// The calendars of a list that are read.
fn active(list: &Value) -> anyhow::Result<Vec<Watched>> {
    let all = list.as_array().into_iter().flatten();
    let active = all.filter(|calendar| calendar["status"] == "active");
    let text = |calendar: &Value, name: &str| {
        let text = calendar[name].as_str().map(str::to_owned);
        text.with_context(|| format!("a calendar has no {name}"))
    };
    active
        .map(|calendar| {
            let provider = text(calendar, "provider")?;
            Ok(Watched {
                id: text(calendar, "id")?,
                source: Source {
                    provider: Provider::from_slug(&provider)
                        .with_context(|| format!("nobody knows the provider {provider}"))?,
                    connection: text(calendar, "connection")?.parse()?,
                    external_id: text(calendar, "external_id")?,
                },
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_goes_on_are_the_calendars_that_are_still_read() {
        let list = json!([
            {
                "id": "cal_01M84WNCM37DX6624NCT4C4B15",
                "provider": "google",
                "connection": "con_01M84WNCM37DX6624NCT4C4B15",
                "external_id": "ada@acme.example",
                "status": "active",
            },
            { "id": "cal_01M84WNCM37DX6624NCT4C4B16", "status": "unwatched" },
        ]);

        let active = active(&list).unwrap();

        assert_eq!(active.len(), 1);
        assert_eq!(active[0].source.external_id, "ada@acme.example");
        assert!(super::active(&json!([{ "status": "active" }])).is_err());
    }
}
