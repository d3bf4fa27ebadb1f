//! Servers that share a Postgres database, each with a wire of its own to it and a name by which Postgres knows it.

use super::blocking;
use crate::harness::{
    cluster::{Cluster, Node},
    process::{Server, Tieout},
    proxy::{Proxy, Way},
    vault,
};
use std::{collections::HashMap, sync::Arc};
use tempfile::TempDir;
use tieout::server::db::Db;

const DATABASE: &str = "fleet";

/// Companies each server works at once.
pub const AT_ONCE: usize = 4;

pub struct Fleet {
    pub cluster: Cluster,
    pub posts: Vec<Post>,
    /// The test's own way in.
    pub db: Db,
    wire: Proxy,
}

/// A place where a server runs, and another after it ended.
pub struct Post {
    name: char,
    pub wire: Proxy,
    data_dir: TempDir,
    /// How many servers ran here.
    turns: usize,
    /// Of each of them the number of its process, and what Postgres calls it.
    ran: Vec<(u32, String)>,
    pub server: Option<Arc<Server>>,
}

impl Fleet {
    /// A cluster of its own, and posts without servers; `None` where no Postgres is installed.
    pub async fn gather(posts: usize) -> Option<Fleet> {
        let cluster = match Cluster::start() {
            Ok(cluster) => cluster,
            Err(reason) => {
                eprintln!("left out: {reason}");
                return None;
            }
        };
        cluster.make_database(DATABASE).await;
        let socket = cluster.socket(Node::Primary);
        let posts = ('a'..).take(posts).map(|name| Post {
            name,
            wire: Proxy::to(socket.clone()),
            data_dir: tempfile::tempdir().expect("a directory"),
            turns: 0,
            ran: Vec::new(),
            server: None,
        });
        let posts = posts.collect();
        let wire = Proxy::to(socket);
        let db = Db::open(&url(&wire, "test"), vault()).await.expect("the database opens");
        Some(Fleet { cluster, posts, db, wire })
    }

    /// A server at every post.
    pub async fn start(&mut self) {
        for post in &mut self.posts {
            post.start().await;
        }
    }

    /// Leads every wire to a node.
    pub fn lead_to(&self, node: Node) {
        let way = Way::To(self.cluster.socket(node));
        self.posts.iter().map(|post| &post.wire).chain([&self.wire]).for_each(|wire| wire.set(way.clone()));
    }

    /// What Postgres calls each server that ever ran, by the number of its process.
    pub fn names(&self) -> HashMap<u32, String> {
        self.posts.iter().flat_map(|post| post.ran.iter().cloned()).collect()
    }

    /// What the servers that still run said that was out of the ordinary; shown where the test fails.
    pub fn show_logs(&self) {
        for post in &self.posts {
            let log = post.server.as_ref().map_or_else(String::new, |server| server.log());
            eprintln!("{}:\n{log}", post.called());
        }
    }

    pub fn server(&self, place: usize) -> &Server {
        self.posts[place].server.as_ref().expect("a server runs there")
    }
}

impl Post {
    /// What Postgres calls the server that runs here now: no two that ever ran have the same name.
    pub fn called(&self) -> String {
        format!("{}{}", self.name, self.turns)
    }

    pub async fn start(&mut self) {
        self.start_with(&[]).await;
    }

    pub async fn start_with(&mut self, settings: &[(&'static str, String)]) {
        self.turns += 1;
        let (url, data_dir) = (url(&self.wire, &self.called()), self.data_dir.path().to_owned());
        let settings = settings.to_vec();
        let server = blocking(move || {
            let at_once = AT_ONCE.to_string();
            let mut all = vec![("TIEOUT_CONCURRENCY", at_once.as_str())];
            all.extend(settings.iter().map(|(name, value)| (*name, value.as_str())));
            Tieout { data_dir: &data_dir, url: Some(&url) }.serve_logged(&all)
        });
        let server = server.await;
        self.ran.push((server.id(), self.called()));
        self.server = Some(Arc::new(server));
    }

    /// Ends the server as a crash does.
    pub async fn kill(&mut self) {
        let server = self.server.take();
        blocking(move || drop(server)).await;
    }
}

fn url(wire: &Proxy, name: &str) -> String {
    format!("postgres://tieout@localhost/{DATABASE}?host={}&application_name={name}", wire.host().display())
}
