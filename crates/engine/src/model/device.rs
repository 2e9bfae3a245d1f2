//! Devices: hosts with an agent; how they enrol, and what each of them did for an execution.
//!
//! A device is known by the public key of its agent, never by anything that a message says. So that a copied key is
//! noticed, the server hands the agent a new random link with every connection and wants to see it at the next one:
//! whoever comes with an older link is the original or the copy, and nobody can tell which, so the device is suspended.

use jiff::Timestamp;
use serde_json::Value;

use super::secret::Sharing;

/// A device.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Number.
    pub id: i64,
    /// Whose it is.
    pub owner_id: i64,
    /// Name for people; its host name at first.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Words to find and to group it by.
    pub tags: Vec<String>,
    /// What its agent says of it (`hostname`, `addresses`, `os`, `cpus`, `memoryTotal`, `shells`, …): an object.
    pub facts: Value,
    /// Where it stands.
    pub status: DeviceStatus,
    /// Version of its agent.
    pub agent_version: Option<String>,
    /// Address that it came from last.
    pub address: Option<String>,
    /// Since when it has been connected, while it is.
    pub connected_at: Option<Timestamp>,
    /// When it was heard last.
    pub seen_at: Option<Timestamp>,
    /// When it reported its facts last.
    pub facts_at: Option<Timestamp>,
    /// Set while it is not to be given new work.
    pub maintenance: Option<Maintenance>,
    /// Why it was suspended, if it is.
    pub suspension: Option<Suspension>,
    /// When its agent lost the right to connect, for good.
    pub revoked_at: Option<Timestamp>,
    /// Who may use it besides the owner. Others than the owner and administrators do not see with whom.
    pub sharing: Sharing,
    /// When enrolled.
    pub created_at: Timestamp,
    /// When last changed by a person.
    pub updated_at: Timestamp,
}

/// Where a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceStatus {
    /// Connected, and heard lately.
    Online,
    /// Not connected, or silent for too long.
    Offline,
    /// Its identity was used twice: nobody is let in until a person has looked.
    Suspended,
    /// Its agent may not come back.
    Revoked,
}

/// A time in which a device is not to be given new work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// Since when.
    pub since: Timestamp,
    /// Until when; `None` until somebody ends it.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
}

/// That a device was suspended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// When.
    pub at: Timestamp,
    /// Why, a stable word (`duplicate_identity`, `by_hand`).
    pub reason: String,
}

/// A change of a device; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DevicePatch {
    /// New name.
    pub name: Option<String>,
    /// New description; the inner `None` removes it.
    pub description: Option<Option<String>>,
    /// New tags, all of them.
    pub tags: Option<Vec<String>>,
    /// New sharing.
    pub sharing: Option<Sharing>,
}

/// Which devices are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceFilter {
    /// Only those whose name, host name or address contains this, without regard to case.
    pub search: Option<String>,
    /// Only those in this status.
    pub status: Option<DeviceStatus>,
    /// Only those with this tag.
    pub tag: Option<String>,
    /// Only those of this owner (administrators).
    pub owner_id: Option<i64>,
}

/// A token to be made that enrols one device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewEnrollment {
    /// Whose device it will be; `None` for the asker's own. Only administrators enrol for others.
    pub owner_id: Option<i64>,
    /// Seconds that it can be used, 60 to 86400; `None` for 15 minutes.
    pub valid_seconds: Option<u32>,
    /// Name of the device; `None` takes the host name that the agent reports.
    pub name: Option<String>,
    /// Tags of the device.
    pub tags: Vec<String>,
}

/// A token that enrols one device; the secret is not kept anywhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrollment {
    /// What is given to the agent.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Where an order to a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i16)]
pub enum OrderState {
    /// Its batch has not begun.
    Planned = 1,
    /// Waits for the device.
    Queued = 2,
    /// Handed to the connection; whether it arrived is not known.
    Sent = 3,
    /// On the disk of the device.
    Accepted = 4,
    /// Begun.
    Started = 5,
    /// Settled: nothing that arrives later changes it.
    Ended = 6,
}

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderOutcome {
    /// Every step went well.
    Success,
    /// A step did not.
    Failed,
    /// A time limit ended it.
    Timeout,
    /// A person ended it, or the roll-out was halted before its turn.
    Cancelled,
    /// It began, and nobody knows how it went.
    Lost,
    /// The agent did not take it: stale, out of its policy, not understood.
    Refused,
    /// The device was not there in time; nothing was begun.
    Unreached,
}

