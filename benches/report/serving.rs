//! The serving process over a group: how soon it answers, how many pages it renders, what travels, and how much
//! memory that took.

use crate::{
    group::Group,
    process::{Server, Tieout},
    table::{Table, grouped, median},
};
use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

const AS_A_BROWSER: [(&str, &str); 2] = [("accept-encoding", "br, gzip"), ("accept", "text/html")];
const STARTS: usize = 5;
/// Visitors at once, each on a connection of its own that stays open, and for how long.
const VISITORS: usize = 4;
const VISIT: Duration = Duration::from_secs(5);

pub fn measure(group: &Group, table: &mut Table) {
    let size = grouped(group.size as u64);
    let tieout = Tieout { data_dir: group.dir.path(), url: Some(&group.url) };
    let starts = (0..STARTS).map(|_| tieout.serve().started_in).collect();
    table.add(
        format!("start until it listens, {size} companies"),
        format!("{:.0} ms", median(starts).as_secs_f64() * 1e3),
        "under 500 ms",
    );

    let server = tieout.serve();
    first_load(&server, &size, table);
    unchanged_poll(&server, &size, table);
    let (pages, bytes) = visit(&server);
    table.add(
        format!("overview pages rendered, {size} companies"),
        format!("{pages:.0}/s"),
        format!("{} bytes each, not compressed", grouped(bytes)),
    );
    table.add(
        format!("peak memory of the server, {size} companies"),
        format!("{} kB", grouped(peak_memory(server.id()))),
        "under 100,000 kB",
    );
}

/// The overview and everything it names, as a browser fetches it that was never here.
fn first_load(server: &Server, size: &str, table: &mut Table) {
    let page = server.get("/overview", &AS_A_BROWSER);
    let plain = server.get("/overview", &[]).text();
    let mut sum = page.size;
    let mut parts = vec![format!("HTML {}", page.size)];
    for address in named_files(&plain) {
        let file = server.get(&address, &AS_A_BROWSER);
        assert_eq!(file.status, 200, "{address}");
        parts.push(format!("{} {}", address.rsplit_once('.').map_or("", |(_, kind)| kind), file.size));
        sum += file.size;
    }
    table.add(
        format!("first load of the overview, {size} companies"),
        format!("{} bytes", grouped(sum as u64)),
        format!("at most 220,000; {}", parts.join(", ")),
    );
}

/// Addresses of this server's own files that the page names, each once.
fn named_files(html: &str) -> BTreeSet<String> {
    let quoted = html.split(['"', '\'', '`']);
    quoted.filter(|text| text.starts_with("/pkg/") || *text == "/favicon.svg").map(str::to_owned).collect()
}

fn unchanged_poll(server: &Server, size: &str, table: &mut Table) {
    let links: serde_json::Value = serde_json::from_slice(&server.get("/api/quick-links", &[]).body).expect("JSON");
    let cursor = &links[1]["cursor"];
    let answer = server.get(&format!("/api/changes?cursor={cursor}"), &[("accept-encoding", "br, gzip")]);
    assert_eq!(answer.text(), format!("{{\"cursor\":{cursor}}}"), "nothing changed");
    table.add(format!("unchanged poll, {size} companies"), format!("{} bytes", answer.size), "under 400, head and body");
}

/// Pages a second, and the bytes of one.
fn visit(server: &Server) -> (f64, u64) {
    let began = Instant::now();
    let visits: Vec<_> = (0..VISITORS)
        .map(|_| {
            let (address, cookie) = (server.address.clone(), server.cookie().to_owned());
            std::thread::spawn(move || {
                let mut stream = BufReader::new(TcpStream::connect(&address).expect("a connection"));
                // In one piece: a system holds the second of several small ones back until the first is acknowledged.
                let request = format!("GET /overview HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\n\r\n");
                let (mut pages, mut bytes) = (0_u64, 0);
                while began.elapsed() < VISIT {
                    stream.get_mut().write_all(request.as_bytes()).expect("a request leaves");
                    bytes = read_answer(&mut stream);
                    pages += 1;
                }
                (pages, bytes)
            })
        })
        .collect();
    let visits: Vec<(u64, u64)> = visits.into_iter().map(|visit| visit.join().expect("a visitor")).collect();
    let pages: u64 = visits.iter().map(|(pages, _)| pages).sum();
    (pages as f64 / began.elapsed().as_secs_f64(), visits[0].1)
}

/// Reads one answer of known length or in chunks; answers the bytes of its body.
fn read_answer(stream: &mut BufReader<TcpStream>) -> u64 {
    let mut line = String::new();
    let mut next = |stream: &mut BufReader<TcpStream>| {
        line.clear();
        stream.read_line(&mut line).expect("an answer");
        line.trim_end().to_ascii_lowercase()
    };
    assert_eq!(next(stream), "http/1.1 200 ok");
    let mut length = None;
    loop {
        let header = next(stream);
        if header.is_empty() {
            break;
        }
        length = header.strip_prefix("content-length: ").and_then(|value| value.parse().ok()).or(length);
    }
    let skip = |stream: &mut BufReader<TcpStream>, bytes: u64| {
        std::io::copy(&mut stream.take(bytes), &mut std::io::sink()).expect("the body arrives");
    };
    if let Some(length) = length {
        skip(stream, length);
        return length;
    }
    let mut sum = 0;
    loop {
        let chunk = u64::from_str_radix(&next(stream), 16).expect("a chunk's length");
        skip(stream, chunk + 2);
        if chunk == 0 {
            return sum;
        }
        sum += chunk;
    }
}

/// The most memory a process had in RAM so far, kB.
pub fn peak_memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
