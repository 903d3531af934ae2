//! A socket that gives its answers in turn, the last one for ever, and remembers what it was asked.

use std::io::Write as _;
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the server was asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Such as `GET /path?query`.
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// What the server answers.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Whether the body is repeated until nobody listens any more.
    endless: bool,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            endless: false,
        }
    }

    /// Reads a whole answer as it is in a fixture; its length is counted anew.
    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status = status.expect("a status").parse().expect("a number");
        lines
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"))
            .fold(Self::new(status, body), |reply, (name, value)| {
                reply.with(name, value)
            })
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn endless(mut self) -> Self {
        self.endless = true;
        self
    }

    /// The same with the links of one host leading to another.
    fn moved(mut self, from: &str, to: &str) -> Self {
        let is_link = |bytes: &[u8]| bytes == from.as_bytes();
        // Byte by byte, since a body need not be text.
        while let Some(start) = self.body.windows(from.len()).position(is_link) {
            self.body.splice(start..start + from.len(), to.bytes());
        }
        self
    }
}

pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn answering(reply: Reply) -> Self {
        Self::answering_in_turn(vec![reply]).await
    }

    pub(crate) async fn answering_in_turn(replies: Vec<Reply>) -> Self {
        Self::start(|_| replies).await
    }

    /// One that gives these answers in turn, in which the links of `host` lead to itself.
    pub(crate) async fn in_place_of(host: &str, replies: Vec<Reply>) -> Self {
        let moved = |url: &str| {
            let replies = replies.into_iter();
            replies.map(|reply| reply.moved(host, url)).collect()
        };
        Self::start(moved).await
    }

    async fn start(replies: impl FnOnce(&str) -> Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let url = format!("http://{address}");
        let replies = replies(&url);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Whoever hangs up early, as those who met their limit do, is no failure here.
                let _ = answer(stream, &replies, &seen).await;
            }
        });
        Self {
            url,
            requests,
            task,
        }
    }

    /// All requests so far, in order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no test panicked here").clone()
    }

    /// The only request so far.
    pub(crate) fn request(&self) -> Request {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "one request: {requests:?}");
        requests.remove(0)
    }

    /// How many requests there were.
    pub(crate) fn count(&self) -> usize {
        self.requests().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    mut stream: TcpStream,
    replies: &[Reply],
    seen: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let request = loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Some(request) = parse(&text.replace("\r\n", "\n")) {
            break request;
        }
    };
    let turn = {
        let mut seen = seen.lock().expect("no test panicked here");
        seen.push(request);
        seen.len().min(replies.len()) - 1
    };
    let reply = &replies[turn];

    let mut head = format!("HTTP/1.1 {} Canned\r\nconnection: close\r\n", reply.status);
    if !reply.endless {
        head += &format!("content-length: {}\r\n", reply.body.len());
    }
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(b"\r\n").await?;
    stream.write_all(&reply.body).await?;
    if reply.endless {
        loop {
            stream.write_all(&reply.body).await?;
        }
    }
    stream.shutdown().await
}

/// Reads a request as it is on the wire or in a fixture; none if its body is not all there.
pub(crate) fn parse(text: &str) -> Option<Request> {
    let (head, body) = text.split_once("\n\n")?;
    let mut lines = head.lines();
    let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: HeaderMap = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
            let value = HeaderValue::from_str(value.trim()).expect("a header's value");
            (name, value)
        })
        .collect();
    let length: usize = match headers.get("content-length") {
        Some(length) => length.to_str().ok()?.parse().ok()?,
        None => 0,
    };
    (body.len() >= length).then(|| Request {
        line,
        headers,
        body: body[..length].to_owned(),
    })
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("room");
    encoder.finish().expect("room")
}