/// What one device did for one execution.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceOrder {
    /// Number.
    pub id: i64,
    /// For which execution.
    pub execution_id: i64,
    /// Which device.
    pub device_id: i64,
    /// Name of the device now; empty once it was removed.
    pub device_name: String,
    /// The execution's attempt that asked.
    pub number: u32,
    /// Batch of the roll-out, from 1.
    pub batch: u32,
    /// Where it stands.
    pub state: OrderState,
    /// Whether the device has been silent although it is at work.
    pub is_unreachable: bool,
    /// How it ended.
    pub outcome: Option<OrderOutcome>,
    /// Why it stands there or ended so: a stable word, or a sentence of the agent's.
    pub reason: Option<String>,
    /// Step that it is at or was at last, from 0.
    pub step: Option<u32>,
    /// How far it says it is, 0-100.
    pub progress: Option<u8>,
    /// What it says it is doing.
    pub note: Option<String>,
    /// Code with which the last step ended.
    pub exit_code: Option<i64>,
    /// What the steps reported: a list with an object for each.
    pub result: Option<Value>,
    /// When asked.
    pub created_at: Timestamp,
    /// Not begun later than this, once it waits for the device.
    pub expires_at: Option<Timestamp>,
    /// When it was handed to the device.
    pub sent_at: Option<Timestamp>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it was settled.
    pub ended_at: Option<Timestamp>,
    /// Bytes of its output that were kept.
    pub output_bytes: u64,
}

/// A piece of what a device wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceOutput {
    /// Number, from 1, in the order.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Step that wrote it, from 0.
    pub step: u32,
    /// `stdout`, `stderr` or `system`.
    pub stream: String,
    /// The text.
    pub text: String,
}

impl DeviceStatus {
    /// All of them.
    pub const ALL: [DeviceStatus; 4] = [
        DeviceStatus::Online,
        DeviceStatus::Offline,
        DeviceStatus::Suspended,
        DeviceStatus::Revoked,
    ];

    /// The word: `online`, `offline`, `suspended`, `revoked`.
    pub fn word(self) -> &'static str {
        match self {
            DeviceStatus::Online => "online",
            DeviceStatus::Offline => "offline",
            DeviceStatus::Suspended => "suspended",
            DeviceStatus::Revoked => "revoked",
        }
    }

    /// The status of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

impl OrderState {
    /// All of them, in the order in which they follow each other.
    pub const ALL: [OrderState; 6] = [
        OrderState::Planned,
        OrderState::Queued,
        OrderState::Sent,
        OrderState::Accepted,
        OrderState::Started,
        OrderState::Ended,
    ];

    /// The word: `planned`, `queued`, `sent`, `accepted`, `started`, `ended`.
    pub fn word(self) -> &'static str {
        match self {
            OrderState::Planned => "planned",
            OrderState::Queued => "queued",
            OrderState::Sent => "sent",
            OrderState::Accepted => "accepted",
            OrderState::Started => "started",
            OrderState::Ended => "ended",
        }
    }

    /// The number stored.
    pub fn id(self) -> i64 {
        self as i64
    }

    /// The state of a number.
    pub fn from_id(id: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.id() == id)
    }
}

impl OrderOutcome {
    /// All of them.
    pub const ALL: [OrderOutcome; 7] = [
        OrderOutcome::Success,
        OrderOutcome::Failed,
        OrderOutcome::Timeout,
        OrderOutcome::Cancelled,
        OrderOutcome::Lost,
        OrderOutcome::Refused,
        OrderOutcome::Unreached,
    ];

    /// The word: `success`, `failed`, `timeout`, `cancelled`, `lost`, `refused`, `unreached`.
    pub fn word(self) -> &'static str {
        match self {
            OrderOutcome::Success => "success",
            OrderOutcome::Failed => "failed",
            OrderOutcome::Timeout => "timeout",
            OrderOutcome::Cancelled => "cancelled",
            OrderOutcome::Lost => "lost",
            OrderOutcome::Refused => "refused",
            OrderOutcome::Unreached => "unreached",
        }
    }

    /// The outcome of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

impl std::fmt::Debug for Enrollment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrollment")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
