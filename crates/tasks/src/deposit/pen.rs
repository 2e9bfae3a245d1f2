//! Writes a file on a thread of its own: compresses, counts and sums up on the way.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::seal::Seal;

/// Pieces that wait for the disk at most; whoever makes more has to wait.
const WAITING: usize = 4;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    /// Bytes of the file.
    pub(crate) size: u64,
    /// Of the file, as hexadecimal digits.
    pub(crate) sha256: String,
}

/// The writing end of a new file. Dropped early, the file stays unfinished.
pub(crate) struct Pen {
    pieces: mpsc::Sender<Vec<u8>>,
    thread: JoinHandle<io::Result<Written>>,
}

impl Pen {
    /// Begins a file that nobody else can read; one of that name is emptied.
    pub(crate) fn begin(path: &Path, gzip: bool, seal: Option<Seal>) -> io::Result<Self> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        let (pieces, queue) = mpsc::channel(WAITING);
        let thread = tokio::task::spawn_blocking(move || work(file, gzip, seal.as_ref(), queue));
        Ok(Self { pieces, thread })
    }

    /// Adds bytes. `false` means that writing came to an end; [`Pen::finish`] tells why.
    pub(crate) async fn write(&self, piece: Vec<u8>) -> bool {
        self.pieces.send(piece).await.is_ok()
    }

    /// Waits until everything is on the disk.
    pub(crate) async fn finish(self) -> io::Result<Written> {
        drop(self.pieces);
        self.thread.await.map_err(io::Error::other)?
    }
}

fn work(
    file: File,
    gzip: bool,
    seal: Option<&Seal>,
    queue: mpsc::Receiver<Vec<u8>>,
) -> io::Result<Written> {
    let target = BufWriter::with_capacity(
        128 * 1024,
        Summing {
            file,
            size: 0,
            sum: Sha256::new(),
        },
    );
    let target = match seal {
        Some(seal) => pour(seal.wrap(target)?, gzip, queue)?.finish()?,
        None => pour(target, gzip, queue)?,
    };
    let summing = target
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    summing.file.sync_all()?;
    Ok(summing.written())
}

/// Writes all pieces, compressed if wanted, and gives the writer back.
fn pour<W: Write>(target: W, gzip: bool, mut queue: mpsc::Receiver<Vec<u8>>) -> io::Result<W> {
    if gzip {
        let mut encoder = GzEncoder::new(target, Compression::default());
        while let Some(piece) = queue.blocking_recv() {
            encoder.write_all(&piece)?;
        }
        return encoder.finish();
    }
    let mut target = target;
    while let Some(piece) = queue.blocking_recv() {
        target.write_all(&piece)?;
    }
    Ok(target)
}

/// Size and sum of a file that something else wrote.
pub(crate) fn sum_of(path: &Path) -> io::Result<Written> {
    let mut file = File::open(path)?;
    let mut sum = Sha256::new();
    let mut size = 0;
    let mut piece = vec![0; 128 * 1024];
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            break;
        }
        sum.update(&piece[..count]);
        size += count as u64;
    }
    Ok(Written {
        size,
        sha256: hexadecimal(sum),
    })
}

fn hexadecimal(sum: Sha256) -> String {
    sum.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A file that is counted and summed up while it is written.
struct Summing {
    file: File,
    size: u64,
    sum: Sha256,
}

impl Summing {
    fn written(self) -> Written {
        Written {
            size: self.size,
            sha256: hexadecimal(self.sum),
        }
    }
}

impl Write for Summing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.sum.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
