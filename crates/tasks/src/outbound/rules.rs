//! The administrator's rules for addresses, made ready for judging.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::address::{Class, classify, shares_prefix_v4, shares_prefix_v6};
use crate::policy::Policy;
use crate::text::Text;

/// Ports of services that do not speak HTTP and have been attacked through it.
const FOREIGN_PORTS: [u16; 33] = [
    1, 7, 9, 19, 21, 22, 23, 25, 53, 69, 79, 110, 111, 119, 135, 139, 143, 389, 445, 465, 514, 587,
    636, 993, 995, 1433, 1521, 3306, 5432, 5672, 6379, 11211, 27017,
];

/// One exception of the administrator's list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Exception {
    what: What,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Name(String),
    /// Every name below this one.
    Below(String),
    V4(Ipv4Addr, u32),
    V6(Ipv6Addr, u32),
}

/// Which addresses jobs may connect to.
#[derive(Debug, Clone)]
pub(crate) struct AddressRules {
    private: bool,
    exceptions: Vec<Exception>,
}

impl AddressRules {
    /// The rules of a policy. Entries that make no sense open nothing.
    pub(crate) fn new(policy: &Policy) -> Self {
        Self {
            private: policy.allow_private_addresses,
            exceptions: policy
                .allowed_hosts
                .iter()
                .filter_map(|entry| Exception::parse(entry.trim()))
                .collect(),
        }
    }

    /// Whether a job may connect to `address`, which `name` resolved to (or is).
    pub(crate) fn permit(&self, name: &str, port: u16, address: IpAddr) -> bool {
        let class = classify(address);
        class == Class::Public
            || (class == Class::Private && self.private)
            || self.exceptions.iter().any(|exception| {
                exception.port.is_none_or(|open| open == port)
                    && match &exception.what {
                        // A name must not open what serves credentials.
                        What::Name(open) => open == name && class == Class::Private,
                        What::Below(open) => is_below(name, open) && class == Class::Private,
                        What::V4(network, length) => {
                            let IpAddr::V4(address) = address.to_canonical() else {
                                return false;
                            };
                            shares_prefix_v4(address, *network, *length)
                                && (class == Class::Private || *length == 32)
                        }
                        What::V6(network, length) => {
                            let IpAddr::V6(address) = address else {
                                return false;
                            };
                            shares_prefix_v6(address, *network, *length)
                                && (class == Class::Private || *length == 128)
                        }
                    }
            })
    }

    /// Whether something about this very name and port is written in the exceptions.
    fn names(&self, host: &Host<&str>, port: u16) -> bool {
        self.exceptions
            .iter()
            .filter(|exception| exception.port == Some(port))
            .any(|exception| match (&exception.what, host) {
                (What::Name(open), Host::Domain(name)) => open == &plain_name(name),
                (What::Below(open), Host::Domain(name)) => is_below(&plain_name(name), open),
                (What::V4(network, length), Host::Ipv4(address)) => {
                    shares_prefix_v4(*address, *network, *length)
                }
                (What::V6(network, length), Host::Ipv6(address)) => {
                    shares_prefix_v6(*address, *network, *length)
                }
                _ => false,
            })
    }
}

impl Exception {
    fn parse(entry: &str) -> Option<Self> {
        if let Ok(address) = entry.parse::<Ipv6Addr>() {
            return Some(Self {
                what: What::V6(address, 128),
                port: None,
            });
        }
        if let Some((network, length)) = entry.split_once('/')
            && let Ok(network) = network.parse::<Ipv6Addr>()
        {
            let length = length.parse().ok().filter(|length| *length <= 128)?;
            return Some(Self {
                what: What::V6(network, length),
                port: None,
            });
        }
        if let Some(bracketed) = entry.strip_prefix('[') {
            let (inner, rest) = bracketed.split_once(']')?;
            let port = match rest.strip_prefix(':') {
                Some(port) => Some(port.parse().ok()?),
                None if rest.is_empty() => None,
                None => return None,
            };
            let inner = Self::parse(inner)?;
            return Some(Self { port, ..inner });
        }
        let (name, port) = match entry.rsplit_once(':') {
            Some((name, port)) => (name, Some(port.parse().ok()?)),
            None => (entry, None),
        };
        let what = if let Some((network, length)) = name.split_once('/') {
            What::V4(
                network.parse().ok()?,
                length.parse().ok().filter(|length| *length <= 32)?,
            )
        } else if let Ok(address) = name.parse() {
            What::V4(address, 32)
        } else if let Some(above) = name.strip_prefix("*.") {
            What::Below(plain_name(above))
        } else if name.is_empty() {
            return None;
        } else {
            What::Name(plain_name(name))
        };
        Some(Self { what, port })
    }
}

