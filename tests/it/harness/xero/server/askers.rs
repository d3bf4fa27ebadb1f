//! Which process asks, as the system knows it: the one that holds the other end of the connection. No request says it, so no
//! client can deceive. It is noted where a test wants it, for finding out takes a look through the processes of this machine.

use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    net::{SocketAddr, TcpStream},
    path::Path,
};

/// Who asked of each organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Askers {
    /// By tenant id: numbers of processes in the order in which they asked, one after another each.
    pub turns: BTreeMap<String, Vec<u32>>,
    /// Requests that came while another process had one under way: the tenant id, whose it was, and whose came.
    pub overlaps: Vec<(String, u32, u32)>,
    /// Of each organisation.
    #[serde(skip)]
    under_way: HashMap<String, Vec<u32>>,
}

impl Askers {
    pub fn begins(&mut self, tenant: &str, process: u32) {
        let turns = self.turns.entry(tenant.to_owned()).or_default();
        if turns.last() != Some(&process) {
            turns.push(process);
        }
        let under_way = self.under_way.entry(tenant.to_owned()).or_default();
        let others = under_way.iter().filter(|other| **other != process);
        self.overlaps.extend(others.map(|other| (tenant.to_owned(), *other, process)));
        under_way.push(process);
    }

    pub fn ends(&mut self, tenant: &str, process: u32) {
        let Some(under_way) = self.under_way.get_mut(tenant) else { return };
        if let Some(place) = under_way.iter().position(|one| *one == process) {
            under_way.swap_remove(place);
        }
    }
}

/// The number of the process at the other end; `None` where it has ended already.
pub fn at_the_other_end(stream: &TcpStream) -> Option<u32> {
    let socket = format!("socket:[{}]", inode(stream.peer_addr().ok()?, stream.local_addr().ok()?)?);
    let mut processes = fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    processes.find(|process| holds(*process, &socket))
}

/// Of the socket that is bound to one address and connected to the other.
fn inode(bound: SocketAddr, to: SocketAddr) -> Option<u64> {
    let (bound, to) = (written(bound)?, written(to)?);
    let sockets = fs::read_to_string("/proc/net/tcp").ok()?;
    sockets.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields.get(1) == Some(&bound.as_str()) && fields.get(2) == Some(&to.as_str())).then(|| fields.get(9)?.parse().ok())?
    })
}

/// As `/proc/net/tcp` has it.
fn written(address: SocketAddr) -> Option<String> {
    let SocketAddr::V4(address) = address else { return None };
    Some(format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port()))
}

fn holds(process: u32, socket: &str) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{process}/fd")) else { return false };
    files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|to| to == Path::new(socket)))
}
