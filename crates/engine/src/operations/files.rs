//! Files for devices: announced, received piece by piece, checked when whole, read, shared, deleted.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::secrets::{Wrong, shared_words, tidy};
use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::{FilePatch, FileShelf, NewFile, StoredFile};
use crate::rules::file::{is_media_type, is_plain_name, sha256};
use crate::rules::uses::Noun;
use crate::store::audit::{self, AuditEntry};
use crate::store::files;

/// Bytes kept in one row, at most.
pub const FILE_CHUNK: usize = 1024 * 1024;

impl Caller {
    /// Files that the caller may use, by name; administrators see all.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn files(&self) -> Result<FileShelf> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        let mut all = files::list(db, self.actor.visible_owner()).await?;
        for file in &mut all {
            self.hide_sharing(file.owner_id, &mut file.sharing);
        }
        Ok(FileShelf {
            files: all,
            used: files::used(db, self.actor.user_id).await?,
            quota: self.engine.inner.config.files.quota,
        })
    }

    /// A file that the caller may use.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it belongs to somebody else who does not share it.
    pub async fn file(&self, id: i64) -> Result<StoredFile> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        let mut found = files::find(db, id, self.actor.visible_owner())
            .await?
            .ok_or_else(|| Error::not_found("file"))?;
        self.hide_sharing(found.owner_id, &mut found.sharing);
        Ok(found)
    }

    /// Announces a file; its content follows with [`Caller::append_file`]. An empty one is whole at once.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit; `Conflict` when the quota does not suffice.
    pub async fn create_file(&self, new: NewFile) -> Result<StoredFile> {
        self.may(Need::Change)?;
        let engine = &self.engine.inner;
        let limits = engine.config.files;
        let mut wrong = Wrong::default();
        name(&mut wrong, &new.name);
        wrong.description(new.description.as_deref());
        wrong.sharing(&new.sharing);
        if new
            .media_type
            .as_deref()
            .is_some_and(|text| !is_media_type(text))
        {
            wrong.add(
                "/mediaType",
                "must look like `application/octet-stream`".to_owned(),
                "يجب أن يكون على شكل `application/octet-stream`".to_owned(),
            );
        }
        if new.size > limits.largest {
            wrong.add(
                "/size",
                format!("a file has at most {} bytes here", limits.largest),
                format!("لا يزيد حجم الملف هنا على {} بايت", limits.largest),
            );
        }
        let expected = new.sha256.as_deref().map(sha256);
        if expected == Some(None) {
            wrong.add(
                "/sha256",
                "must be 64 hexadecimal digits".to_owned(),
                "يجب أن يتكوّن من 64 رقمًا سداسيًا عشريًا".to_owned(),
            );
        }
        wrong.into_result()?;
        let now = engine.clock.now_us();
        let owner_id = self.actor.user_id;
        let mut tx = engine.store.db.begin().await?;
        files::lock_owner(&mut tx, owner_id).await?;
        let used = files::used(&mut tx, owner_id).await?;
        if used.saturating_add(new.size) > limits.quota {
            return Err(Error::conflict(
                "file",
                format!(
                    "your files use {used} of {} bytes, so {} more do not fit: delete some first",
                    limits.quota, new.size
                ),
            ));
        }
        let file = StoredFile {
            id: files::next_id(&mut tx).await?,
            owner_id,
            name: new.name,
            description: new.description,
            media_type: new
                .media_type
                .unwrap_or_else(|| "application/octet-stream".to_owned()),
            size: new.size,
            received: 0,
            sha256: None,
            sharing: tidy(&mut tx, new.sharing, owner_id).await?,
            created_at: timestamp(now),
            updated_at: timestamp(now),
        };
        files::insert(&mut tx, &file, expected.flatten().as_deref()).await?;
        let details = json!({ "size": file.size, "sharedWith": shared_words(&file.sharing) });
        let event = entry("file.created", &file, details);
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        if file.size == 0 {
            return self.finish_file(file.id).await;
        }
        Ok(file)
    }

    /// Appends content at `start`, which must be where it ends now. At most [`FILE_CHUNK`] bytes at a time.
    ///
    /// # Errors
    /// `Conflict` when the content ends elsewhere (the message says where), is whole, or would be longer than announced.
    pub async fn append_file(&self, id: i64, start: u64, content: Vec<u8>) -> Result<u64> {
        self.may(Need::Change)?;
        let file = self.file(id).await?;
        self.may_manage(file.owner_id)?;
        if content.is_empty() || content.len() > FILE_CHUNK {
            return Err(Error::invalid(
                "content",
                format!("1 to {FILE_CHUNK} bytes at a time"),
            ));
        }
        let end = start.saturating_add(content.len() as u64);
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        if files::append(&mut tx, id, start, content, now).await? {
            tx.commit().await?;
            return Ok(end);
        }
        drop(tx);
        let file = self.file(id).await?;
        Err(Error::conflict("file", misplaced(&file, start, end)))
    }

    /// Checks the content, which must have arrived to its end, and declares the file ready for use.
    ///
    /// # Errors
    /// `Conflict` when some of it is missing; `Invalid` when its SHA-256 is not the announced one: then what has
    /// arrived is thrown away, so that it can be sent again.
    pub async fn finish_file(&self, id: i64) -> Result<StoredFile> {
        self.may(Need::Change)?;
        let file = self.file(id).await?;
        self.may_manage(file.owner_id)?;
        if file.is_ready() {
            return Ok(file);
        }
        if file.received != file.size {
            return Err(Error::conflict(
                "file",
                format!(
                    "{} of {} bytes have arrived; send the rest first",
                    file.received, file.size
                ),
            ));
        }
        let engine = &self.engine.inner;
        let mut reader = FileReader::new(self.engine.clone(), id, 0, file.size);
        let mut digest = Sha256::new();
        while let Some(piece) = reader.next().await? {
            digest.update(&piece);
        }
        let found = hex(&digest.finalize());
        let expected = files::expected(&engine.store.db, id).await?;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            files::restart(&mut tx, id, now).await?;
            tx.commit().await?;
            return Err(Error::invalid(
                "sha256",
                format!("the content has {found}, announced was {expected}; send it again"),
            ));
        }
        if files::finish(&mut tx, id, &found, now).await? {
            let event = entry("file.received", &file, json!({ "sha256": found }));
            audit::record(&mut tx, now, &self.actor, event).await?;
        }
        tx.commit().await?;
        self.file(id).await
    }

    /// The content of a file that the caller may use, from byte `from` up to but without `to`.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the content is not whole.
    pub async fn file_content(&self, id: i64, from: u64, to: u64) -> Result<FileReader> {
        let file = self.file(id).await?;
        if !file.is_ready() {
            return Err(unfinished(&file));
        }
        Ok(FileReader::new(
            self.engine.clone(),
            id,
            from,
            to.min(file.size),
        ))
    }

    /// Changes what is said about a file.
    ///
    /// # Errors
    /// `Invalid`; `NotFound`; `Forbidden` for those with whom it is only shared.
    pub async fn update_file(&self, id: i64, patch: FilePatch) -> Result<StoredFile> {
        self.may(Need::Change)?;
        let mut file = self.file(id).await?;
        self.may_manage(file.owner_id)?;
        let mut wrong = Wrong::default();
        if let Some(new) = &patch.name {
            name(&mut wrong, new);
        }
        wrong.description(patch.description.as_ref().and_then(|text| text.as_deref()));
        if let Some(sharing) = &patch.sharing {
            wrong.sharing(sharing);
        }
        wrong.into_result()?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let details = json!({ "changed": {
            "name": patch.name.is_some(),
            "description": patch.description.is_some(),
            "sharedWith": patch.sharing.as_ref().map(shared_words),
        } });
        file.name = patch.name.unwrap_or(file.name);
        file.description = patch.description.unwrap_or(file.description);
        if let Some(sharing) = patch.sharing {
            file.sharing = tidy(&mut tx, sharing, file.owner_id).await?;
        }
        file.updated_at = timestamp(now);
        files::update(&mut tx, &file).await?;
        let event = entry("file.updated", &file, details);
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        Ok(file)
    }

    /// Deletes a file with its content.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for those with whom it is only shared; `Conflict` while a job or a software entry uses
    /// it: the message names those that the caller may see.
    pub async fn delete_file(&self, id: i64) -> Result<()> {
        self.may(Need::Change)?;
        let file = self.file(id).await?;
        self.may_manage(file.owner_id)?;
        self.refuse_while_used(Noun::File, id).await?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        files::delete(&mut tx, id).await?;
        let event = entry("file.deleted", &file, json!({}));
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await
    }
}

