//! Announcements after a commit: what the live pages, notifications and followers of logs listen to.

use tokio::sync::broadcast;

use crate::rules::ids::execution_uuid;
use crate::store::hot::Live;

/// What an announcement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A job was created, changed, deleted, paused, resumed.
    Job,
    /// An execution was recorded, started, progressed, ended.
    Execution,
    /// Lines were added to the log of an execution.
    Log,
    /// A device was enrolled, came, went, reported new facts, was changed or removed.
    Device,
    /// An instance started or ended.
    Instance,
}

/// Something changed; who listens asks the engine for the new state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// What about.
    pub subject: Subject,
    /// Number of the thing.
    pub id: i64,
    /// The job it belongs to, for executions and logs.
    pub job_id: Option<i64>,
    /// Whose it is: nobody else but administrators may hear of it, and of a device those whom it is shared with.
    pub owner_id: i64,
    /// UUID of the execution, for executions and logs.
    pub execution: Option<String>,
}

impl Announcement {
    /// Something about a device.
    pub(crate) fn of_device(id: i64, owner_id: i64) -> Self {
        Self {
            subject: Subject::Device,
            id,
            job_id: None,
            owner_id,
            execution: None,
        }
    }

    /// Something about an execution that has not left memory or queue.
    pub(crate) fn of_live(subject: Subject, live: &Live) -> Self {
        Self {
            subject,
            id: live.id,
            job_id: Some(live.job_id),
            owner_id: live.owner_id,
            execution: Some(execution_uuid(live.id, live.created_at)),
        }
    }
}

/// The channel. A listener that falls behind loses the oldest announcements and is told so.
#[derive(Clone, Debug)]
pub(crate) struct Announcer {
    sender: broadcast::Sender<Announcement>,
}

impl Announcer {
    pub(crate) fn new() -> Self {
        Self {
            sender: broadcast::channel(4_096).0,
        }
    }

    pub(crate) fn say(&self, announcement: Announcement) {
        // Nobody listening is the normal case.
        let _ = self.sender.send(announcement);
    }

    pub(crate) fn has_listeners(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Announcement> {
        self.sender.subscribe()
    }
}
