//! What passes between the engine and whoever holds the connection of a device's agent.

use jiff::Timestamp;
use serde_json::Value;

use super::device::OrderOutcome;

/// What an agent says of itself when it comes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentHello {
    /// Version of its program.
    pub version: String,
    /// What it found out about its device: an object.
    pub facts: Value,
    /// Address that it comes from.
    pub address: Option<std::net::IpAddr>,
}

/// Why an agent is not let in, or sent away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dismissal {
    /// Its key belongs to no device, or its token is not valid.
    Unknown,
    /// The device was revoked or removed.
    Revoked,
    /// The device is suspended until a person has looked.
    Suspended,
    /// Its link is not the one that was given last.
    Duplicate,
    /// A newer connection took over.
    Replaced,
    /// It said something that it may not say.
    Misbehaved,
    /// This instance is stopping.
    Unavailable,
}

/// Something for an agent.
#[derive(Clone, Debug, PartialEq)]
pub enum DeviceMail {
    /// Something to do.
    Order(Box<OrderMail>),
    /// What is durable of an order: output up to `seq`, and whether it is settled.
    Ack {
        /// Which order.
        fence: i64,
        /// Last piece of output that is durable.
        seq: i64,
        /// Whether the order is settled.
        settled: bool,
    },
    /// Stop, or do not begin.
    Cancel {
        /// Which order.
        fence: i64,
        /// Why.
        reason: String,
    },
    /// Stop, and forget.
    Drop {
        /// Which order.
        fence: i64,
    },
    /// The connection ends.
    Bye(Dismissal),
}

/// An order on its way to a device.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderMail {
    /// Number of the order.
    pub id: i64,
    /// Grows with every order that the device gets.
    pub fence: i64,
    /// Number of the execution.
    pub execution_id: i64,
    /// UUID of the execution.
    pub execution: String,
    /// Whose job it is.
    pub owner_id: i64,
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
    /// Opens the files that the steps name.
    pub ticket: Option<String>,
    /// The steps: a list of objects.
    pub steps: Value,
}

/// What an agent says on its connection.
#[derive(Clone, Debug, PartialEq)]
pub enum DeviceSaid {
    /// It has stored its new link.
    Linked,
    /// New facts: an object.
    Facts(Value),
    /// The order is on its disk.
    Accepted {
        /// Which order.
        fence: i64,
    },
    /// The first step begins.
    Started {
        /// Which order.
        fence: i64,
        /// When.
        at: Timestamp,
    },
    /// How far it is.
    Progress {
        /// Which order.
        fence: i64,
        /// Step, from 0.
        step: u32,
        /// Per cent.
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
        /// `stdout`, `stderr` or `system`.
        stream: &'static str,
        /// The text.
        text: String,
    },
    /// The order is over.
    Ended {
        /// Which order.
        fence: i64,
        /// When.
        at: Timestamp,
        /// How.
        outcome: OrderOutcome,
        /// Why, where it is not a success.
        reason: Option<String>,
        /// Code with which the last program ended.
        exit_code: Option<i64>,
        /// What became of each step: a list.
        steps: Value,
    },
}