/// Reads a part of a file's content, a chunk at a time.
#[derive(Debug)]
pub struct FileReader {
    engine: Engine,
    id: i64,
    at: u64,
    end: u64,
}

impl FileReader {
    pub(crate) fn new(engine: Engine, id: i64, from: u64, to: u64) -> Self {
        Self {
            engine,
            id,
            at: from,
            end: to,
        }
    }

    /// The next bytes; `None` after the last.
    ///
    /// # Errors
    /// `NotFound` when the file was deleted meanwhile.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        if self.at >= self.end {
            return Ok(None);
        }
        let (start, mut content) = files::chunk(&self.engine.inner.store.db, self.id, self.at)
            .await?
            .ok_or_else(|| Error::not_found("file"))?;
        let skip = usize::try_from(self.at - start).unwrap_or(usize::MAX);
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        if skip >= content.len() {
            return Err(Error::not_found("file"));
        }
        content.drain(..skip);
        content.truncate(left);
        self.at += content.len() as u64;
        Ok(Some(content))
    }
}

fn misplaced(file: &StoredFile, start: u64, end: u64) -> String {
    if file.is_ready() {
        "the content is whole and does not change; upload a new file".to_owned()
    } else if file.received != start {
        format!(
            "the content ends at {} now; go on there, not at {start}",
            file.received
        )
    } else {
        format!(
            "announced were {} bytes, and this would reach to {end}",
            file.size
        )
    }
}

pub(super) fn unfinished(file: &StoredFile) -> Error {
    Error::conflict(
        "file",
        format!(
            "of the file {} only {} of {} bytes have arrived",
            file.id, file.received, file.size
        ),
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn name(wrong: &mut Wrong, name: &str) {
    if !is_plain_name(name) {
        wrong.add(
            "/name",
            "must be a plain file name of 1 to 255 bytes, without / \\ : * ? \" < > | and without a dot or space at the end"
                .to_owned(),
            "يجب أن يكون اسم ملف بسيطًا من 1 إلى 255 بايت دون / \\ : * ? \" < > | ودون نقطة أو مسافة في آخره"
                .to_owned(),
        );
    }
}

fn entry(action: &'static str, file: &StoredFile, details: Value) -> AuditEntry {
    AuditEntry {
        action,
        entity: "file",
        entity_id: Some(file.id),
        entity_name: Some(file.name.clone()),
        owner_id: Some(file.owner_id),
        details,
    }
}
