//! The machine and this process, as /proc tells.

use std::io::Write;
use std::time::Instant;

use serde_json::{Map, Value, json};
use sqlx::{Connection, PgConnection, Row};

use crate::{Outcome, crowd};

/// What every report must name.
pub(crate) fn describe(runtime: &tokio::runtime::Runtime) -> Outcome<Value> {
    let processors = std::fs::read_to_string("/proc/cpuinfo")?;
    let memory = std::fs::read_to_string("/proc/meminfo")?;
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let commit = std::process::Command::new("git")
        .args(["rev-parse", "--short", "HEAD"])
        .output()
        .ok()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let postgres = match std::env::var("TEST_POSTGRES_URL") {
        Ok(url) => runtime.block_on(postgres(&url))?,
        Err(_) => Value::Null,
    };
    Ok(json!({
        "processor": field(&processors, "model name"),
        "cores": std::thread::available_parallelism()?.get(),
        "memory": field(&memory, "MemTotal"),
        "kernel": kernel.trim(),
        "commit": commit,
        "fsyncMedianUs": fsync_us()?,
        "postgres": postgres,
    }))
}

async fn postgres(url: &str) -> Outcome<Value> {
    let mut connection = PgConnection::connect(url).await?;
    let mut settings = Map::new();
    for name in [
        "server_version",
        "fsync",
        "synchronous_commit",
        "shared_buffers",
        "max_wal_size",
    ] {
        let row = sqlx::query("SELECT current_setting($1)")
            .bind(name)
            .fetch_one(&mut connection)
            .await?;
        settings.insert(name.to_owned(), Value::String(row.get(0)));
    }
    Ok(Value::Object(settings))
}

fn field(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// What it costs to get 4 KiB onto the disk where the SQLite files are: the median of 200, in microseconds.
fn fsync_us() -> Outcome<i64> {
    let mut file = tempfile::tempfile()?;
    let mut took = Vec::new();
    for _ in 0..200 {
        file.write_all(&[7; 4_096])?;
        let begun = Instant::now();
        file.sync_data()?;
        took.push(i64::try_from(begun.elapsed().as_micros())?);
    }
    took.sort_unstable();
    Ok(crowd::at(&took, 50))
}

/// The load of the last minute.
pub(crate) fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// Memory of this process.
pub(crate) fn resident_kib() -> Outcome<i64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let field = field(&status, "VmRSS").ok_or("no VmRSS")?;
    Ok(field.trim_end_matches(" kB").trim().parse()?)
}

/// Bytes that this process caused to be written.
pub(crate) fn written_bytes() -> Outcome<u64> {
    let io = std::fs::read_to_string("/proc/self/io")?;
    Ok(field(&io, "write_bytes").ok_or("no write_bytes")?.parse()?)
}

/// Processor time of this process's threads, in microseconds.
pub(crate) fn processor_us() -> Outcome<f64> {
    let mut nanoseconds = 0.0;
    for thread in std::fs::read_dir("/proc/self/task")? {
        // A thread may end between being listed and being read.
        let text = std::fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
        let first = text.split(' ').next().unwrap_or_default();
        nanoseconds += first.parse::<f64>().unwrap_or(0.0);
    }
    Ok(nanoseconds / 1_000.0)
}
