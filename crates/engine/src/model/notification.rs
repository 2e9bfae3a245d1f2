//! Notifications: channels through which people are told, rules of what they are told, and deliveries.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Sharing;

/// What people can be told about a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationEvent {
    /// An execution failed, ran out of time or was lost.
    Failure,
    /// An execution ended well.
    Success,
    /// The first success after a failure that people were told of.
    Recovery,
    /// An instant passed while nothing could run it.
    Missed,
    /// An execution did not start in time.
    Late,
    /// An execution runs for long.
    LongRunning,
    /// An execution's process died.
    Lost,
    /// Some of an execution ended well.
    Partial,
}

/// A part of each day in which nobody is disturbed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuietHours {
    /// IANA time zone.
    pub timezone: String,
    /// First minute, as `HH:MM`.
    pub from: String,
    /// First minute after it, as `HH:MM`; earlier than `from` means on the next day.
    pub until: String,
    /// Whether what concerns critical (primary) jobs is told at once nevertheless.
    pub critical_passes: bool,
}

/// What is told to whom, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationPolicy {
    /// What is told.
    pub events: Vec<NotificationEvent>,
    /// Names of channels.
    pub channels: Vec<String>,
    /// Recipients of mail channels instead of their own; empty leaves those.
    #[serde(default)]
    pub recipients: Vec<String>,
    /// A failure is told only when it is at least so manyeth in a row.
    pub after_failures: u32,
    /// Seconds after the due instant after which a start is late.
    pub late_seconds: Option<u32>,
    /// Seconds of running after which an execution runs for long.
    pub running_seconds: Option<u32>,
    /// Seconds in which the same event of the same job is told once.
    pub dedupe_seconds: u32,
    /// Seconds after which a job that is still failing is told again.
    pub remind_seconds: Option<u32>,
    /// When nobody is disturbed.
    pub quiet_hours: Option<QuietHours>,
}

/// Which jobs a rule is for. What is empty does not narrow; within a list one of them suffices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationFilter {
    /// Numbers of jobs.
    pub job_ids: Vec<i64>,
    /// Tags.
    pub tags: Vec<String>,
    /// Keys of task functions.
    pub task_functions: Vec<String>,
}

/// A rule for many jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationRule {
    /// Number.
    pub id: i64,
    /// Whose.
    pub owner_id: i64,
    /// Name, unique among the owner's.
    pub name: String,
    /// Whether it is for everybody's jobs and not only for the owner's.
    pub is_global: bool,
    /// Whether it is in force.
    pub is_enabled: bool,
    /// Which jobs.
    pub filter: NotificationFilter,
    /// What is told.
    pub policy: NotificationPolicy,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// A new rule, or all that is to be known of one that is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotificationRule {
    /// Name.
    pub name: String,
    /// Whether it is for everybody's jobs (administrators).
    pub is_global: bool,
    /// Whether it is in force.
    pub is_enabled: bool,
    /// Which jobs.
    pub filter: NotificationFilter,
    /// What is told.
    pub policy: NotificationPolicy,
}

/// How a channel reaches people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Mail through a connection to a mail server.
    Mail,
    /// A signed call of a web address.
    Webhook,
    /// A web address that understands Slack's messages.
    Slack,
}

/// The language in which a channel speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelLanguage {
    /// English.
    #[default]
    En,
    /// Arabic.
    Ar,
}

/// Texts instead of the built-in ones; what is left out stays built in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelTemplate {
    /// The subject, or the first line.
    pub subject: Option<String>,
    /// The plain text.
    pub text: Option<String>,
    /// The HTML of a mail.
    pub html: Option<String>,
}

/// A way to reach people.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Number.
    pub id: i64,
    /// Whose.
    pub owner_id: i64,
    /// Name, unique among the owner's.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// How it reaches people.
    pub kind: ChannelKind,
    /// Settings of its kind. Secrets are references.
    pub settings: Value,
    /// In which language.
    pub language: ChannelLanguage,
    /// Own texts.
    pub template: Option<ChannelTemplate>,
    /// Whether anything is sent.
    pub is_enabled: bool,
    /// Who else may use it.
    pub sharing: Sharing,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// A new channel, or all that is to be known of one that is changed.
