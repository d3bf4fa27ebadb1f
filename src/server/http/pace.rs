//! How fast a file has to come in. Files are read one after the other: one that trickles in, a byte at a time, would keep all
//! others waiting for as long as its sender likes.

use axum::{
    body::{Body, Bytes},
    extract::Request,
    middleware::Next,
    response::Response,
};
use futures::StreamExt;
use std::{
    io,
    time::{Duration, Instant},
};

/// Every file may take so long from its first bytes on, and a second more for each of so many bytes.
const AT_LEAST: Duration = Duration::from_secs(30);
const BYTES_A_SECOND: usize = 32 * 1024;

/// Breaks a request off whose body comes in too slowly.
pub async fn kept(request: Request, next: Next) -> Response {
    let mut pace = Pace::default();
    let paced =
        |body: Body| Body::from_stream(body.into_data_stream().map(move |part| pace.take(part.map_err(io::Error::other)?)));
    next.run(request.map(paced)).await
}

/// How a body comes in.
#[derive(Default)]
struct Pace {
    began: Option<Instant>,
    bytes: usize,
}

impl Pace {
    fn take(&mut self, part: Bytes) -> io::Result<Bytes> {
        self.bytes += part.len();
        let took = self.began.get_or_insert_with(Instant::now).elapsed();
        if took > allowed(self.bytes) { Err(io::ErrorKind::TimedOut.into()) } else { Ok(part) }
    }
}

fn allowed(bytes: usize) -> Duration {
    AT_LEAST + Duration::from_secs((bytes / BYTES_A_SECOND) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_trickles_in_is_broken_off() {
        let since = |seconds, bytes| Pace { began: Instant::now().checked_sub(Duration::from_secs(seconds)), bytes };
        let byte = || Bytes::from_static(b"x");
        assert!(Pace::default().take(byte()).is_ok() && since(29, 20).take(byte()).is_ok());
        assert!(since(31, 20).take(byte()).is_err());
        // A large file over a slow line.
        assert!(since(31, 10 * BYTES_A_SECOND).take(byte()).is_ok());
        assert!(since(41, 10 * BYTES_A_SECOND).take(byte()).is_err());
    }
}
