//! What kind of address an address is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not simply open to jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// An ordinary address of the public internet.
    Public,
    /// Reachable only from here (private, loopback, link-local, shared, ...);
    /// the administrator may open all of them at once.
    Private,
    /// Serves credentials to whoever asks; opened only one by one.
    Metadata,
    /// Never a sensible destination (multicast, reserved, documentation, ...);
    /// opened only one by one.
    Special,
}

/// Where clouds serve machine credentials and settings.
const METADATA_V4: [Ipv4Addr; 4] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
    Ipv4Addr::new(168, 63, 129, 16),
];
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// Special blocks of IPv4: network, prefix length, class.
const BLOCKS_V4: [(Ipv4Addr, u32, Class); 18] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, Class::Special),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Class::Private),
    (Ipv4Addr::new(100, 64, 0, 0), 10, Class::Private),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Class::Private),
    (Ipv4Addr::new(169, 254, 0, 0), 16, Class::Private),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Class::Private),
    (Ipv4Addr::new(192, 0, 0, 0), 24, Class::Special),
    (Ipv4Addr::new(192, 0, 2, 0), 24, Class::Special),
    (Ipv4Addr::new(192, 31, 196, 0), 24, Class::Special),
    (Ipv4Addr::new(192, 52, 193, 0), 24, Class::Special),
    (Ipv4Addr::new(192, 88, 99, 0), 24, Class::Special),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Class::Private),
    (Ipv4Addr::new(192, 175, 48, 0), 24, Class::Special),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Class::Private),
    (Ipv4Addr::new(198, 51, 100, 0), 24, Class::Special),
    (Ipv4Addr::new(203, 0, 113, 0), 24, Class::Special),
    (Ipv4Addr::new(224, 0, 0, 0), 4, Class::Special),
    (Ipv4Addr::new(240, 0, 0, 0), 4, Class::Special),
];

/// The class of an address. One that carries another inside (mapped, translated,
/// tunnelled) is what the inner one is.
pub(super) fn classify(address: IpAddr) -> Class {
    match address {
        IpAddr::V4(v4) => classify_v4(v4),
        IpAddr::V6(v6) => classify_v6(v6),
    }
}

fn classify_v4(address: Ipv4Addr) -> Class {
    if METADATA_V4.contains(&address) {
        return Class::Metadata;
    }
    BLOCKS_V4
        .iter()
        .find(|(network, length, _)| shares_prefix_v4(address, *network, *length))
        .map_or(Class::Public, |(_, _, class)| *class)
}

fn classify_v6(address: Ipv6Addr) -> Class {
    if address == METADATA_V6 {
        return Class::Metadata;
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inner = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0] if g == 0 && h == 1 => Class::Private,
        [0, 0, 0, 0, 0, 0] if g == 0 && h == 0 => Class::Special,
        // Mapped, translated, compatible, NAT64: the IPv4 address inside decides.
        [0, 0, 0, 0, 0, 0xffff] | [0, 0, 0, 0, 0xffff, 0] | [0x64, 0xff9b, 0, 0, 0, 0] => {
            classify_v4(inner(g, h))
        }
        [0, 0, 0, 0, 0, 0] => worse(classify_v4(inner(g, h)), Class::Special),
        [0x64, 0xff9b, 1, ..] => Class::Private,
        // 6to4 carries the address in front, Teredo hides it.
        [0x2002, ..] => classify_v4(inner(b, c)),
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Class::Special,
        _ if a & 0xfe00 == 0xfc00 => Class::Private,
        _ if a & 0xffc0 == 0xfe80 || a & 0xffc0 == 0xfec0 => Class::Private,
        // Only 2000::/3 is given out to anybody.
        _ if a & 0xe000 == 0x2000 => Class::Public,
        _ => Class::Special,
    }
}

fn worse(one: Class, other: Class) -> Class {
    if one == Class::Public { other } else { one }
}

pub(super) fn shares_prefix_v4(one: Ipv4Addr, other: Ipv4Addr, length: u32) -> bool {
    let mask = u32::MAX.checked_shl(32 - length.min(32)).unwrap_or(0);
    one.to_bits() & mask == other.to_bits() & mask
}

pub(super) fn shares_prefix_v6(one: Ipv6Addr, other: Ipv6Addr, length: u32) -> bool {
    let mask = u128::MAX.checked_shl(128 - length.min(128)).unwrap_or(0);
    one.to_bits() & mask == other.to_bits() & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_recognised() {
        let table = [
            (
                Class::Public,
                "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.167.1.1 223.255.255.255 2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1",
            ),
            (
                Class::Private,
                "127.0.0.1 127.255.255.254 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 169.254.0.1 172.16.0.1 172.31.255.255 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 ::1 ::ffff:127.0.0.1 ::ffff:10.1.2.3 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::1 2002:7f00:1:: 2002:a00:1::5 fc00::1 fd12:3456::1 fe80::1 febf::1 fec0::1 ::127.0.0.1",
            ),
            (
                Class::Metadata,
                "169.254.169.254 100.100.100.200 192.0.0.192 168.63.129.16 fd00:ec2::254 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe 2002:a9fe:a9fe::1",
            ),
            (
                Class::Special,
                "0.0.0.0 0.1.2.3 192.0.0.1 192.0.2.1 192.88.99.1 198.51.100.1 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::8.8.8.8 ::ffff:0.0.0.0 ff02::1 2001::1 2001:db8::1 3fff::1 100::1 4000::1 1::1",
            ),
        ];
        for (class, addresses) in table {
            for address in addresses.split(' ') {
                let parsed: IpAddr = address.parse().expect("an address");
                assert_eq!(classify(parsed), class, "{address}");
            }
        }
    }
}