#[derive(Clone, Debug, PartialEq)]
pub struct NewChannel {
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// How it reaches people; stays as it is when a channel is changed.
    pub kind: ChannelKind,
    /// Settings of its kind.
    pub settings: Value,
    /// In which language.
    pub language: ChannelLanguage,
    /// Own texts.
    pub template: Option<ChannelTemplate>,
    /// Whether anything is sent.
    pub is_enabled: bool,
    /// Who else may use it.
    pub sharing: Sharing,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
pub enum DeliveryState {
    /// Waits to be sent, for the first time or again.
    Pending = 1,
    /// Is being sent.
    Sending = 2,
    /// Was accepted by the other side.
    Sent = 3,
    /// Was given up.
    Failed = 4,
    /// Waits for the end of quiet hours.
    Held = 5,
    /// Was told in a summary at the end of quiet hours.
    Summarized = 6,
}

/// One try to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryAttempt {
    /// When it began.
    pub at: Timestamp,
    /// Whether the other side accepted.
    pub works: bool,
    /// What came back.
    pub message: String,
}

/// One message to one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct NotificationDelivery {
    /// Number.
    pub id: i64,
    /// UUID, by which a receiver recognises a repetition.
    pub uuid: String,
    /// Whose: the owner of the rule or of the job that has it.
    pub owner_id: i64,
    /// Number of the rule; `None` for a job's own.
    pub rule_id: Option<i64>,
    /// Name of the rule when it was decided.
    pub rule_name: String,
    /// Number of the channel.
    pub channel_id: i64,
    /// Name of the channel when it was decided.
    pub channel_name: String,
    /// The job; `None` for a summary of several.
    pub job_id: Option<i64>,
    /// UUID of the execution, where there is one.
    pub execution: Option<String>,
    /// `failure`, …, `reminder`, `summary`.
    pub event: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// What templates are filled with.
    pub payload: Value,
    /// The tries, in order; of very many the last.
    pub attempts: Vec<DeliveryAttempt>,
    /// When it is tried next, or the quiet hours end.
    pub next_at: Option<Timestamp>,
    /// Why the last try failed.
    pub error: Option<String>,
    /// When it was decided.
    pub created_at: Timestamp,
    /// When it was sent or given up.
    pub ended_at: Option<Timestamp>,
    /// The summary that told it.
    pub summary_id: Option<i64>,
}

/// Which deliveries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// In one of these states; empty means all.
    pub states: Vec<DeliveryState>,
    /// Of this rule.
    pub rule_id: Option<i64>,
    /// To this channel.
    pub channel_id: Option<i64>,
    /// About this job.
    pub job_id: Option<i64>,
}

impl NotificationEvent {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Failure,
        Self::Success,
        Self::Recovery,
        Self::Missed,
        Self::Late,
        Self::LongRunning,
        Self::Lost,
        Self::Partial,
    ];

    /// The word: `failure`, `success`, …
    pub fn word(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Success => "success",
            Self::Recovery => "recovery",
            Self::Missed => "missed",
            Self::Late => "late",
            Self::LongRunning => "long_running",
            Self::Lost => "lost",
            Self::Partial => "partial",
        }
    }
}

impl ChannelKind {
    /// The word: `mail`, `webhook`, `slack`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
            Self::Slack => "slack",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Mail, Self::Webhook, Self::Slack]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

impl ChannelLanguage {
    /// The word: `en`, `ar`.
    pub fn word(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ar => "ar",
        }
    }

    /// The language of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::En, Self::Ar]
            .into_iter()
            .find(|language| language.word() == word)
    }
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Sending,
        Self::Sent,
        Self::Failed,
        Self::Held,
        Self::Summarized,
    ];

    /// The word: `pending`, `sending`, `sent`, `failed`, `held`, `summarized`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Held => "held",
            Self::Summarized => "summarized",
        }
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
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
