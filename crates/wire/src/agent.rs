//! What agents and the server say to each other.
//!
//! The connection is a WebSocket on the server's port, dialled by the agent. Inside it runs a Noise handshake (`XK`, see
//! [`channel`]): the agent knows the server's key beforehand (the enrolment token carries it), and the server learns the
//! agent's key. Everything after that is one of the frames below as JSON, sealed and counted by the channel: a frame that
//! is repeated, left out, moved or made up does not open. Who the agent is follows from its key; no member of a frame
//! says it.
//!
//! ```text
//! agent                               server
//!   handshake 1  ─────────────────────▶
//!                ◀───────────────────── handshake 2
//!   handshake 3, AgentProof ──────────▶
//!                ◀───────────────────── welcome | refused
//!   linked ───────────────────────────▶
//!   facts, heartbeat … ───────────────▶
//!                ◀───────────────────── order
//!   accept (is on disk) ──────────────▶
//!   started, output …, result ────────▶
//!                ◀───────────────────── ack (is in the database)
//! ```

pub mod channel;
mod file;
mod software;
mod step;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use file::{FileAction, FileRef, FileStep};
pub use software::{SoftwareAction, SoftwareOn, SoftwareStep};
pub use step::{CommandStep, Step, StepResult};

/// Version of this protocol. The server refuses agents of another.
pub const PROTOCOL: u32 = 1;

/// Path of the WebSocket on the server.
pub const CONNECT_PATH: &str = "/api/v1/agents/connect";

/// Path below which agents fetch files by their numbers.
pub const FILES_PATH: &str = "/api/v1/agents/files";

/// Header of such a request: the ticket of an order.
pub const TICKET_HEADER: &str = "orloj-ticket";

/// Largest text of one `output` frame, in bytes.
pub const OUTPUT_BYTES: usize = 16 * 1024;

/// What the agent shows first on the sealed channel.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum AgentProof {
    /// A new device. Its key becomes known with the token.
    Enroll {
        /// Version of the protocol.
        protocol: u32,
        /// The single-use token.
        token: String,
        /// What it says of itself.
        hello: Hello,
    },
    /// A known device comes back.
    Connect {
        /// Version of the protocol.
        protocol: u32,
        /// The link it was given last. A copied identity shows itself by an old one.
        link: String,
        /// Orders on its disk that the server has not acknowledged the end of.
        holding: Vec<i64>,
        /// What it says of itself.
        hello: Hello,
    },
}

/// What an agent says of itself when it comes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hello {
    /// Version of the program.
    pub version: String,
    /// What it found out about its device.
    pub facts: Facts,
}

/// What an agent found out about its device. Rules of groups may look at every member.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Facts {
    /// Name of the host.
    pub hostname: String,
    /// `linux`, `windows`, `macos`.
    pub os: String,
    /// Name of the system for people (`Debian GNU/Linux 13 (trixie)`).
    pub os_name: String,
    /// Word for the distribution (`debian`, `rhel`, …); of Windows and macOS the same as `os`.
    pub os_id: String,
    /// Version of the system (`13`).
    pub os_version: String,
    /// Version of the kernel.
    pub kernel: String,
    /// `x86_64`, `aarch64`, …
    pub architecture: String,
    /// Addresses, without loopback.
    pub addresses: Vec<String>,
    /// Hardware addresses, without loopback.
    pub mac_addresses: Vec<String>,
    /// Name of the processor.
    pub cpu_model: String,
    /// Processors.
    pub cpus: u32,
    /// Bytes of memory.
    pub memory_total: u64,
    /// Bytes of memory that programs could use now.
    pub memory_available: u64,
    /// File systems.
    pub disks: Vec<Disk>,
    /// Shells that commands can be given to, by name.
    pub shells: Vec<String>,
    /// Package managers that are there (`apt`, `dnf`).
    pub package_managers: Vec<String>,
    /// Kinds of steps that the agent's own policy allows.
    pub allowed_steps: Vec<String>,
    /// User that the agent runs as.
    pub agent_user: String,
    /// When the system was started.
    pub booted_at: Option<Timestamp>,
}

/// A file system.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Disk {
    /// Where it is mounted.
    pub mount: String,
    /// Bytes.
    pub total: u64,
    /// Free bytes.
    pub available: u64,
}

