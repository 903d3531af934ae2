//! Somebody at a command line, whose API is that of a world.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::rc::Rc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use calwatch::Terminal;
use domain::Provider;
use domain::api_key::Scope;
use simulator::Settings;
use testkit::World;
use tokio::net::TcpListener;

/// A world, and what was typed and printed so far.
pub(super) struct Office {
    pub(super) world: World,
    url: String,
    key: String,
    folder: tempfile::TempDir,
    transcript: RefCell<String>,
}

/// What was written, for the test to look at.
#[derive(Clone, Default)]
struct Paper(Rc<RefCell<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).expect("text")
    }
}

/// What came of a command.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) status: u8,
    pub(super) out: String,
    pub(super) notes: String,
}

impl Done {
    /// The first identifier of this kind that it printed.
    pub(super) fn id(&self, prefix: &str) -> String {
        let mut words = self.out.split(|letter: char| !is_of_word(letter));
        let found = words.find(|word| word.starts_with(prefix) && word.len() == prefix.len() + 26);
        found
            .unwrap_or_else(|| panic!("no {prefix} in {self:?}"))
            .to_owned()
    }
}

impl Office {
    /// With an admin key, at a world with one account at this provider.
    pub(super) async fn open(provider: Provider) -> Self {
        let world = World::start_at(provider, Settings::default()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new()
            .route(
                "/api/webhooks/{kind}/{organization}",
                axum::routing::post(hear),
            )
            .with_state(world.clone())
            .merge(world.api.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let key = world.key(Scope::Admin).await;
        Self {
            world,
            url,
            key,
            folder: tempfile::tempdir().expect("a folder"),
            transcript: RefCell::default(),
        }
    }

    /// Types a command, and writes down what is typed and printed.
    pub(super) async fn types(&self, line: &str) -> Done {
        let words: Vec<&str> = line.split(' ').collect();
        let done = self.run(&words).await;
        let mut transcript = self.transcript.borrow_mut();
        writeln!(transcript, "$ calwatch {line}").expect("a text grows");
        transcript.push_str(&done.out);
        for note in done.notes.lines() {
            writeln!(transcript, "! {note}").expect("a text grows");
        }
        if done.status != 0 {
            writeln!(transcript, "[{}]", done.status).expect("a text grows");
        }
        transcript.push('\n');
        done
    }

    /// Runs a command without a word in the transcript.
    pub(super) async fn run(&self, words: &[&str]) -> Done {
        let (out, notes) = (Paper::default(), Paper::default());
        let terminal = Terminal {
            out: Box::new(out.clone()),
            notes: Box::new(notes.clone()),
            input: Box::new(io::empty()),
            is_watched: false,
            home: None,
            ambient: self.world.connector.ambient.clone(),
        };
        let mut line: Vec<OsString> = vec!["calwatch".into()];
        line.extend(words.iter().map(OsString::from));
        for (option, value) in [("--url", &self.url), ("--key", &self.key)] {
            if !words.contains(&option) {
                line.extend([option.into(), value.into()]);
            }
        }
        let status = calwatch::run(line, terminal).await;
        let done = Done {
            status,
            out: out.text(),
            notes: notes.text(),
        };
        for text in [&done.out, &done.notes] {
            assert!(!text.contains(&self.key), "a key was printed");
        }
        done
    }

    /// The same with another key.
    pub(super) async fn with_key(&self, key: &str, words: &[&str]) -> Done {
        let mut line = words.to_vec();
        line.extend(["--key", key]);
        self.run(&line).await
    }

    /// Writes a file, and answers with its path.
    pub(super) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_string_lossy().into_owned()
    }

    /// Everything that was typed and printed. Identifiers are numbered in the order in which they
    /// appear, since which is which is all that matters.
    pub(super) fn transcript(&self) -> String {
        let folder = self.folder.path().to_string_lossy().into_owned();
        let text = self.transcript.borrow().replace(&folder, "…");
        let text = text.replace(self.url.trim_start_matches("http://"), "localhost");
        numbered(&text)
    }
}

/// Hands a request to the webhook functions.
async fn hear(State(world): State<World>, request: Request) -> Response {
    let is_googles = request.uri().path().contains("google-calendar");
    let provider = if is_googles {
        Provider::Google
    } else {
        Provider::Microsoft
    };
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
    let request =
        lambda_http::http::Request::from_parts(parts, lambda_http::Body::from(body.to_vec()));
    let answer = lambda::webhook::answer(&world.receiver, provider, &request).await;
    answer.map(|body| Body::from(body.as_ref().to_vec()))
}

const fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '-'
}

/// A text in which every identifier of ours is a number as wide as it was.
fn numbered(text: &str) -> String {
    const PREFIXES: [&str; 9] = [
        "org_", "con_", "cal_", "sub_", "run_", "key_", "cor_", "evt_", "cw_",
    ];
    let mut known: Vec<String> = Vec::new();
    let mut whole = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_of_word) {
        let (before, word) = rest.split_at(start);
        let end = word
            .find(|letter| !is_of_word(letter))
            .unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        whole.push_str(before);
        let prefix = PREFIXES.iter().find(|prefix| word.starts_with(**prefix));
        match prefix.filter(|prefix| word.len() >= prefix.len() + 26) {
            Some(prefix) => {
                let place = known.iter().position(|other| other == word);
                let place = place.unwrap_or_else(|| {
                    known.push(word.to_owned());
                    known.len() - 1
                });
                let number = (place + 1).to_string();
                let width = word.len() - prefix.len();
                whole.push_str(&format!("{prefix}{number:0>width$}"));
            }
            None => whole.push_str(word),
        }
        rest = after;
    }
    whole.push_str(rest);
    whole
}
