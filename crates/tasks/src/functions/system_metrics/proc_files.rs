//! Reading what the kernel tells in `/proc`. Pure functions over the files' texts.

/// Ticks of the processor since the start: all, and those spent waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CpuTicks {
    pub(super) total: u64,
    pub(super) idle: u64,
}

/// The first line of `/proc/stat`. Guest time is already part of user time.
pub(super) fn cpu(stat: &str) -> Option<CpuTicks> {
    let line = stat.lines().find(|line| line.starts_with("cpu "))?;
    let ticks: Vec<u64> = line
        .split_ascii_whitespace()
        .skip(1)
        .take(8)
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    Some(CpuTicks {
        total: ticks.iter().sum(),
        idle: ticks.get(3)? + ticks.get(4).copied().unwrap_or(0),
    })
}

/// Cores that `/proc/stat` lists.
pub(super) fn cores(stat: &str) -> usize {
    stat.lines()
        .filter(|line| {
            line.strip_prefix("cpu")
                .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
        })
        .count()
}

/// A value of `/proc/meminfo` in bytes.
pub(super) fn memory(meminfo: &str, name: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kib: u64 = line.split_ascii_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

/// The three averages of `/proc/loadavg`.
pub(super) fn load(loadavg: &str) -> Option<[f64; 3]> {
    let mut numbers = loadavg.split_ascii_whitespace().map(str::parse::<f64>);
    let mut next = || numbers.next()?.ok();
    Some([next()?, next()?, next()?])
}

/// Seconds since the start of the machine, from `/proc/uptime`.
pub(super) fn uptime(uptime: &str) -> Option<f64> {
    uptime.split_ascii_whitespace().next()?.parse().ok()
}

/// Bytes received and sent by each interface of `/proc/net/dev`, without loopback.
pub(super) fn network(dev: &str) -> Vec<(String, u64, u64)> {
    dev.lines()
        .filter_map(|line| {
            let (name, rest) = line.split_once(':')?;
            let name = name.trim();
            let mut numbers = rest.split_ascii_whitespace();
            let received = numbers.next()?.parse().ok()?;
            let sent = numbers.nth(7)?.parse().ok()?;
            (name != "lo").then(|| (name.to_owned(), received, sent))
        })
        .collect()
}

/// Established connections in `/proc/net/tcp` or `/proc/net/tcp6`.
pub(super) fn connections(tcp: &str) -> usize {
    tcp.lines()
        .skip(1)
        .filter(|line| line.split_ascii_whitespace().nth(3) == Some("01"))
        .count()
}

/// One line of `/proc/self/mounts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) device: String,
    pub(super) path: String,
    pub(super) kind: String,
}

/// The mounted file systems. Blanks in paths are written as octal numbers.
pub(super) fn mounts(mounts: &str) -> Vec<Mount> {
    mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ');
            Some(Mount {
                device: unescape(fields.next()?),
                path: unescape(fields.next()?),
                kind: fields.next()?.to_owned(),
            })
        })
        .collect()
}

fn unescape(field: &str) -> String {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field.as_bytes();
    while let [first, tail @ ..] = rest {
        let octal = tail
            .get(..3)
            .filter(|_| *first == b'\\')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match octal {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(3..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    crate::text_of(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_ticks() {
        let stat =
            "cpu  100 1 50 800 40 3 4 2 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\ncpu1 1 1 1 1\nintr 5\n";
        assert_eq!(
            cpu(stat),
            Some(CpuTicks {
                total: 1000,
                idle: 840
            })
        );
        assert_eq!(cores(stat), 2);
        assert_eq!(cpu("nonsense"), None);
        assert_eq!(cpu("cpu  1 x"), None);
    }

    #[test]
    fn memory_in_bytes() {
        let text = "MemTotal:       2048 kB\nMemFree: 10 kB\nMemAvailable:    1024 kB\n";
        assert_eq!(memory(text, "MemTotal"), Some(2_097_152));
        assert_eq!(memory(text, "MemAvailable"), Some(1_048_576));
        assert_eq!(memory(text, "Mem"), None);
    }

    #[test]
    fn load_and_uptime() {
        assert_eq!(load("0.50 1.25 2.00 1/234 5678\n"), Some([0.5, 1.25, 2.0]));
        assert_eq!(load("0.50 x"), None);
        assert_eq!(uptime("350735.47 234388.90\n"), Some(350_735.47));
    }

    #[test]
    fn interfaces_without_loopback() {
        let text = "Inter-|   Receive                 |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    lo:  999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0\n  eth0: 1000 2 0 0 0 0 0 0 500 3 0 0 0 0 0 0\n";
        assert_eq!(network(text), [("eth0".to_owned(), 1000, 500)]);
    }

    #[test]
    fn established_connections() {
        let text = "  sl  local_address rem_address   st\n   0: 0100007F:1F90 00000000:0000 0A\n   1: 0100007F:1F90 0100007F:C350 01\n";
        assert_eq!(connections(text), 1);
    }

    #[test]
    fn mounted_file_systems() {
        assert_eq!(
            mounts("/dev/sda1 /mnt/with\\040blank ext4 rw 0 0\nbroken\n"),
            [Mount {
                device: "/dev/sda1".to_owned(),
                path: "/mnt/with blank".to_owned(),
                kind: "ext4".to_owned()
            }]
        );
    }
}