/// Frames from the agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum AgentFrame {
    /// The new link is on its disk.
    Linked {},
    /// New facts.
    Facts {
        /// All of them.
        facts: Box<Facts>,
    },
    /// It lives.
    Heartbeat {},
    /// The order is on its disk and will be begun, unless it expires first. Said again when the order comes again.
    Accept {
        /// Which order.
        fence: i64,
    },
    /// The first step begins.
    Started {
        /// Which order.
        fence: i64,
        /// When, by the server's clock as the agent knows it.
        at: Timestamp,
    },
    /// How far it is; may be lost.
    Progress {
        /// Which order.
        fence: i64,
        /// Step, from 0.
        step: u32,
        /// Per cent of the whole order.
        percent: u8,
        /// What it is doing.
        note: Option<String>,
    },
    /// Something was written.
    Output {
        /// Which order.
        fence: i64,
        /// Number of the piece, from 1.
        seq: i64,
        /// When.
        at: Timestamp,
        /// Step, from 0.
        step: u32,
        /// Where.
        stream: Stream,
        /// What: at most [`OUTPUT_BYTES`].
        text: String,
    },
    /// The order is over: said again until it is acknowledged.
    Result {
        /// Which order.
        fence: i64,
        /// How it went.
        outcome: Outcome,
        /// When it ended.
        at: Timestamp,
        /// Number of the last piece of output.
        last_seq: i64,
    },
}

/// Where a piece of output comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The agent itself.
    System,
}

/// How an order went on the device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, where it is not a success: one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Code with which the last program ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// What became of each step that was begun.
    #[serde(default)]
    pub steps: Vec<StepResult>,
}

/// The verdict on an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// Every step went well.
    Success,
    /// A step did not.
    Failed,
    /// A time limit ended it.
    Timeout,
    /// It was cancelled.
    Cancelled,
    /// The agent died in the middle; whether it finished is not known.
    Lost,
    /// Not begun: stale, out of the agent's policy, or not understood.
    Refused,
    /// Not begun: it came too late.
    Expired,
}

/// An order to a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Grows with every order to this device: a smaller one than the last is stale.
    pub fence: i64,
    /// UUID of the execution.
    pub execution: String,
    /// The execution's attempt that asks.
    pub attempt: u32,
    /// Not to be begun before this.
    pub not_before: Timestamp,
    /// Not to be begun after this.
    pub expires_at: Timestamp,
    /// Seconds that all steps together may take.
    pub limit_seconds: u32,
    /// Whether a failed step ends the order.
    pub stop_on_failure: bool,
    /// Opens the files that the steps name, at [`FILES_PATH`], as long as the order is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// What to do, in this order.
    pub steps: Vec<Step>,
}

/// Frames from the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ServerFrame {
    /// The agent is in.
    Welcome {
        /// Number of the device, for people and logs.
        device_id: i64,
        /// Its name.
        name: String,
        /// What to show when it comes back. It counts once `linked` was said.
        link: String,
        /// Seconds between heartbeats.
        heartbeat_seconds: u32,
        /// The server's clock.
        server_time: Timestamp,
    },
    /// The agent is not in; the connection ends.
    Refused {
        /// A stable word.
        reason: Refusal,
        /// A sentence for the log of the agent.
        message: String,
    },
    /// Something to do.
    Order {
        /// What.
        order: Box<Order>,
    },
    /// What the server has in its database.
    Ack {
        /// Of which order.
        fence: i64,
        /// Output up to this piece.
        seq: i64,
        /// Whether also the result: the agent may forget the order.
        settled: bool,
    },
    /// Stop, or do not begin. The result is reported all the same.
    Cancel {
        /// Which order.
        fence: i64,
        /// Why.
        reason: String,
    },
    /// Stop, and forget: the order is settled or not known.
    Drop {
        /// Which order.
        fence: i64,
    },
    /// The answer to a heartbeat.
    Beat {
        /// The server's clock.
        server_time: Timestamp,
    },
    /// The connection ends.
    Bye {
        /// A stable word.
        reason: Refusal,
        /// A sentence for the log of the agent.
        message: String,
    },
}

/// Why an agent is not let in, or sent away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// The key belongs to no device, or the token is not valid.
    Unknown,
    /// The device was revoked or removed.
    Revoked,
    /// The device is suspended until a person has looked.
    Suspended,
    /// The link is not the one that was given last: this identity was copied, or restored from a backup.
    Duplicate,
    /// A newer connection of this device took over.
    Replaced,
    /// Another version of the protocol.
    Protocol,
    /// Said something that it may not say.
    Misbehaved,
    /// The server is stopping or not ready; come back.
    Unavailable,
}

impl Refusal {
    /// Whether coming back soon is of use.
    #[must_use]
    pub fn is_passing(self) -> bool {
        matches!(
            self,
            Refusal::Unavailable | Refusal::Replaced | Refusal::Misbehaved
        )
    }
}

impl Facts {
    /// As a JSON object.
    #[must_use]
    pub fn to_object(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(object)) => object,
            _ => Map::new(),
        }
    }
}

impl std::fmt::Debug for AgentProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AgentProof::Enroll {
                protocol, hello, ..
            } => f
                .debug_struct("Enroll")
                .field("protocol", protocol)
                .field("hello", hello)
                .finish_non_exhaustive(),
            AgentProof::Connect {
                protocol,
                holding,
                hello,
                ..
            } => f
                .debug_struct("Connect")
                .field("protocol", protocol)
                .field("holding", holding)
                .field("hello", hello)
                .finish_non_exhaustive(),
        }
    }
}
