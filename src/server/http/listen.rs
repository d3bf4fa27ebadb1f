//! Connections: encrypted where a certificate was given, bounded in number, and given up where whoever is at the other end
//! is too slow to ask for anything. Whoever was let in before the process was told to stop is answered.

use crate::server::config::Tls;
use anyhow::Context;
use axum::{Router, extract::connect_info::Connected};
use axum_server::{
    AddrListener, Address, Control, Handle, Server,
    accept::{Accept, NoDelayAcceptor},
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use std::{
    future::{Ready, ready},
    io,
    net::{SocketAddr, TcpListener},
    time::{Duration, Instant, SystemTime},
};
use tokio::{net::TcpStream, sync::Mutex};
use tokio_util::sync::CancellationToken;

/// Connections at once, of all who come. Each holds a file of the process open.
const MOST_CONNECTIONS: usize = 4_096;

/// The longest whoever has connected may take until they asked for something, and for what stands above each request.
const PATIENCE: Duration = Duration::from_secs(20);

/// What stands above a request, in bytes: several times the longest address of a page, with its cookies.
const MOST_HEADER_BYTES: usize = 64 * 1024;

/// Requests at once on one connection, where it takes several.
const MOST_STREAMS: u32 = 64;

/// The longest that requests under way may take to end when the process is told to.
const FAREWELL: Duration = Duration::from_secs(8);

/// Of that, how long whoever has just been let in may take to ask: ending a connection that nothing was read from would throw
/// away a request that is on its way.
const TO_ASK: Duration = Duration::from_secs(1);

/// How often it is looked whether everybody has left.
const LOOK: Duration = Duration::from_millis(20);

/// How often it is looked whether there is a new certificate.
pub const LOOKED_EVERY: Duration = Duration::from_secs(60);

/// Answers requests until `stop`, and then those under way to their end.
pub async fn serve(
    router: Router,
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let control = Control::new();
    let handle = Handle::with_control(control.clone());
    let gate = Gate::of(listener, stop.clone())?;
    let closed = gate.closed.clone();
    let mut server = Server::<Caller>::from_listener(gate).handle(handle).first_request_timeout(PATIENCE);
    let http = server.http_builder();
    http.http1().header_read_timeout(PATIENCE).max_buf_size(MOST_HEADER_BYTES);
    http.http2()
        .max_header_list_size(MOST_HEADER_BYTES as u32)
        .max_concurrent_streams(MOST_STREAMS)
        .keep_alive_interval(PATIENCE);
    let acceptor = Bounded { control: control.clone() };
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move {
        stop.cancelled().await;
        let began = Instant::now();
        while began.elapsed() < TO_ASK && (!closed.is_cancelled() || control.connection_count() > 0) {
            tokio::time::sleep(LOOK).await;
        }
        control.graceful_shutdown(Some(FAREWELL - TO_ASK));
    });
    match tls {
        Some(tls) => server.acceptor(RustlsAcceptor::new(tls).acceptor(acceptor)).serve(service).await,
        None => server.acceptor(acceptor).serve(service).await,
    }
    .context("the server failed")
}

/// Reads certificate and key, and looks `every` so often whether to read them again: certificates are renewed more often than
/// servers are restarted.
pub async fn certificate(tls: &Tls, every: Duration) -> anyhow::Result<RustlsConfig> {
    // Fails where one is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let known = changed_at(tls);
    let read = RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await;
    let config = read.with_context(|| unreadable(tls))?;
    tokio::spawn(watch(tls.clone(), config.clone(), known, every));
    Ok(config)
}

fn unreadable(tls: &Tls) -> String {
    let (certificate, key) = (tls.certificate.display(), tls.key.display());
    format!("tls_certificate and tls_key: {certificate} and {key} cannot be used as a certificate and its key, both in PEM")
}

async fn watch(tls: Tls, config: RustlsConfig, mut known: Changed, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let now = changed_at(&tls);
        if now == known {
            continue;
        }
        match config.reload_from_pem_file(&tls.certificate, &tls.key).await {
            Ok(()) => {
                known = now;
                tracing::info!("the certificate was renewed");
            }
            // It may be that the second of the two files is still to come.
            Err(error) => tracing::error!(%error, "{}; the certificate read before stays in use", unreadable(&tls)),
        }
    }
}

/// When each of the two files was last changed.
type Changed = [Option<SystemTime>; 2];

fn changed_at(tls: &Tls) -> Changed {
    [&tls.certificate, &tls.key].map(|file| file.metadata().and_then(|file| file.modified()).ok())
}

/// Where whoever connected comes from.
#[derive(Clone, Copy)]
struct Caller(SocketAddr);

impl Address for Caller {
    type Stream = TcpStream;
    type Listener = Gate;
}

impl Connected<Caller> for SocketAddr {
    fn connect_info(caller: Caller) -> SocketAddr {
        caller.0
    }
}

/// Lets in all who came before the process was told to stop. Whoever comes later is refused, and a proxy in front turns to
/// another server; connections that are open are not touched by it.
struct Gate {
    door: Mutex<Door>,
    address: SocketAddr,
    stop: CancellationToken,
    /// Cancelled once nobody is let in any more.
    closed: CancellationToken,
}

enum Door {
    Open(tokio::net::TcpListener),
    /// For those who wait already: closing turns them away.
    Closing(TcpListener),
    Closed,
}

impl Gate {
    fn of(listener: TcpListener, stop: CancellationToken) -> io::Result<Gate> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let door = Mutex::new(Door::Open(tokio::net::TcpListener::from_std(listener)?));
        Ok(Gate { door, address, stop, closed: CancellationToken::new() })
    }
}

impl AddrListener<TcpStream, Caller> for Gate {
    async fn bind_to(address: Caller) -> io::Result<Gate> {
        Gate::of(TcpListener::bind(address.0)?, CancellationToken::new())
    }

    async fn accept_stream(&self) -> io::Result<(TcpStream, Caller)> {
        let mut door = self.door.lock().await;
        if let Door::Open(listener) = &*door {
            tokio::select! {
                came = listener.accept() => return came.map(|(stream, from)| (stream, Caller(from))),
                () = self.stop.cancelled() => {}
            }
        }
        let listener = match std::mem::replace(&mut *door, Door::Closed) {
            Door::Open(listener) => Some(listener.into_std()?),
            Door::Closing(listener) => Some(listener),
            Door::Closed => None,
        };
        // Asked for itself: what the system has told so far may not be all.
        if let Some(listener) = listener
            && let Ok((stream, from)) = listener.accept()
        {
            *door = Door::Closing(listener);
            stream.set_nonblocking(true)?;
            return Ok((TcpStream::from_std(stream)?, Caller(from)));
        }
        self.closed.cancel();
        drop(door);
        std::future::pending().await
    }

    fn get_local_addr(&self) -> io::Result<Caller> {
        Ok(Caller(self.address))
    }
}

/// Lets no more in than there is room for. A page leaves in several writes: the last must not wait for the first to be
/// acknowledged.
#[derive(Clone)]
struct Bounded {
    control: Control,
}

impl<S> Accept<TcpStream, S> for Bounded {
    type Stream = TcpStream;
    type Service = S;
    type Future = Ready<io::Result<(TcpStream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        if self.control.connection_count() > MOST_CONNECTIONS {
            return ready(Err(io::Error::other("there are too many connections")));
        }
        NoDelayAcceptor.accept(stream, service)
    }
}