/// Judges an address as far as that is possible without resolving its name.
/// Gives a stable word and a message when it is refused.
pub(crate) fn judge_url(url: &Url, rules: &AddressRules) -> Result<(), (&'static str, Text)> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err((
            "scheme",
            Text::fixed(
                "must begin with http:// or https://",
                "يجب أن يبدأ بـ http:// أو https://",
            ),
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err((
            "userinfo",
            Text::fixed(
                "must not contain a user name or password; use the sign-in setting",
                "يجب ألا يحتوي على اسم مستخدم أو كلمة مرور؛ استخدم إعداد الدخول",
            ),
        ));
    }
    let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return Err(("host", Text::fixed("has no host", "لا يحتوي على مضيف")));
    };
    if FOREIGN_PORTS.contains(&port) && !rules.names(&host, port) {
        return Err((
            "port",
            Text::fixed(
                "uses a port that does not belong to web services",
                "يستخدم منفذًا لا يخص خدمات الويب",
            ),
        ));
    }
    judge_host(&host, port, rules).map_err(|message| ("address", message))
}

/// Judges a host as far as that is possible without resolving its name.
pub(crate) fn judge_host(host: &Host<&str>, port: u16, rules: &AddressRules) -> Result<(), Text> {
    let fine = match host {
        Host::Ipv4(address) => rules.permit(&address.to_string(), port, (*address).into()),
        Host::Ipv6(address) => rules.permit(&address.to_string(), port, (*address).into()),
        Host::Domain(name) => {
            let name = plain_name(name);
            let local = name == "localhost" || is_below(&name, "localhost");
            !local
                || rules.permit(&name, port, Ipv4Addr::LOCALHOST.into())
                || rules.permit(&name, port, Ipv6Addr::LOCALHOST.into())
        }
    };
    if fine { Ok(()) } else { Err(not_allowed()) }
}

/// The message for an address that is closed.
pub(super) fn not_allowed() -> Text {
    Text::fixed(
        "is a private or special address, and the administrator has not opened it",
        "عنوان خاص أو محجوز لم يسمح به المدير",
    )
}

