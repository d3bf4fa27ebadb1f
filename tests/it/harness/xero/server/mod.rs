//! The server: a process of its own, with its state on disk. It is this test binary again, with one test that serves until
//! its input ends; it can be killed at any moment, and another one goes on in its directory.

mod access;
mod api;
pub mod askers;
mod bank;
pub mod books;
mod contacts;
mod control;
mod decimal;
mod description;
mod documents;
pub mod events;
mod http;
mod identity;
mod journal;
pub mod limits;
mod lines;
mod lists;
mod meeting;
mod payments;
mod query;
mod reference;
pub mod shapes;
mod shown;
mod state;
mod time;
pub mod tokens;
mod writing;

use http::Wire;
use meeting::meet;
use state::State;
use std::{
    io::{self, Read},
    net::TcpListener,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// Names the directory of a server that is started.
pub const DIRECTORY: &str = "TIEOUT_TEST_XERO_DIR";
/// The test that serves, by its full name.
pub const ENTRY: &str = "harness::xero::server::serves_until_its_input_ends";
/// In the directory: where it listens.
pub const ADDRESS: &str = "address";
/// What it prints when it does.
pub const READY: &str = "the peer listens";

#[test]
#[ignore = "a server that other tests start"]
fn serves_until_its_input_ends() {
    serve_if_asked();
}

/// Serves where this process was started to do that; returns where it was not.
pub fn serve_if_asked() {
    let Some(dir) = std::env::var_os(DIRECTORY).map(PathBuf::from) else { return };
    let listener = listen(&dir).expect("it listens where it did before");
    let state = Arc::new(Mutex::new(State::open(&dir).expect("the journal can be read")));
    std::thread::spawn(move || end_with_input(&dir));
    println!("{READY}");
    for stream in listener.incoming() {
        let Ok(wire) = stream.and_then(Wire::new) else { continue };
        let state = state.clone();
        std::thread::spawn(move || serve(&state, wire));
    }
}

/// On the port it had, or on any at first.
fn listen(dir: &Path) -> io::Result<TcpListener> {
    let file = dir.join(ADDRESS);
    if let Ok(address) = std::fs::read_to_string(&file) {
        return TcpListener::bind(address);
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    // Renamed into its place, so that a server which is killed here leaves all of it or nothing.
    std::fs::write(dir.join("address.new"), listener.local_addr()?.to_string())?;
    std::fs::rename(dir.join("address.new"), file)?;
    Ok(listener)
}

/// Whoever started it is gone, or needs it no more: then nobody needs what it holds either.
fn end_with_input(dir: &Path) {
    let _ = io::stdin().read_to_end(&mut Vec::new());
    let _ = std::fs::remove_dir_all(dir);
    std::process::exit(0);
}

/// Answers a connection's requests until one of them ends it. A rule that panics is a mistake of the server, and nothing it
/// would say afterwards can be trusted.
fn serve(state: &Mutex<State>, wire: Wire) {
    if std::panic::catch_unwind(AssertUnwindSafe(|| answer_all(state, wire))).is_err() {
        std::process::exit(1);
    }
}

fn answer_all(state: &Mutex<State>, mut wire: Wire) {
    while let Ok(Some(head)) = wire.head() {
        if !matches!(meet(state, &mut wire, &head), Ok(true)) {
            return;
        }
    }
}
