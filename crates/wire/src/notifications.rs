//! Notifications: channels through which people are told, rules of what they are told, and deliveries.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::double;

/// What people can be told about a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationEvent {
    /// An execution failed, ran out of time or was lost.
    Failure,
    /// An execution ended well.
    Success,
    /// The first success after a failure that was told of.
    Recovery,
    /// An instant passed while nothing could run it.
    Missed,
    /// An execution did not start within `lateSeconds` of its due instant.
    Late,
    /// An execution runs for longer than `runningSeconds`.
    LongRunning,
    /// An execution's process died.
    Lost,
    /// Some of an execution ended well.
    Partial,
}

/// A part of each day in which nobody is disturbed. What happens then is told at its end, several things as one summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuietHours {
    /// IANA time zone.
    pub timezone: String,
    /// First minute, as `HH:MM`.
    pub from: String,
    /// First minute after it, as `HH:MM`; earlier than `from` means on the next day.
    pub until: String,
    /// Whether what concerns critical (primary) jobs is told at once nevertheless. Default true.
    #[serde(default = "yes")]
    pub critical_passes: bool,
}

/// What is told to whom, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"events": ["failure", "recovery"], "channels": ["ops-mail"], "afterFailures": 2, "dedupeSeconds": 3600, "remindSeconds": 86400, "quietHours": {"timezone": "Africa/Cairo", "from": "22:00", "until": "07:00"}}))]
pub struct NotificationPolicy {
    /// What is told. With both, `recovery` is told instead of `success`, and `lost` instead of `failure`.
    #[schema(min_items = 1)]
    pub events: Vec<NotificationEvent>,
    /// Names of channels that the owner may use.
    #[schema(min_items = 1, max_items = 20)]
    pub channels: Vec<String>,
    /// Addresses that mail channels write to instead of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub recipients: Vec<String>,
    /// A failure is told only from the so manyeth in a row on. Default 1.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1000)]
    pub after_failures: u32,
    /// Seconds after the due instant after which a start is late; needed for `late`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 31622400)]
    pub late_seconds: Option<u32>,
    /// Seconds of running after which an execution runs for long; needed for `long_running`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 31622400)]
    pub running_seconds: Option<u32>,
    /// Seconds in which the same event of the same job is told once. Default 0: every time.
    #[serde(default)]
    #[schema(maximum = 31622400)]
    pub dedupe_seconds: u32,
    /// Seconds after which it is told again that a job still fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 60, maximum = 31622400)]
    pub remind_seconds: Option<u32>,
    /// When nobody is disturbed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
}

/// Which jobs a rule is for. What is empty does not narrow; within a list one of them suffices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NotificationFilter {
    /// Numbers of jobs.
    pub job_ids: Vec<i64>,
    /// Tags.
    pub tags: Vec<String>,
    /// Keys of task functions.
    pub task_function_keys: Vec<String>,
}

/// Whose jobs a rule is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleScope {
    /// The owner's.
    #[default]
    Own,
    /// Everybody's; administrators only.
    Everybody,
}

/// A rule for many jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationRule {
    /// Number.
    pub id: i64,
    /// Whose.
    pub owner_id: i64,
    /// Name, unique among the owner's.
    pub name: String,
    /// Whose jobs it is for.
    pub scope: RuleScope,
    /// Whether it is in force.
    pub is_enabled: bool,
    /// Which of them.
    pub filter: NotificationFilter,
    /// What is told.
    pub notify: NotificationPolicy,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// Rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationRuleList {
    /// The rules, by name.
    pub items: Vec<NotificationRule>,
    /// Number of them.
    pub total: u64,
}

/// A new rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "night-shift", "scope": "own", "filter": {"tags": ["nightly"]}, "notify": {"events": ["failure", "recovery"], "channels": ["ops-mail"], "remindSeconds": 86400}}))]
pub struct NotificationRuleCreate {
    /// Name: letters, digits, dots, hyphens and underscores; unique among the owner's.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Whose jobs it is for. Default `own`.
    #[serde(default)]
    pub scope: RuleScope,
    /// Whether it is in force. Default true.
    #[serde(default = "yes")]
    pub is_enabled: bool,
    /// Which of them. Default all.
    #[serde(default)]
    pub filter: NotificationFilter,
    /// What is told.
    pub notify: NotificationPolicy,
}

/// A change of a rule. What is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"isEnabled": false}))]
pub struct NotificationRuleUpdate {
    /// New name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Whose jobs it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<RuleScope>,
    /// Whether it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    /// Which of them, whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<NotificationFilter>,
    /// What is told, whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<NotificationPolicy>,
}

/// How a channel reaches people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Mail. Settings: `connection` (name of a connection to a mail server), `recipients` (list of addresses), `replyTo`.
    Mail,
    /// A call of a web address with JSON. Settings: `url`, and `secret` (`{"$secret": "name"}`) by which it is signed.
    Webhook,
    /// A web address that understands Slack's messages. Settings: `url`, best as `{"$secret": "name"}`.
    Slack,
}

/// The language in which a channel speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelLanguage {
    /// English.
    #[default]
    En,
    /// Arabic.
    Ar,
}

