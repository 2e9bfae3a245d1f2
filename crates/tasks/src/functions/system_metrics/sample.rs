//! Two looks at the machine's counters, and what lies between them.

use std::time::Instant;

use serde_json::{Value, json};
use tokio::fs::read_to_string;

use super::disks::Disk;
use super::proc_files::{self, CpuTicks};
use crate::text::{Text, apart};

/// Counters that only grow, at one moment.
#[derive(Debug, Clone)]
pub(super) struct Counters {
    at: Instant,
    cpu: Option<CpuTicks>,
    network: Vec<(String, u64, u64)>,
}

/// A kind of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Memory {
    total: u64,
    available: u64,
}

impl Memory {
    pub(super) fn used_percent(self) -> Option<f64> {
        percent(self.total.saturating_sub(self.available), self.total)
    }

    fn describe(self) -> Value {
        json!({
            "totalBytes": self.total,
            "availableBytes": self.available,
            "usedPercent": self.used_percent(),
        })
    }
}

/// Everything that was measured.
#[derive(Debug, Clone)]
pub(super) struct Metrics {
    pub(super) cpu_percent: Option<f64>,
    pub(super) memory: Memory,
    pub(super) swap: Memory,
    pub(super) disks: Vec<Disk>,
    cores: usize,
    load: Option<[f64; 3]>,
    network: Vec<Traffic>,
    connections: usize,
    processes: usize,
    uptime_seconds: Option<f64>,
    host: String,
}

/// What one interface carried, in bytes each second.
#[derive(Debug, Clone, PartialEq)]
struct Traffic {
    interface: String,
    received: f64,
    sent: f64,
}

/// Reads the counters.
pub(super) async fn counters() -> Result<Counters, String> {
    let stat = file("/proc/stat").await?;
    Ok(Counters {
        at: Instant::now(),
        cpu: proc_files::cpu(&stat),
        network: proc_files::network(&file("/proc/net/dev").await.unwrap_or_default()),
    })
}

/// Puts two readings and the state of the moment together.
pub(super) async fn metrics(
    before: &Counters,
    after: &Counters,
    disks: Vec<Disk>,
) -> Result<Metrics, String> {
    let meminfo = file("/proc/meminfo").await?;
    let bytes = |name: &str| proc_files::memory(&meminfo, name).unwrap_or(0);
    let optional = async |path: &str| file(path).await.unwrap_or_default();
    Ok(Metrics {
        cpu_percent: before
            .cpu
            .zip(after.cpu)
            .and_then(|(before, after)| busy(before, after)),
        memory: Memory {
            total: bytes("MemTotal"),
            available: bytes("MemAvailable"),
        },
        swap: Memory {
            total: bytes("SwapTotal"),
            available: bytes("SwapFree"),
        },
        disks,
        cores: proc_files::cores(&file("/proc/stat").await?),
        load: proc_files::load(&optional("/proc/loadavg").await),
        network: traffic(before, after),
        connections: proc_files::connections(&optional("/proc/net/tcp").await)
            + proc_files::connections(&optional("/proc/net/tcp6").await),
        processes: processes().await,
        uptime_seconds: proc_files::uptime(&optional("/proc/uptime").await),
        host: optional("/proc/sys/kernel/hostname")
            .await
            .trim()
            .to_owned(),
    })
}

impl Metrics {
    pub(super) fn load_per_core(&self) -> Option<f64> {
        let [last_minute, ..] = self.load?;
        (self.cores > 0).then(|| last_minute / self.cores as f64)
    }

    /// The summary for the history.
    pub(super) fn one_line(&self) -> Text {
        let text = |value: Option<f64>| value.map_or_else(|| "?".to_owned(), |v| format!("{v:.0}"));
        let fullest = self
            .disks
            .iter()
            .filter_map(|disk| Some((disk.used_percent()?, disk)))
            .max_by(|(one, _), (other, _)| one.total_cmp(other));
        let (disk_en, disk_ar) = fullest
            .map(|(percent, disk)| {
                (
                    format!(", {} {percent:.0} %", disk.path),
                    format!("، {} {percent:.0}%", apart(&disk.path)),
                )
            })
            .unwrap_or_default();
        let (processor, memory) = (text(self.cpu_percent), text(self.memory.used_percent()));
        Text::new(
            format!("processor {processor} %, memory {memory} %{disk_en}"),
            format!("المعالج {processor}%، الذاكرة {memory}%{disk_ar}"),
        )
    }

    /// The structured result.
    pub(super) fn describe(&self) -> Value {
        let total = |each: fn(&Traffic) -> f64| self.network.iter().map(each).sum::<f64>().round();
        json!({
            "host": self.host,
            "uptimeSeconds": self.uptime_seconds,
            "cpu": { "percent": self.cpu_percent, "cores": self.cores, "load": self.load },
            "memory": self.memory.describe(),
            "swap": self.swap.describe(),
            "disks": self.disks.iter().map(Disk::describe).collect::<Vec<_>>(),
            "network": {
                "receivedBytesPerSecond": total(|traffic| traffic.received),
                "sentBytesPerSecond": total(|traffic| traffic.sent),
                "interfaces": self.network.iter().map(|traffic| json!({
                    "name": traffic.interface,
                    "receivedBytesPerSecond": traffic.received.round(),
                    "sentBytesPerSecond": traffic.sent.round(),
                })).collect::<Vec<_>>(),
                "connections": self.connections,
            },
            "processes": self.processes,
        })
    }
}

/// A part of a whole in per cent, with one decimal; `None` when there is no whole.
pub(super) fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 * 1000.0 / whole as f64).round() / 10.0)
}

fn busy(before: CpuTicks, after: CpuTicks) -> Option<f64> {
    let total = after.total.checked_sub(before.total)?;
    // The kernel may take back a little idle time.
    let idle = after.idle.saturating_sub(before.idle).min(total);
    percent(total - idle, total)
}

fn traffic(before: &Counters, after: &Counters) -> Vec<Traffic> {
    let seconds = after.at.duration_since(before.at).as_secs_f64().max(0.001);
    after
        .network
        .iter()
        .filter_map(|(name, received, sent)| {
            let (_, received_before, sent_before) =
                before.network.iter().find(|(other, ..)| other == name)?;
            Some(Traffic {
                interface: name.clone(),
                received: received.saturating_sub(*received_before) as f64 / seconds,
                sent: sent.saturating_sub(*sent_before) as f64 / seconds,
            })
        })
        .collect()
}

async fn processes() -> usize {
    let Ok(mut entries) = tokio::fs::read_dir("/proc").await else {
        return 0;
    };
    let mut count = 0;
    while let Ok(Some(entry)) = entries.next_entry().await {
        if entry
            .file_name()
            .as_encoded_bytes()
            .iter()
            .all(u8::is_ascii_digit)
        {
            count += 1;
        }
    }
    count
}

async fn file(path: &str) -> Result<String, String> {
    read_to_string(path)
        .await
        .map_err(|error| format!("{path} cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(total: u64, idle: u64) -> CpuTicks {
        CpuTicks { total, idle }
    }

    #[test]
    fn busy_time_is_between_nothing_and_all() {
        assert_eq!(busy(ticks(1000, 500), ticks(1100, 575)), Some(25.0));
        assert_eq!(busy(ticks(1000, 500), ticks(1100, 500)), Some(100.0));
        assert_eq!(busy(ticks(1000, 500), ticks(1100, 400)), Some(100.0));
        assert_eq!(busy(ticks(1000, 500), ticks(1000, 500)), None);
        assert_eq!(busy(ticks(1000, 500), ticks(900, 500)), None);
    }
}
