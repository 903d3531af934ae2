//! Bodies as HTML and as text: Exchange keeps one and makes the other.

use serde_json::{Value, json};

use crate::microsoft::render::BodyKind;

/// A body as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    kind: BodyKind,
    content: String,
}

/// How much of a body is in `bodyPreview`.
const PREVIEW: usize = 255;

/// Reads an event's `body`; an empty one if there is none.
pub(crate) fn of(value: Option<&Value>) -> Body {
    let part = |name: &str| {
        let part = value.and_then(|body| body.get(name));
        part.and_then(Value::as_str).unwrap_or_default()
    };
    Body {
        kind: if part("contentType").eq_ignore_ascii_case("text") {
            BodyKind::Text
        } else {
            BodyKind::Html
        },
        content: part("content").to_owned(),
    }
}

impl Body {
    pub(crate) fn shown(&self, kind: BodyKind) -> Value {
        let content = match (self.kind, kind) {
            (BodyKind::Html, BodyKind::Text) => plain(&self.content),
            (BodyKind::Text, BodyKind::Html) => marked_up(&self.content),
            (BodyKind::Html, BodyKind::Html) | (BodyKind::Text, BodyKind::Text) => {
                self.content.clone()
            }
        };
        let name = match kind {
            BodyKind::Html => "html",
            BodyKind::Text => "text",
        };
        json!({ "contentType": name, "content": content })
    }

    pub(crate) fn preview(&self) -> String {
        let text = match self.kind {
            BodyKind::Html => plain(&self.content),
            BodyKind::Text => self.content.clone(),
        };
        text.chars().take(PREVIEW).collect()
    }
}

fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => is_tag = true,
            '>' if is_tag => is_tag = false,
            letter if !is_tag => text.push(letter),
            _ => {}
        }
    }
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    let text = entities
        .iter()
        .fold(text, |text, (entity, letter)| text.replace(entity, letter));
    text.trim().to_owned()
}

fn marked_up(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let escapes = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\n", "<br>")];
    let html = escapes
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    format!("<html><body>{html}</body></html>")
}
