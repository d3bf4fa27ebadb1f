//! Which network addresses are out in the world. At any other there may be a machine of whoever runs Tieout, and naming
//! an accounting server must not be a way to it.

use ipnet::{Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IANA's register of special addresses, and one that a cloud answers its own machines at.
const NOT_PUBLIC_V4: [Ipv4Net; 16] = [
    // This network; Linux takes 0.0.0.0 for this machine.
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    // Between a provider and its customers.
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    // Link-local: here clouds tell machines their credentials.
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    // Protocols' own.
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    // Relays of 6to4, which would unwrap what they are sent.
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    // Benchmarks.
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    // Multicast, and what is reserved up to the broadcast address.
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
    // Azure's, for the machines in it.
    v4([168, 63, 129, 16], 32),
];

/// All of IPv6 that is given out for use between networks: loopback, link-local, unique local and multicast addresses are
/// outside of it, as are the old forms that IPv4 addresses can be written in.
const GIVEN_OUT_V6: Ipv6Net = v6([0x2000, 0, 0], 3);

const NOT_PUBLIC_V6: [Ipv6Net; 4] = [
    // Protocols' own, with Teredo, which carries an IPv4 address, and benchmarks.
    v6([0x2001, 0, 0], 23),
    // Documentation.
    v6([0x2001, 0x0db8, 0], 32),
    v6([0x3fff, 0, 0], 20),
    // 6to4, which carries an IPv4 address.
    v6([0x2002, 0, 0], 16),
];

/// How a network without IPv4 reaches what has nothing else: the last 32 bits are the address meant.
const NAT64: Ipv6Net = v6([0x0064, 0xff9b, 0], 96);

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6([a, b, c]: [u16; 3], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// Whether an address is out in the world.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) => match meant(address) {
            Some(meant) => is_public(meant.into()),
            None => GIVEN_OUT_V6.contains(&address) && !NOT_PUBLIC_V6.iter().any(|network| network.contains(&address)),
        },
    }
}

/// The IPv4 address that is asked where this one is.
fn meant(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = address.octets();
    address.to_ipv4_mapped().or_else(|| NAT64.contains(&address).then(|| Ipv4Addr::new(a, b, c, d)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn public(address: &str) -> bool {
        is_public(address.parse().unwrap())
    }

    #[test]
    fn each_network_ends_where_it_ends() {
        // The last address before, the first and the last within, the first after.
        for edges in [
            ["", "0.0.0.0", "0.255.255.255", "1.0.0.0"],
            ["9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"],
            ["100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"],
            ["126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"],
            ["168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17"],
            ["169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"],
            ["172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"],
            ["191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"],
            ["192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"],
            ["192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"],
            ["192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"],
            ["198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"],
            ["198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"],
            ["203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"],
            ["223.255.255.255", "224.0.0.0", "239.255.255.255", ""],
            ["", "240.0.0.0", "255.255.255.255", ""],
            ["", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"],
            ["2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"],
            ["2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"],
            ["3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"],
            ["", "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"],
            ["3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""],
        ] {
            let [before, first, last, after] = edges;
            for outside in [before, after].into_iter().filter(|address| !address.is_empty()) {
                assert!(public(outside), "{outside}");
            }
            assert!(!public(first) && !public(last), "{first} to {last}");
        }
    }

    #[test]
    fn known_places_are_what_they_are() {
        for outside in
            ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4009::200e", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
        {
            assert!(public(outside), "{outside}");
        }
        for inside in [
            // Where clouds tell machines their credentials.
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "192.0.0.192",
            "fd00:ec2::254",
            "::1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "ff02::1",
            "100::1",
            "5f00::1",
            // Teredo and NAT64 with a prefix of one's own.
            "2001:0:4136:e378::1",
            "64:ff9b:1::8.8.8.8",
        ] {
            assert!(!public(inside), "{inside}");
        }
    }

    /// Every way to write an IPv4 address as one of IPv6.
    fn forms(address: Ipv4Addr) -> [Ipv6Addr; 6] {
        let [a, b, c, d] = address.octets();
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        [
            address.to_ipv6_mapped(),
            address.to_ipv6_compatible(),
            Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
            Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
        ]
    }

    proptest! {
        #[test]
        fn nothing_within_a_network_that_is_not_public_gets_through(network in 0..NOT_PUBLIC_V4.len(), host: u32) {
            let network = NOT_PUBLIC_V4[network];
            let address = Ipv4Addr::from(u32::from(network.network()) | (host & u32::from(network.hostmask())));
            prop_assert!(network.contains(&address));
            prop_assert!(!is_public(address.into()), "{address}");
            for form in forms(address) {
                prop_assert!(!is_public(form.into()), "{form}");
            }
        }

        #[test]
        fn nor_within_one_of_ipv6(network in 0..NOT_PUBLIC_V6.len(), host: u128) {
            let network = NOT_PUBLIC_V6[network];
            let address = Ipv6Addr::from(u128::from(network.network()) | (host & u128::from(network.hostmask())));
            prop_assert!(!is_public(address.into()), "{address}");
        }

        #[test]
        fn what_the_standard_library_calls_special_is_not_public(four: u32, six: u128) {
            let (four, six) = (Ipv4Addr::from(four), Ipv6Addr::from(six));
            if four.is_private() || four.is_loopback() || four.is_link_local() || four.is_multicast() || four.is_broadcast()
                || four.is_documentation() || four.is_unspecified()
            {
                prop_assert!(!is_public(four.into()), "{four}");
            }
            if six.is_loopback() || six.is_multicast() || six.is_unique_local() || six.is_unicast_link_local() || six.is_unspecified() {
                prop_assert!(!is_public(six.into()), "{six}");
            }
        }

        #[test]
        fn an_address_and_what_it_is_mapped_to_are_judged_alike(address: u32) {
            let address = Ipv4Addr::from(address);
            let [mapped, _, _, translated, ..] = forms(address);
            prop_assert_eq!(is_public(mapped.into()), is_public(address.into()));
            prop_assert_eq!(is_public(translated.into()), is_public(address.into()));
        }
    }
}