/// Texts instead of the built-in ones, with placeholders; what is left out stays built in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"subject": "[{{ event }}] {{ job.name }}"}))]
pub struct ChannelTemplate {
    /// The subject, or the first line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The HTML of a mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
}

/// A way to reach people. Those with whom it is only shared see neither settings nor texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Channel {
    /// Number.
    pub id: i64,
    /// Whose.
    pub owner_id: i64,
    /// Name by which rules refer to it.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// How it reaches people.
    pub kind: ChannelKind,
    /// Settings of its kind.
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
    /// In which language.
    pub language: ChannelLanguage,
    /// Own texts.
    pub template: Option<ChannelTemplate>,
    /// Whether anything is sent.
    pub is_enabled: bool,
    /// Users whose rules may use it too. Empty for those with whom it is only shared.
    pub shared_with: Vec<i64>,
    /// Whether everybody's rules may use it. False for those with whom it is only shared.
    pub shared_with_everybody: bool,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// Channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelList {
    /// The channels, by name.
    pub items: Vec<Channel>,
    /// Number of them.
    pub total: u64,
}

/// A new channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "ops-mail", "kind": "mail", "settings": {"connection": "office-mail", "recipients": ["ops@example.com"]}, "language": "en"}))]
pub struct ChannelCreate {
    /// Name: letters, digits, dots, hyphens and underscores; unique among the owner's.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub description: Option<String>,
    /// How it reaches people.
    pub kind: ChannelKind,
    /// Settings of its kind; see `ChannelKind`. Any text may be `{"$secret": "name"}`.
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
    /// In which language. Default English.
    #[serde(default)]
    pub language: ChannelLanguage,
    /// Own texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<ChannelTemplate>,
    /// Whether anything is sent. Default true.
    #[serde(default = "yes")]
    pub is_enabled: bool,
    /// Users whose rules may use it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_with: Vec<i64>,
    /// Whether everybody's rules may use it.
    #[serde(default)]
    pub shared_with_everybody: bool,
}

/// A change of a channel. What is left out stays; its kind cannot be changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"isEnabled": false}))]
pub struct ChannelUpdate {
    /// New name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// New description; null removes it.
    #[serde(skip_serializing_if = "Option::is_none", with = "double")]
    #[schema(max_length = 1000)]
    pub description: Option<Option<String>>,
    /// New settings, whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub settings: Option<Map<String, Value>>,
    /// In which language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<ChannelLanguage>,
    /// New own texts, whole; null brings the built-in ones back.
    #[serde(skip_serializing_if = "Option::is_none", with = "double")]
    #[schema(value_type = Option<ChannelTemplate>)]
    pub template: Option<Option<ChannelTemplate>>,
    /// Whether anything is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    /// New list of users whose rules may use it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<Vec<i64>>,
    /// Whether everybody's rules may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_with_everybody: Option<bool>,
}

/// What became of a test message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelTest {
    /// Whether the other side accepted it.
    pub works: bool,
    /// What came back, in English.
    pub message: String,
    /// The same in Arabic.
    pub message_ar: String,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits to be sent, for the first time or again.
    Pending,
    /// Is being sent.
    Sending,
    /// Was accepted by the other side.
    Sent,
    /// Was given up.
    Failed,
    /// Waits for the end of quiet hours.
    Held,
    /// Was told in a summary at the end of quiet hours.
    Summarized,
}

/// One try to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationDelivery {
    /// Number.
    pub id: i64,
    /// UUID by which a receiver recognises a repetition: `webhook-id` of calls, part of the `Message-ID` of mail.
    pub delivery_id: String,
    /// Whose: the owner of the rule, or of the job that has it.
    pub owner_id: i64,
    /// Number of the rule; null for a job's own.
    pub rule_id: Option<i64>,
    /// Name of the rule when it was decided; of a job's own the job's.
    pub rule_name: String,
    /// Number of the channel.
    pub channel_id: i64,
    /// Name of the channel when it was decided.
    pub channel_name: String,
    /// The job; null for a summary.
    pub job_id: Option<i64>,
    /// Name of the job when it was decided.
    pub job_name: Option<String>,
    /// Its Arabic name.
    pub job_name_ar: Option<String>,
    /// UUID of the execution, where there is one.
    pub execution_id: Option<String>,
    /// An event, or `reminder`, or `summary`.
    pub event: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// The tries, in order; of very many the last twenty.
    pub attempts: Vec<DeliveryAttempt>,
    /// When it is tried next, or quiet hours end.
    pub next_attempt_at: Option<Timestamp>,
    /// Why the last try failed.
    pub error_message: Option<String>,
    /// The summary that told it.
    pub summary_id: Option<i64>,
    /// When it was decided.
    pub created_at: Timestamp,
    /// When it was sent or given up.
    pub completed_at: Option<Timestamp>,
}

/// A page of deliveries, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationDeliveryPage {
    /// The deliveries of this page.
    pub items: Vec<NotificationDelivery>,
    /// Deliveries on all pages.
    pub total: u64,
    /// Page number, from 1.
    pub page: u32,
    /// Rows on a page.
    pub per_page: u32,
    /// Number of pages, at least 1.
    pub total_pages: u64,
}

fn yes() -> bool {
    true
}

fn one() -> u32 {
    1
}
