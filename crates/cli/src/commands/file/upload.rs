//! `orloj file upload`: announce, upload piece by piece, go on after a break.

use std::fs::File as Source;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use anyhow::{Context, Result};
use orloj_wire::files::{File, FileCreate, FileList, FileState};
use sha2::{Digest as _, Sha256};

use super::COLUMNS;
use crate::commands::Api;
use crate::exit::{Code, Failure, code_of};

/// Bytes of one request.
const PIECE: usize = 8 * 1024 * 1024;
/// Tries of one piece, of which all but the last may fail.
const TRIES: u32 = 5;

/// Arguments of `file upload`.
#[derive(Debug, clap::Args)]
pub(super) struct Upload {
    /// The file
    path: PathBuf,
    /// Its name on the server and on devices [default: that of the file]
    #[arg(long)]
    name: Option<String>,
    /// What it is for
    #[arg(long)]
    description: Option<String>,
}

impl Upload {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let cannot = || format!("cannot read {}", self.path.display());
        let mut source = Source::open(&self.path).with_context(cannot)?;
        let size = source.metadata().with_context(cannot)?.len();
        let sha256 = digest(&mut source).with_context(cannot)?;
        let name = match &self.name {
            Some(name) => name.clone(),
            None => self
                .path
                .file_name()
                .and_then(|name| name.to_str())
                .map(str::to_owned)
                .ok_or_else(|| {
                    Failure::usage("the file has no name that can be said; say --name")
                })?,
        };
        let mut file = match self.begun(api, &name, size).await? {
            Some(file) => file,
            None => {
                let body = FileCreate {
                    name,
                    size,
                    sha256: Some(sha256),
                    media_type: None,
                    description: self.description.clone(),
                    shared_with: Vec::new(),
                    shared_with_everybody: false,
                };
                api.client.post("/files").body(&body)?.read().await?
            }
        };
        while file.state == FileState::Receiving {
            file = self.piece(api, &mut source, file).await?;
        }
        api.format
            .one(&file, &file, COLUMNS, |file| file.id.to_string())
    }

    /// An upload of the same name and size that broke off.
    async fn begun(&self, api: &Api, name: &str, size: u64) -> Result<Option<File>> {
        let list: FileList = api.client.get("/files").read().await?;
        Ok(list.items.into_iter().find(|file| {
            file.state == FileState::Receiving
                && file.received > 0
                && file.name == name
                && file.size == size
        }))
    }

    /// Sends what comes next. After a break it asks where to go on.
    async fn piece(&self, api: &Api, source: &mut Source, mut file: File) -> Result<File> {
        let path = format!("/files/{}", file.id);
        for attempt in 1.. {
            source.seek(SeekFrom::Start(file.received))?;
            let mut piece = Vec::new();
            source.take(PIECE as u64).read_to_end(&mut piece)?;
            let sent = api
                .client
                .put(format!("{path}/content"))
                .query("offset", Some(file.received))
                .bytes(piece)
                .read::<File>()
                .await;
            match sent {
                Ok(file) => return Ok(file),
                Err(error) if attempt == TRIES || !is_passing(&error) => return Err(error),
                Err(_) => file = api.client.get(&path).read().await?,
            }
        }
        Ok(file)
    }
}

/// Whether going on can be of use.
fn is_passing(error: &anyhow::Error) -> bool {
    code_of(error) == Code::Unreachable as u8
}

fn digest(source: &mut Source) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    let mut block = vec![0; 256 * 1024];
    loop {
        let count = source.read(&mut block)?;
        if count == 0 {
            let sum = digest.finalize();
            return Ok(sum.iter().map(|byte| format!("{byte:02x}")).collect());
        }
        digest.update(block.get(..count).unwrap_or_default());
    }
}