/// Names without the dot of the root, in lower case.
pub(super) fn plain_name(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn is_below(name: &str, above: &str) -> bool {
    name.strip_suffix(above)
        .is_some_and(|front| front.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(private: bool, allowed: &[&str]) -> AddressRules {
        AddressRules::new(&Policy {
            allow_private_addresses: private,
            allowed_hosts: allowed.iter().map(|entry| (*entry).to_owned()).collect(),
            ..Policy::default()
        })
    }

    fn permits(rules: &AddressRules, name: &str, port: u16, address: &str) -> bool {
        rules.permit(name, port, address.parse().expect("an address"))
    }

    #[test]
    fn exceptions_open_exactly_what_they_say() {
        let table: [(&str, &str, u16, &str, bool); 22] = [
            ("10.0.0.0/8", "a", 80, "10.2.3.4", true),
            ("10.0.0.0/8", "a", 80, "::ffff:10.2.3.4", true),
            ("10.0.0.0/8", "a", 80, "11.0.0.1", true),
            ("10.0.0.0/8", "a", 80, "192.168.0.1", false),
            ("10.0.0.0/8:8080", "a", 8080, "10.2.3.4", true),
            ("10.0.0.0/8:8080", "a", 80, "10.2.3.4", false),
            ("127.0.0.1", "a", 80, "127.0.0.1", true),
            ("127.0.0.1", "a", 80, "127.0.0.2", false),
            ("intra.example", "intra.example", 80, "10.0.0.1", true),
            ("Intra.Example.", "intra.example", 80, "10.0.0.1", true),
            ("intra.example", "other.example", 80, "10.0.0.1", false),
            ("intra.example:81", "intra.example", 80, "10.0.0.1", false),
            ("*.example", "a.b.example", 80, "10.0.0.1", true),
            ("*.example", "example", 80, "10.0.0.1", false),
            ("*.example", "badexample", 80, "10.0.0.1", false),
            (
                "intra.example",
                "intra.example",
                80,
                "169.254.169.254",
                false,
            ),
            ("169.254.0.0/16", "a", 80, "169.254.169.254", false),
            ("169.254.169.254", "a", 80, "169.254.169.254", true),
            ("fd00::/8", "a", 80, "fd12::1", true),
            ("[fd00::1]:443", "a", 443, "fd00::1", true),
            ("[fd00::1]:443", "a", 80, "fd00::1", false),
            ("0.0.0.0/0", "a", 80, "224.0.0.1", false),
        ];
        for (entry, name, port, address, open) in table {
            let rules = rules(false, &[entry]);
            assert_eq!(
                permits(&rules, name, port, address),
                open,
                "{entry} {name} {address}:{port}"
            );
        }
    }

    #[test]
    fn opening_private_addresses_opens_no_metadata() {
        let rules = rules(true, &[]);
        assert!(permits(&rules, "a", 80, "127.0.0.1"));
        assert!(permits(&rules, "a", 80, "fe80::1"));
        assert!(!permits(&rules, "a", 80, "169.254.169.254"));
        assert!(!permits(&rules, "a", 80, "0.0.0.0"));
    }

    #[test]
    fn senseless_exceptions_open_nothing() {
        for entry in [
            "",
            "10.0.0.0/33",
            "fd00::/129",
            "host:port",
            "[::1",
            "[::1]x",
            "10.0.0/8",
        ] {
            assert_eq!(Exception::parse(entry), None, "{entry}");
        }
    }

    #[test]
    fn addresses_are_judged_in_every_spelling() {
        let closed = rules(false, &[]);
        let word = |url: &str| {
            judge_url(&Url::parse(url).expect(url), &closed)
                .err()
                .map(|(word, _)| word)
        };
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://127.0.1/",
            "http://0x7f.1/",
            "http://017700000001/",
            "http://localhost/",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://[::1]/",
            "http://[::]/",
            "http://0/",
            "http://0.0.0.0/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[fd00:ec2::254]/",
            "http://10.0.0.1/",
            "http://192.168.1.1:8080/",
            "http://172.16.0.1/",
            "http://100.64.0.1/",
            "http://224.0.0.1/",
            "http://１２７.０.０.１/",
            "http://127。0。0。1/",
            "http://①②⑦.0.0.1/",
            "https://[fe80::1]/",
        ] {
            assert_eq!(word(url), Some("address"), "{url}");
        }
        for (url, expected) in [
            ("ftp://example.com/", "scheme"),
            ("file:///etc/passwd", "scheme"),
            ("gopher://example.com/", "scheme"),
            ("http://user:secret@example.com/", "userinfo"),
            ("http://example.com@127.0.0.1/", "userinfo"),
            ("http://example.com:22/", "port"),
            ("http://example.com:5432/", "port"),
        ] {
            assert_eq!(word(url), Some(expected), "{url}");
        }
        for url in [
            "https://example.com/",
            "http://1.1.1.1:8080/a?b#c",
            "http://[2606:4700::1111]/",
        ] {
            assert_eq!(word(url), None, "{url}");
        }
    }
}
