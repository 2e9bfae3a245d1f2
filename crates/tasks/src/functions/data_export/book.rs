//! Rows as a workbook (XLSX), written by a thread of its own, a row in memory at a time.
//!
//! Texts are stored as texts: nothing in a cell is ever taken for a formula.

use std::path::{Path, PathBuf};

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::database::{Cell, Trouble};
use crate::deposit::{Written, sum_of};

/// Rows of a sheet, as the format has it, without the heading.
const SHEET_ROWS: u32 = 1_048_575;
/// Characters of a cell, as the format has it. It counts pairs of UTF-16 twice.
const CELL_CHARS: usize = 32_767;
/// Digits that a number of a workbook keeps; longer ones are written as text.
const DIGITS: usize = 15;
/// Rows that wait for the thread at most.
const WAITING: usize = 512;

/// The writing end of a new workbook.
pub(super) struct Book {
    rows: mpsc::Sender<Vec<Cell>>,
    thread: JoinHandle<Result<u64, XlsxError>>,
    path: PathBuf,
}

impl Book {
    pub(super) fn begin(path: &Path, names: &[String]) -> Self {
        let (rows, queue) = mpsc::channel(WAITING);
        let (file, names) = (path.to_owned(), names.to_vec());
        let thread = tokio::task::spawn_blocking(move || write(&file, &names, queue));
        Self {
            rows,
            thread,
            path: path.to_owned(),
        }
    }

    /// Adds a row. `false` means that writing came to an end; [`Book::finish`] tells why.
    pub(super) async fn row(&self, row: Vec<Cell>) -> bool {
        self.rows.send(row).await.is_ok()
    }

    /// Waits for the file; gives how many texts were cut too.
    pub(super) async fn finish(self) -> Result<(Written, u64), Trouble> {
        drop(self.rows);
        let cut = self
            .thread
            .await
            .map_err(|error| Trouble::internal(format!("the workbook was not written: {error}")))?
            .map_err(|error| Trouble::internal(format!("the workbook was not written: {error}")))?;
        let path = self.path;
        let written = tokio::task::spawn_blocking(move || sum_of(&path))
            .await
            .map_err(|error| Trouble::internal(error.to_string()))??;
        Ok((written, cut))
    }
}

fn write(
    path: &Path,
    names: &[String],
    mut queue: mpsc::Receiver<Vec<Cell>>,
) -> Result<u64, XlsxError> {
    let mut workbook = Workbook::new();
    // What does not fit into memory goes beside the file, where it is swept up with it.
    if let Some(folder) = path.parent() {
        workbook.set_tempdir(folder)?;
    }
    let mut cut = 0;
    loop {
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        heading(sheet, names)?;
        let mut line = 0;
        while line < SHEET_ROWS {
            let Some(row) = queue.blocking_recv() else {
                workbook.save(path)?;
                return Ok(cut);
            };
            line += 1;
            for (column, cell) in (0_u16..).zip(&row) {
                cut += u64::from(put(sheet, line, column, cell)?);
            }
        }
    }
}

fn heading(sheet: &mut Worksheet, names: &[String]) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    sheet.set_freeze_panes(1, 0)?;
    for (column, name) in (0_u16..).zip(names) {
        sheet.write_string_with_format(0, column, fitting(name).0, &bold)?;
    }
    Ok(())
}

/// Writes a cell; `true` when its text was cut.
fn put(sheet: &mut Worksheet, line: u32, column: u16, cell: &Cell) -> Result<bool, XlsxError> {
    match cell {
        Cell::Null => {}
        Cell::Bool(value) => {
            sheet.write_boolean(line, column, *value)?;
        }
        Cell::Number(text) => match exact(text) {
            Some(number) => {
                sheet.write_number(line, column, number)?;
            }
            None => {
                sheet.write_string(line, column, text)?;
            }
        },
        Cell::Text(text) | Cell::Json(text) | Cell::Blob(text) => {
            let (text, is_cut) = fitting(text);
            sheet.write_string(line, column, text)?;
            return Ok(is_cut);
        }
    }
    Ok(false)
}

/// The number, if a workbook can hold all its digits.
fn exact(text: &str) -> Option<f64> {
    let (mantissa, _) = text.split_once(['e', 'E']).unwrap_or((text, ""));
    let digits = mantissa
        .chars()
        .filter(char::is_ascii_digit)
        .skip_while(|digit| *digit == '0')
        .count();
    (digits <= DIGITS)
        .then(|| text.parse().ok())
        .flatten()
        .filter(|number: &f64| number.is_finite())
}

fn fitting(text: &str) -> (&str, bool) {
    let mut units = 0;
    for (at, letter) in text.char_indices() {
        units += letter.len_utf16();
        if units > CELL_CHARS {
            return (&text[..at], true);
        }
    }
    (text, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_would_lose_digits_stay_texts() {
        for (text, number) in [
            ("0", Some(0.0)),
            ("-12.50", Some(-12.5)),
            ("123456789012345", Some(123_456_789_012_345.0)),
            ("1234567890123456", None),
            ("0.000123", Some(0.000_123)),
            ("1e400", None),
        ] {
            assert_eq!(exact(text), number, "{text}");
        }
    }

    #[test]
    fn texts_are_cut_where_a_cell_ends() {
        assert_eq!(fitting("short"), ("short", false));
        let long = "x".repeat(40_000);
        assert_eq!(fitting(&long).0.len(), CELL_CHARS);
        // Letters that count twice are not cut in the middle.
        let pairs = "\u{1f600}".repeat(20_000);
        let (cut, is_cut) = fitting(&pairs);
        assert!(is_cut && cut.encode_utf16().count() == CELL_CHARS - 1);
    }
}
