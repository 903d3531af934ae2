//! Somebody who found the address of the webhook.

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::stack::Stack;

/// What a stranger wants to hear, and how that is written in a query.
pub(super) const TOKEN: &str = "<b>1 + 1 = 2</b> & 5 %";
const ENCODED: &str = "%3Cb%3E1+%2B+1+%3D+2%3C%2Fb%3E+%26+5+%25";

/// Asks a path of the API to shake hands, as Graph does before it creates a subscription; answers
/// with what comes back. Byte by byte, so that no client makes the query tidier than it is.
pub(super) async fn shake_hands(stack: &Stack, path: &str) -> anyhow::Result<String> {
    let place = stack.endpoint.trim_start_matches("http://");
    let host = &stack.api_host;
    let mut connection = TcpStream::connect(place).await?;
    let request = format!(
        "POST {path}?validationToken={ENCODED} HTTP/1.1\r\n\
         Host: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .context("the API did not answer a handshake in HTTP")?;
    let status = head.lines().next().unwrap_or_default();
    ensure!(
        status.contains(" 200 "),
        "a handshake was answered `{status}`"
    );
    Ok(body.to_owned())
}
