//! HTTP/1.1 by hand, a thread a connection: a server that has to hang up before it has read, or in the middle of what it
//! says, cannot leave that to a library which takes care that it never happens.

use super::askers;
use serde_json::Value;
use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
};

/// A batch may have 3.5 MB.
const LONGEST_BODY: usize = 4 << 20;

/// The head of a request.
#[derive(Debug)]
pub struct Head {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    headers: HashMap<String, String>,
}

impl Head {
    /// Of a write of JSON that comes from here.
    pub fn of_write(method: &str, target: &str) -> Head {
        let headers = HashMap::from([("content-type".to_owned(), "application/json".to_owned())]);
        Head::new(method, target, headers)
    }

    fn new(method: &str, target: &str, headers: HashMap<String, String>) -> Head {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Head { method: method.to_owned(), path: path.to_owned(), query, headers }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// A parameter of the query, whatever the case of its name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// The page of a listing that it asks for.
    pub fn page(&self) -> Option<u64> {
        self.parameter("page")?.parse().ok()
    }
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn new(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: Vec::new() }
    }

    pub fn json(status: u16, body: &Value) -> Reply {
        Reply::text(status, "application/json; charset=utf-8", body.to_string())
    }

    pub fn text(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Reply {
        let mut reply = Reply::new(status);
        reply.header("Content-Type", kind);
        reply.body = body.into();
        reply
    }

    pub fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    fn bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Answered\r\nContent-Length: {}\r\n", self.status, self.body.len());
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        [head.as_bytes(), b"\r\n", &self.body].concat()
    }
}

/// A client's connection.
pub struct Wire {
    stream: BufReader<TcpStream>,
    /// Once it was asked for.
    asker: Option<Option<u32>>,
}

impl Wire {
    pub fn new(stream: TcpStream) -> io::Result<Wire> {
        stream.set_nodelay(true)?;
        Ok(Wire { stream: BufReader::new(stream), asker: None })
    }

    /// The process at the other end.
    pub fn asker(&mut self) -> Option<u32> {
        let stream = self.stream.get_ref();
        *self.asker.get_or_insert_with(|| askers::at_the_other_end(stream))
    }

    /// The next request's head; `None`: the client has no more.
    pub fn head(&mut self) -> io::Result<Option<Head>> {
        let first = self.line()?;
        let mut words = first.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
        let mut headers = HashMap::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        Ok(Some(Head::new(method, target, headers)))
    }

    pub fn body(&mut self, head: &Head) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if head.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            loop {
                let length = usize::from_str_radix(self.line()?.trim(), 16).map_err(|_| io::ErrorKind::InvalidData)?;
                (&mut self.stream).take(length as u64).read_to_end(&mut body)?;
                self.line()?;
                if length == 0 || body.len() > LONGEST_BODY {
                    return Ok(body);
                }
            }
        }
        let length: usize = head.header("content-length").map_or(Ok(0), str::parse).map_err(|_| io::ErrorKind::InvalidData)?;
        if length > LONGEST_BODY {
            return Err(io::ErrorKind::InvalidData.into());
        }
        body.resize(length, 0);
        self.stream.read_exact(&mut body)?;
        Ok(body)
    }

    pub fn answer(&mut self, reply: &Reply) -> io::Result<()> {
        self.stream.get_mut().write_all(&reply.bytes())
    }

    /// Half of the answer, and the end.
    pub fn answer_half(&mut self, reply: &Reply) -> io::Result<()> {
        let bytes = reply.bytes();
        let half = bytes.len() - reply.body.len().div_ceil(2).max(1);
        self.stream.get_mut().write_all(&bytes[..half])?;
        self.cut()
    }

    pub fn cut(&self) -> io::Result<()> {
        self.stream.get_ref().shutdown(Shutdown::Both)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        (&mut self.stream).take(64 << 10).read_until(b'\n', &mut bytes)?;
        let line = String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}
