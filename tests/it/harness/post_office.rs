//! A server that takes letters as real ones do (RFC 5321), keeps them to be read, and refuses them, or hangs, when it is
//! told to. What it refuses it repeats in its answer: some do, and what they repeat must not get into a log.

use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

/// How it treats whoever comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Manner {
    Takes,
    RefusesPasswords,
    RefusesLetters,
    /// Takes the connection, and never says a word.
    Hangs,
}

/// A letter as it was handed over.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Whom the envelope names.
    pub to: Vec<String>,
    /// Its head, with continued lines in one.
    pub head: Vec<String>,
    /// What it says, decoded.
    pub text: String,
}

impl Letter {
    /// The first line of that name in the head.
    pub fn header(&self, name: &str) -> &str {
        self.head.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
    }

    /// The secret part of the link in it.
    pub fn token(&self) -> &str {
        let (_, rest) = self.text.split_once("token=").unwrap_or_else(|| panic!("no link in {self:?}"));
        rest.split_whitespace().next().unwrap_or_default()
    }
}

struct Office {
    manner: Manner,
    letters: Vec<Letter>,
    /// User and password, as they were given.
    passwords: Vec<String>,
}

/// The server; it ends with the process.
pub struct PostOffice {
    pub address: SocketAddr,
    office: Arc<Mutex<Office>>,
}

impl PostOffice {
    pub fn open() -> PostOffice {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let office = Arc::new(Mutex::new(Office { manner: Manner::Takes, letters: Vec::new(), passwords: Vec::new() }));
        let kept = Arc::clone(&office);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let office = Arc::clone(&kept);
                // Whoever hangs up in the middle has said all there is to say.
                thread::spawn(move || serve(&stream.unwrap(), &office).unwrap_or_default());
            }
        });
        PostOffice { address, office }
    }

    pub fn set(&self, manner: Manner) {
        self.office.lock().unwrap().manner = manner;
    }

    pub fn letters(&self) -> Vec<Letter> {
        self.office.lock().unwrap().letters.clone()
    }

    pub fn passwords(&self) -> Vec<String> {
        self.office.lock().unwrap().passwords.clone()
    }

    /// The letter of that place, from 0 on, once it is there.
    pub fn letter(&self, place: usize) -> Letter {
        let began = Instant::now();
        loop {
            if let Some(letter) = self.letters().into_iter().nth(place) {
                return letter;
            }
            assert!(began.elapsed() < Duration::from_secs(10), "letter {place} has not come");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// One connection, until it is ended.
fn serve(stream: &TcpStream, office: &Mutex<Office>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream);
    let say = |sentence: &str| (&mut &*stream).write_all(format!("{sentence}\r\n").as_bytes());
    let manner = office.lock().unwrap().manner;
    if manner == Manner::Hangs {
        return lines.read_line(&mut String::new()).map(drop);
    }
    say("220 post.example.com ESMTP")?;
    let mut to = Vec::new();
    loop {
        let line = line(&mut lines)?;
        let (verb, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
        match verb.to_uppercase().as_str() {
            "EHLO" => say("250-post.example.com\r\n250-8BITMIME\r\n250 AUTH PLAIN")?,
            "AUTH" if manner == Manner::RefusesPasswords => say(&format!("535 5.7.8 not with {rest} = {}", given(rest)))?,
            "AUTH" => {
                office.lock().unwrap().passwords.push(given(rest));
                say("235 welcome")?;
            }
            "MAIL" => {
                to.clear();
                say("250 go on")?;
            }
            "RCPT" => {
                to.push(rest.split(['<', '>']).nth(1).unwrap_or_default().to_owned());
                say("250 go on")?;
            }
            "DATA" => {
                say("354 end with a dot")?;
                let data = data(&mut lines)?;
                let letter = read(to.clone(), &data);
                if manner == Manner::RefusesLetters {
                    say(&format!("554 5.7.1 no letters with token={}", letter.token()))?;
                } else {
                    office.lock().unwrap().letters.push(letter);
                    say("250 taken")?;
                }
            }
            "QUIT" => return say("221 farewell"),
            _ => say("502 not known here")?,
        }
    }
}

fn line(lines: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    match lines.read_line(&mut line)? {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
    }
}

/// User and password of a `PLAIN` argument.
fn given(argument: &str) -> String {
    let bytes = STANDARD.decode(argument.rsplit(' ').next().unwrap_or_default()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_start_matches('\0').replace('\0', " ")
}

/// The lines up to the one that is a dot, without the dots that were put before others.
fn data(lines: &mut impl BufRead) -> std::io::Result<Vec<String>> {
    let mut data = Vec::new();
    loop {
        match line(lines)? {
            end if end == "." => return Ok(data),
            line => data.push(line.strip_prefix('.').unwrap_or(&line).to_owned()),
        }
    }
}

fn read(to: Vec<String>, data: &[String]) -> Letter {
    let end = data.iter().position(String::is_empty).unwrap_or(data.len());
    let mut head: Vec<String> = Vec::new();
    for line in &data[..end] {
        match head.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(line),
            _ => head.push(line.clone()),
        }
    }
    let mut letter = Letter { to, head, text: String::new() };
    let body = data.get(end + 1..).unwrap_or_default();
    letter.text = match letter.header("Content-Transfer-Encoding") {
        "7bit" | "8bit" => body.join("\n"),
        "base64" => String::from_utf8(STANDARD.decode(body.concat()).unwrap()).unwrap().replace("\r\n", "\n"),
        "quoted-printable" => unquoted(&body.join("\n")),
        other => panic!("{other} is no encoding of texts"),
    };
    letter
}

/// From quoted-printable (RFC 2045).
fn unquoted(text: &str) -> String {
    let text = text.replace("=\n", "");
    let mut parts = text.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).unwrap());
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).unwrap()
}
