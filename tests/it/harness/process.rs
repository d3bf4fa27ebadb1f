//! The real binary, as people run it: commands that end, and a server on a free port.

use serde_json::Value;
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};
use tempfile::NamedTempFile;

/// Where a command's data is.
pub struct Tieout<'a> {
    pub data_dir: &'a Path,
    /// Of the test's database; `None`: SQLite in the data directory.
    pub url: Option<&'a str>,
}

/// How a command ended.
/// The key of every database that tests and the processes they start share.
pub const SECRET_KEY: &str = "dGVzdHMgc2VhbCB3aXRoIHRoaXMga2V5LCBubyBvbmU=";

#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Tieout<'_> {
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tieout"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TIEOUT_")) {
            command.env_remove(name);
        }
        // Servers that tests ask are on this machine, under its number alone, and take more requests than Xero does.
        command.env("TIEOUT_DATA_DIR", self.data_dir).env("TIEOUT_PRIVATE_HOSTS", "127.0.0.1");
        command.env("TIEOUT_XERO_MINUTE_LIMIT", "100000");
        // Where no test has one of its own, nobody is asked.
        command.env("TIEOUT_XERO_ADDRESS", "http://127.0.0.1:9");
        if let Some(url) = self.url {
            command.env("TIEOUT_DATABASE_URL", url).env("TIEOUT_SECRET_KEY", SECRET_KEY);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command().args(arguments))
    }

    /// Starts a server; it is ready when this returns.
    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    pub fn serve_with(&self, arguments: &[&str]) -> Server {
        self.start(self.command().stderr(Stdio::null()), arguments, None)
    }

    /// The same with a log of its own, which [`Server::log`] reads; `settings` are variables of its environment.
    pub fn serve_logged(&self, settings: &[(&str, &str)]) -> Server {
        let log = tempfile::NamedTempFile::new().expect("a file for the log is made");
        let stderr = log.reopen().expect("the log's file opens");
        self.start(self.command().envs(settings.iter().copied()).stderr(stderr), &[], Some(log))
    }

    fn start(&self, command: &mut Command, arguments: &[&str], log: Option<NamedTempFile>) -> Server {
        let began = Instant::now();
        let is_told =
            arguments.contains(&"--listen") || command.get_envs().any(|(name, to)| name == "TIEOUT_LISTEN" && to.is_some());
        let listen: &[&str] = if is_told { &[] } else { &["--listen", "127.0.0.1:0"] };
        let mut child = command.arg("serve").args(listen).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
        stdout.read_line(&mut line).unwrap();
        let said = line.trim().strip_prefix("Tieout is at ").unwrap_or_else(|| panic!("it says {line:?}"));
        // Where it has a public address, that is not where it listens.
        let address = said.split(" and listens on ").last().unwrap_or(said);
        let address = address.split("://").last().unwrap_or(address).to_owned();
        let started_in = began.elapsed();
        let (data_dir, url) = (self.data_dir.to_owned(), self.url.map(str::to_owned));
        Server { child, address, started_in, data_dir, url, cookie: OnceLock::new(), stdout, log }
    }
}

pub fn ended(command: &mut Command) -> Ended {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Ended { code: output.status.code().expect("no signal"), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A serving process; killed when dropped.
pub struct Server {
    child: Child,
    pub address: String,
    pub started_in: Duration,
    data_dir: PathBuf,
    url: Option<String>,
    /// Of the administrator that requests are made as.
    cookie: OnceLock<String>,
    stdout: BufReader<std::process::ChildStdout>,
    /// Where its log goes, if anybody is to read it.
    log: Option<NamedTempFile>,
}

/// An answer as it came over the wire.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Bytes of all of it.
    pub size: usize,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Server {
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers, b"")
    }

    /// The cookie of a new session of a person, who is invited where they are not there yet; `invited` are arguments of the
    /// command for that.
    pub fn sign_in(&self, email: &str, invited: &[&str]) -> String {
        let tieout = Tieout { data_dir: &self.data_dir, url: self.url.as_deref() };
        // Fails where they are.
        tieout.run(&[&["people", "invite", email], invited].concat());
        let link =
            tieout.run(&["people", "link", email, "--sign-in", "--json"]).json()["link"].as_str().expect("a link").to_owned();
        let (_, token) = link.split_once("token=").expect("a token");
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let answer = self.ask_as_nobody("POST", "/api/enter", &form, format!("token={token}").as_bytes());
        let cookie = answer.headers.iter().find(|(name, value)| name == "set-cookie" && value.starts_with("__Host-tieout="));
        let (_, cookie) = cookie.unwrap_or_else(|| panic!("no session: {answer:?}"));
        cookie.split(';').next().expect("a cookie").to_owned()
    }

    /// One request on a connection of its own, of an administrator. A `host` or a `cookie` among the headers replaces the
    /// server's and the administrator's own.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        if headers.iter().any(|(name, _)| *name == "cookie") {
            return self.ask_as_nobody(method, path, headers, body);
        }
        self.ask_as_nobody(method, path, &[headers, &[("cookie", self.cookie())]].concat(), body)
    }

    /// Of an administrator's session.
    pub fn cookie(&self) -> &str {
        self.cookie.get_or_init(|| self.sign_in("tester@example.com", &["--name", "Tester", "--role", "administrator"]))
    }

    /// The same of somebody who is not signed in.
    pub fn ask_as_nobody(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        exchange(&self.address, method, path, headers, body).unwrap_or_else(|error| panic!("no answer to {path}: {error}"))
    }

    /// What it has written to its log.
    pub fn log(&self) -> String {
        let log = self.log.as_ref().expect("it was started with a log");
        String::from_utf8_lossy(&std::fs::read(log.path()).expect("the log is read")).into_owned()
    }

    /// The secret part of the link that it shows when it starts.
    pub fn shown_token(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.stdout.read_line(&mut line).unwrap(), 0, "it shows a link");
            if let Some((_, token)) = line.trim().split_once("?token=") {
                return token.to_owned();
            }
        }
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to stop, as a service manager does, and answers how long it took and its exit code.
    pub fn terminate(mut self) -> (Duration, Option<i32>) {
        let began = Instant::now();
        let told = Command::new("kill").args(["-TERM", &self.id().to_string()]).status().unwrap();
        assert!(told.success());
        let status = self.child.wait().unwrap();
        (began.elapsed(), status.code())
    }
}

/// One request on a connection of its own, and its answer; an error where the connection ends before the answer does.
pub fn exchange(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Answer> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| *name == "host") {
        request += &format!("host: {address}\r\n");
    }
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(body)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(cut)?;
    let head = String::from_utf8(bytes[..end].to_vec()).expect("a head of text");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
    let headers: Vec<(String, String)> =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let body = bytes[end + 4..].to_vec();
    let announced = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, length)| length.parse().ok());
    if announced.is_some_and(|length: usize| length > body.len()) {
        return Err(cut());
    }
    Ok(Answer { status, headers, body, size: bytes.len() })
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
