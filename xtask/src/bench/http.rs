//! One HTTP request at a time, each on a connection of its own: to look at an answer before many of them are measured.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// What wrk puts another number for each time that it sends a body, as bench/load.lua says.
pub(crate) const NUMBER: &str = "${n}";

/// What is asked, by us once and by wrk again and again.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Sent in turn; none for GET.
    pub(crate) bodies: Vec<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// As it was sent, the status line and the empty line included.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// What the body was on the wire.
    pub(crate) sent: usize,
}

impl Request {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            headers: Vec::new(),
            bodies: Vec::new(),
        }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends it once, with the first body. The number in it is 0, which no other has.
    pub(crate) fn send(&self, address: SocketAddr) -> Result<Answer> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let body = self.bodies.first().map_or("", String::as_str);
        let body = body.replace(NUMBER, "0");
        let headers = self.headers.iter();
        let headers: String = headers
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let length = if self.method == "GET" {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        // Without `Connection: close`: the head of the answer has to be that which wrk gets.
        write!(
            stream,
            "{} {} HTTP/1.1\r\nHost: {address}\r\n{headers}{length}\r\n{body}",
            self.method, self.path
        )?;
        read(stream).with_context(|| format!("no answer to {} {}", self.method, self.path))
    }
}

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The whole answer as it was sent, if its body had a length.
    pub(crate) fn raw(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.body].concat()
    }

    /// Bytes on the wire.
    pub(crate) fn size(&self) -> usize {
        self.head.len() + self.sent
    }
}

fn read(mut stream: TcpStream) -> Result<Answer> {
    let mut received = Vec::new();
    let mut more = |received: &mut Vec<u8>| -> Result<()> {
        let mut buffer = [0; 16 * 1024];
        let count = stream.read(&mut buffer)?;
        ensure!(
            count > 0,
            "the connection was closed before the answer was whole"
        );
        received.extend_from_slice(&buffer[..count]);
        Ok(())
    };
    let start = loop {
        if let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        more(&mut received)?;
    };
    let head = String::from_utf8(received[..start].to_vec())?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let mut answer = Answer {
        status: status.context("the answer has no status")?,
        head,
        body: Vec::new(),
        sent: 0,
    };
    if let Some(length) = answer.header("content-length") {
        let length: usize = length.parse()?;
        while received.len() < start + length {
            more(&mut received)?;
        }
        answer.body = received[start..start + length].to_vec();
        answer.sent = length;
    } else if answer.header("transfer-encoding").is_some() {
        while !received.ends_with(b"\r\n0\r\n\r\n") {
            more(&mut received)?;
        }
        answer.body = unchunked(&received[start..])?;
        answer.sent = received.len() - start;
    } else if !matches!(answer.status, 204 | 304) {
        bail!("the answer says not how long it is");
    }
    Ok(answer)
}

/// The content of a chunked body.
fn unchunked(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n");
        let (size, after) = rest.split_at(end.context("a chunk has no size")?);
        let size = usize::from_str_radix(str::from_utf8(size)?, 16)?;
        if size == 0 {
            return Ok(content);
        }
        let chunk = after.get(2..2 + size).context("a chunk is cut short")?;
        content.extend_from_slice(chunk);
        rest = after.get(size + 4..).context("a chunk is cut short")?;
    }
}

#[cfg(test)]
mod tests {
    use super::unchunked;

    #[test]
    fn chunks_are_put_together() {
        let body =
            unchunked(b"4\r\nab\r\n\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n").unwrap();
        assert_eq!(body, b"ab\r\nabcdefghijklmnopqrstuvwxyz");
        assert!(unchunked(b"5\r\nab").is_err());
    }
}
