//! A connection that is kept for many requests, as attackers do who are in a hurry; and that sends whatever bytes it is
//! given, whether or not they are HTTP.

use super::process::{Answer, Server};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

/// Times a request is sent for an answer.
const TRIES: usize = 3;
/// Longer than the server lets anybody wait.
const PATIENCE: Duration = Duration::from_secs(60);

/// The other end of a server's connection, made anew wherever the server closed it.
pub struct Wire<'a> {
    server: &'a Server,
    stream: Option<BufReader<TcpStream>>,
}

impl Wire<'_> {
    pub fn to(server: &Server) -> Wire<'_> {
        Wire { server, stream: None }
    }

    /// One request with nothing added but the host and the length.
    pub fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\ncontent-length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "host") {
            head += &format!("host: {}\r\n", self.server.address);
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        let request = [head.as_bytes(), b"\r\n", body].concat();
        self.answered(&request).unwrap_or_else(|| panic!("no answer to {method} {path}"))
    }

    /// Bytes as they are, sent anew where no answer came: a connection that was kept may be closed by the time it is used again,
    /// and with one that is closed while more comes in the system may throw the answer away.
    pub fn answered(&mut self, request: &[u8]) -> Option<Answer> {
        (0..TRIES).find_map(|_| self.send(request))
    }

    /// Bytes as they are; `None`: the server closed the connection without an answer.
    pub fn send(&mut self, request: &[u8]) -> Option<Answer> {
        let mut stream = self.stream.take().unwrap_or_else(|| connect(self.server));
        // Whoever is refused early is answered although not all was read.
        let sent = stream.get_mut().write_all(request);
        let (answer, stays) = read(&mut stream, request.starts_with(b"HEAD ")).ok()?;
        self.stream = (stays && sent.is_ok()).then_some(stream);
        Some(answer)
    }

    /// The same, and nothing after it: the connection ends in the middle of what it announced.
    pub fn send_and_end(&mut self, request: &[u8]) -> Option<Answer> {
        let mut stream = connect(self.server);
        stream.get_mut().write_all(request).ok()?;
        stream.get_mut().shutdown(Shutdown::Write).ok()?;
        read(&mut stream, false).ok().map(|(answer, _)| answer)
    }
}

fn connect(server: &Server) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(&server.address).expect("the server takes connections");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out is set");
    BufReader::new(stream)
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    stream.read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned())
}

/// An answer, and whether the connection can be used again.
fn read(stream: &mut impl BufRead, is_head: bool) -> io::Result<(Answer, bool)> {
    let status = line(stream)?.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    let mut headers = Vec::new();
    loop {
        let line = line(stream)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim_start().to_owned()));
    }
    let mut answer = Answer { status, headers, body: Vec::new(), size: 0 };
    let stays = answer.header("connection") != "close";
    if is_head || matches!(status, 204 | 304) {
        return Ok((answer, stays));
    }
    if answer.header("transfer-encoding") == "chunked" {
        while let length @ 1.. = usize::from_str_radix(&line(stream)?, 16).map_err(|_| io::ErrorKind::InvalidData)? {
            stream.take(length as u64).read_to_end(&mut answer.body)?;
            line(stream)?;
        }
        line(stream)?;
    } else if let Ok(length) = answer.header("content-length").parse() {
        stream.take(length).read_to_end(&mut answer.body)?;
    } else {
        stream.read_to_end(&mut answer.body)?;
        return Ok((answer, false));
    }
    Ok((answer, stays))
}
