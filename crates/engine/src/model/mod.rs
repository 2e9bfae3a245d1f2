//! Plain nouns, one per file. No SQL, no HTTP.

mod actor;
mod artifact;
mod calendar;
mod chain;
mod connection;
mod deployment;
mod device;
mod device_link;
mod execution;
mod file;
mod group;
mod instance;
mod job;
mod note;
mod notification;
mod page;
mod secret;
mod server;
mod software;
mod statistics;
mod trial;
mod user;
mod view;

pub use actor::{Actor, Role, Scope};
pub use artifact::{Artifact, ArtifactQuota};
pub use calendar::{
    CalendarChange, CalendarImport, CalendarPreview, CalendarQuestion, Change, NewWorkCalendar,
    WorkCalendar, WorkCalendarPatch, WorkDay,
};
pub use chain::{After, Chain, ChainJob, JoinMode, OnEnd, Parent, ParentExecution, WaitingEnd};
pub use connection::{Connection, ConnectionPatch, ConnectionTest, NewConnection};
pub use deployment::{
    Deployment, DeploymentDevice, DeploymentMatrix, DeploymentStep, DeviceCounts, NewDeployment,
    StepStanding,
};
pub use device::{
    Device, DeviceFilter, DeviceOrder, DeviceOutput, DevicePatch, DeviceStatus, Enrollment,
    Maintenance, NewEnrollment, OrderOutcome, OrderState, Suspension,
};
pub use device_link::{AgentHello, DeviceMail, DeviceSaid, Dismissal, OrderMail};
pub use execution::{
    Attempt, Disposition, Execution, ExecutionFilter, Fire, LogLine, LogPage, LogQuery, Outcome,
    Status, Trigger,
};
pub use file::{FileLimits, FilePatch, FileShelf, NewFile, StoredFile};
pub use group::{
    Group, GroupDevice, GroupOperator, GroupPatch, GroupRule, GroupTest, Members, NewGroup,
};
pub use instance::{Instance, InstanceStatus, Mode, SystemStatus};
pub use job::{
    Backoff, Bulk, BulkAction, BulkResult, CalendarUse, Delivery, Job, JobDraft, JobFilter,
    JobSort, JobVersion, JobView, Overlap, Pause, Retention, RetryCause, RetryPolicy, RunRequest,
    ScheduleKind, Selection, Settings,
};
pub use note::{JobNote, RunCounts};
pub use notification::{
    Channel, ChannelKind, ChannelLanguage, ChannelTemplate, DeliveryAttempt, DeliveryFilter,
    DeliveryState, NewChannel, NewNotificationRule, NotificationDelivery, NotificationEvent,
    NotificationFilter, NotificationPolicy, NotificationRule, QuietHours,
};
pub use page::{Page, Paged};
pub use secret::{
    KeyOrigin, KeyRotation, KeyState, NewSecret, Referrer, ReferrerKind, Referrers, Secret,
    SecretPatch, Sharing,
};
pub use server::{NewServer, Server, ServerFilter};
pub use software::{
    NewSoftware, PackageManager, Platform, Software, SoftwareDefinition, SoftwarePatch,
    SoftwarePlatform,
};
pub use statistics::{
    BusyMinute, Calendar, CalendarDay, CalendarJob, Collisions, ComingRun, Dashboard, FailureGroup,
    HeatCell, SparkRun, Sparkline,
};
pub use trial::Trial;
pub use user::{
    Account, AccountPatch, AuditEvent, AuditFilter, NewSession, NewToken, NewUser, Refusal,
    Session, Token, User, UserFilter, UserPatch,
};
pub use view::{NewView, SavedView, ViewPage};
