//! A wire to a Postgres node that a test can cut, let swallow everything, and lead elsewhere: what networks do to servers.

use std::{
    path::{Path, PathBuf},
    pin::pin,
};
use tempfile::TempDir;
use tokio::{
    io::copy_bidirectional,
    net::{UnixListener, UnixStream},
    runtime::{Builder, Runtime},
    sync::watch,
};

/// What becomes of what is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// It goes to the node that listens there.
    To(PathBuf),
    /// Every connection is broken, and new ones are too.
    Cut,
    /// Nothing arrives and nothing is said; connections that were open before go on when it is over.
    Swallowed,
}

/// It works on a thread of its own, so a test that waits holds nothing up.
pub struct Proxy {
    dir: TempDir,
    way: watch::Sender<Way>,
    runtime: Option<Runtime>,
}

impl Proxy {
    pub fn to(node: PathBuf) -> Proxy {
        let dir = tempfile::Builder::new().prefix("tieout-wire-").tempdir().expect("a temporary directory is made");
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let (way, seen) = watch::channel(Way::To(node));
        let listener = {
            let _within = runtime.enter();
            UnixListener::bind(dir.path().join(".s.PGSQL.5432")).expect("the wire's end is made")
        };
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, seen.clone()));
            }
        });
        Proxy { dir, way, runtime: Some(runtime) }
    }

    /// The folder to name as `host` of a Postgres URL.
    pub fn host(&self) -> &Path {
        self.dir.path()
    }

    /// Connections that lead elsewhere now are broken.
    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropping it would wait, which a test's own tasks may not.
            runtime.shutdown_background();
        }
    }
}

/// One connection to its end, or until its way changes.
async fn carry(mut client: UnixStream, mut way: watch::Receiver<Way>) {
    while *way.borrow_and_update() == Way::Swallowed {
        if way.changed().await.is_err() {
            return;
        }
    }
    let Way::To(node) = way.borrow().clone() else { return };
    let Ok(mut server) = UnixStream::connect(&node).await else { return };
    let mut carried = pin!(copy_bidirectional(&mut client, &mut server));
    let mut is_swallowed = false;
    loop {
        tokio::select! {
            _ = &mut carried, if !is_swallowed => return,
            changed = way.changed() => if changed.is_err() { return },
        }
        match &*way.borrow_and_update() {
            Way::Swallowed => is_swallowed = true,
            Way::To(same) if *same == node => is_swallowed = false,
            _ => return,
        }
    }
}
