//! Which addresses a picture may be fetched from: a sheet must not make us ask our own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where pictures may be fetched from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Addresses {
    /// From the public web only: ports 80 and 443 of addresses that everybody can reach.
    #[default]
    Public,
    /// From everywhere, also from this computer; for tests.
    Any,
}

impl Addresses {
    pub(super) fn allows(self, address: IpAddr) -> bool {
        match (self, address) {
            (Addresses::Any, _) => true,
            (Addresses::Public, IpAddr::V4(address)) => is_public(address),
            (Addresses::Public, IpAddr::V6(address)) => is_public_v6(address),
        }
    }

    pub(super) fn allows_port(self, port: Option<u16>) -> bool {
        match self {
            Addresses::Any => true,
            Addresses::Public => matches!(port, Some(80 | 443)),
        }
    }
}

/// The special-purpose registry of IANA, and what clouds keep for themselves.
fn is_public(address: Ipv4Addr) -> bool {
    const CLOSED: [(Ipv4Addr, u32); 16] = [
        (Ipv4Addr::new(0, 0, 0, 0), 8),
        (Ipv4Addr::new(10, 0, 0, 0), 8),
        // Between a provider and its customers; one cloud's metadata too.
        (Ipv4Addr::new(100, 64, 0, 0), 10),
        (Ipv4Addr::new(127, 0, 0, 0), 8),
        // Link-local, where most clouds have their metadata.
        (Ipv4Addr::new(169, 254, 0, 0), 16),
        // Another cloud's metadata.
        (Ipv4Addr::new(168, 63, 129, 16), 32),
        (Ipv4Addr::new(172, 16, 0, 0), 12),
        (Ipv4Addr::new(192, 0, 0, 0), 24),
        (Ipv4Addr::new(192, 0, 2, 0), 24),
        (Ipv4Addr::new(192, 88, 99, 0), 24),
        (Ipv4Addr::new(192, 168, 0, 0), 16),
        (Ipv4Addr::new(198, 18, 0, 0), 15),
        (Ipv4Addr::new(198, 51, 100, 0), 24),
        (Ipv4Addr::new(203, 0, 113, 0), 24),
        // To many, and not yet given out.
        (Ipv4Addr::new(224, 0, 0, 0), 4),
        (Ipv4Addr::new(240, 0, 0, 0), 4),
    ];
    let bits = u32::from(address);
    !CLOSED.iter().any(|(network, length)| (bits ^ u32::from(*network)) >> (32 - length) == 0)
}

/// Only what is given out to the public, and of that nothing that leads to an address of another kind.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let embedded = |high: u16, low: u16| is_public(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match parts {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        // 6to4.
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo and other protocols, documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, expect: bool) {
        assert_eq!(Addresses::Public.allows(address.parse().unwrap()), expect, "{address}");
    }

    #[test]
    fn the_public_web_is_open() {
        for address in ["8.8.8.8", "1.1.1.1", "100.63.0.1", "172.32.0.1", "192.0.1.1", "223.255.255.255"] {
            check(address, true);
            check(&format!("::ffff:{address}"), true);
        }
        for address in ["2606:4700::1111", "2001:4860:4860::8888", "2a00:1450::1", "64:ff9b::8.8.8.8"] {
            check(address, true);
        }
    }

    #[test]
    fn nothing_else_is() {
        let closed = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.9.9.9",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
        ];
        for address in closed {
            check(address, false);
            check(&format!("::ffff:{address}"), false);
            check(&format!("64:ff9b::{address}"), false);
        }
        for address in [
            "::",
            "::1",
            "::127.0.0.1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "100::1",
            "64:ff9b:1::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "3fff::1",
            "5f00::1",
        ] {
            check(address, false);
        }
    }

    #[test]
    fn only_the_ports_of_the_web_are_asked() {
        assert!(Addresses::Public.allows_port(Some(443)) && Addresses::Public.allows_port(Some(80)));
        assert!(!Addresses::Public.allows_port(Some(8080)) && !Addresses::Public.allows_port(Some(22)));
        assert!(Addresses::Any.allows_port(Some(8080)));
    }
}
