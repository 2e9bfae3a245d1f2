//! Files for devices on their way out.

use orloj_engine::model::StoredFile;
use orloj_wire::files::{File, FileState};

/// A file.
pub(crate) fn to_file(file: StoredFile) -> File {
    File {
        id: file.id,
        owner_id: file.owner_id,
        name: file.name,
        description: file.description,
        media_type: file.media_type,
        size: file.size,
        received: file.received,
        state: match file.sha256 {
            Some(_) => FileState::Ready,
            None => FileState::Receiving,
        },
        sha256: file.sha256,
        shared_with: file.sharing.users,
        shared_with_everybody: file.sharing.everybody,
        created_at: file.created_at,
        updated_at: file.updated_at,
    }
}
