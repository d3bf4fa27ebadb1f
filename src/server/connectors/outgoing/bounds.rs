//! Whom this process may ask: hosts out in the world, encrypted, and inside a private network those only that whoever
//! runs it has named. A manager names accounting servers; without this they could have the server ask, in its own name,
//! whatever else it can reach.

use super::addresses::is_public;
use std::{net::SocketAddr, sync::Arc};
use url::{Host, Url};

/// Why an address is not asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    #[error(
        "{0} is asked over https:// only, so that nobody on the way reads what is said. If it is in your own network, name it in \
        private_hosts in tieout.toml, and start Tieout again"
    )]
    Unencrypted(String),
    #[error(
        "{0} is inside a private network, where nothing is asked. If it is yours, name it in private_hosts in tieout.toml, and \
        start Tieout again"
    )]
    Private(String),
    #[error("{0} is not where this connection leads")]
    Elsewhere(String),
}

/// What holds for every request of the process.
#[derive(Clone, Debug, Default)]
pub struct Bounds {
    private_hosts: Arc<[Host]>,
}

impl Bounds {
    /// `private_hosts`: names and addresses, each as it stands, that may be inside a private network and asked unencrypted.
    pub fn new(private_hosts: Vec<Host>) -> Bounds {
        Bounds { private_hosts: private_hosts.into() }
    }

    /// What can be told of an address before its host is looked up. Nobody looks up one that is a number: it is all said
    /// here, in whichever form the number was written.
    pub fn check(&self, url: &Url) -> Result<(), Barred> {
        let host = url.host().map(|host| host.to_owned());
        let is_named = host.as_ref().is_some_and(|host| self.private_hosts.contains(host));
        if is_named && matches!(url.scheme(), "http" | "https") {
            return Ok(());
        }
        let name = || url.host_str().unwrap_or_default().to_owned();
        if url.scheme() != "https" {
            return Err(Barred::Unencrypted(name()));
        }
        let is_private = match host {
            Some(Host::Ipv4(address)) => !is_public(address.into()),
            Some(Host::Ipv6(address)) => !is_public(address.into()),
            Some(Host::Domain(_)) | None => false,
        };
        if is_private { Err(Barred::Private(name())) } else { Ok(()) }
    }

    /// Of the addresses a host was found at, those that may be asked.
    pub fn admit(&self, host: &str, found: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, Barred> {
        if self.private_hosts.contains(&Host::Domain(host.to_owned())) {
            return Ok(found.collect());
        }
        let admitted: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
        if admitted.is_empty() { Err(Barred::Private(host.to_owned())) } else { Ok(admitted) }
    }
}

/// The hosts a connection may ask: for software that everybody runs themselves the one a manager named, for a service its own.
#[derive(Clone, Debug)]
pub struct Hosts(Vec<Host>);

impl Hosts {
    /// Those of some addresses. One that cannot be read adds nothing.
    pub fn of(addresses: &[&str]) -> Hosts {
        let host = |address: &&str| Some(Url::parse(address).ok()?.host()?.to_owned());
        Hosts(addresses.iter().filter_map(host).collect())
    }

    /// Whether an address is at one of them.
    pub fn check(&self, url: &Url) -> Result<(), Barred> {
        let is_one = url.host().is_some_and(|host| self.0.contains(&host.to_owned()));
        if is_one { Ok(()) } else { Err(Barred::Elsewhere(url.host_str().unwrap_or_default().to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn bounds(private_hosts: &[&str]) -> Bounds {
        Bounds::new(private_hosts.iter().map(|host| Host::parse(host).unwrap()).collect())
    }

    #[test]
    fn a_number_is_seen_through_in_every_form() {
        let numbers = [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://127.0.0.1./",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://017700000001/",
            "https://0177.0.0.1/",
            "https://0x7f.1/",
            "https://0X7F.0.0X0.1/",
            "https://%31%32%37.0.0.1/",
            "https://127。0。0。1/",
            "https://①②⑦.⓪.⓪.①/",
            "https://0/",
            "https://[::]/",
            "https://[::1]/",
            "https://[0:0:0:0:0:0:0:1]/",
            "https://[::127.0.0.1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::FFFF:7f00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://[fd00:ec2::254]/latest",
            "https://169.254.169.254/latest/meta-data",
            "https://2852039166/",
            "https://10.1:8443/",
            "https://192.168.257/",
            "https://books.example.com@10.0.0.1/",
        ];
        for number in numbers {
            let barred = bounds(&[]).check(&url(number));
            assert!(matches!(barred, Err(Barred::Private(_))), "{number}: {barred:?}");
        }
        for public in ["https://8.8.8.8/", "https://[2606:4700:4700::1111]/", "https://books.example.com:8443/"] {
            assert_eq!(bounds(&[]).check(&url(public)), Ok(()), "{public}");
        }
    }

    #[test]
    fn only_named_hosts_are_asked_unencrypted_and_each_as_it_is_named() {
        let own = bounds(&["books.lan", "10.0.0.5", "[fd00::5]"]);
        for allowed in
            ["http://books.lan:8000/", "https://books.lan/", "http://10.0.0.5/", "https://10.5/", "http://[fd00:0::5]:8000/"]
        {
            assert_eq!(own.check(&url(allowed)), Ok(()), "{allowed}");
        }
        for barred in
            ["http://sub.books.lan/", "http://books.lan./", "http://10.0.0.6/", "http://example.com/", "ftp://books.lan/"]
        {
            assert!(matches!(own.check(&url(barred)), Err(Barred::Unencrypted(_))), "{barred}");
        }
        for barred in ["https://10.0.0.6/", "https://[::ffff:10.0.0.5]/", "https://[fd00::6]/"] {
            assert!(matches!(own.check(&url(barred)), Err(Barred::Private(_))), "{barred}");
        }
    }

    #[test]
    fn of_what_a_name_leads_to_only_the_public_part_is_asked() {
        let found = |texts: &[&str]| texts.iter().map(|text| text.parse::<SocketAddr>().unwrap()).collect::<Vec<_>>();
        let mixed = found(&["10.0.0.5:0", "8.8.8.8:0", "[::1]:0", "[::ffff:127.0.0.1]:0"]);
        let own = bounds(&["books.lan"]);
        assert_eq!(own.admit("books.example.com", mixed.clone().into_iter()).unwrap(), found(&["8.8.8.8:0"]));
        assert_eq!(own.admit("books.lan", mixed.clone().into_iter()).unwrap(), mixed);
        let barred = own.admit("books.example.com", found(&["10.0.0.5:0"]).into_iter()).unwrap_err().to_string();
        assert!(barred.starts_with("books.example.com is inside a private network") && barred.contains("private_hosts"));
    }

    #[test]
    fn a_connection_asks_its_own_hosts_only() {
        let hosts = Hosts::of(&["https://Books.Example.com:8000/tryton", "not an address", "https://10.0.0.5"]);
        for own in ["https://books.example.com/x", "http://books.example.com:1/", "https://10.5/"] {
            assert_eq!(hosts.check(&url(own)), Ok(()), "{own}");
        }
        for other in
            ["https://example.com/", "https://books.example.com.evil.example/", "https://books.example.com@evil.example/"]
        {
            assert!(matches!(hosts.check(&url(other)), Err(Barred::Elsewhere(_))), "{other}");
        }
    }
}
