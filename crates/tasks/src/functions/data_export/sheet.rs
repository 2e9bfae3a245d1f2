//! Rows as CSV, JSON or NDJSON.

use crate::database::Cell;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Csv { delimiter: char, bom: bool },
    Json,
    Ndjson,
}

/// Turns rows into bytes.
pub(super) struct Sheet<'a> {
    style: Style,
    names: &'a [String],
    /// The names as JSON texts, written before each value.
    keys: Vec<String>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(style: Style, names: &'a [String]) -> Self {
        Self {
            style,
            names,
            keys: names.iter().map(|name| quoted(name)).collect(),
        }
    }

    /// What stands before the first row.
    pub(super) fn begin(&self, out: &mut Vec<u8>) {
        match self.style {
            Style::Csv { delimiter, bom } => {
                if bom {
                    out.extend_from_slice("\u{feff}".as_bytes());
                }
                let names = self
                    .names
                    .iter()
                    .map(|name| field(&harmless(name), delimiter));
                line(out, names, delimiter);
            }
            Style::Json => out.extend_from_slice(b"["),
            Style::Ndjson => {}
        }
    }

    pub(super) fn row(&self, first: bool, cells: &[Cell], out: &mut Vec<u8>) {
        match self.style {
            Style::Csv { delimiter, .. } => {
                let fields = cells.iter().map(|cell| match cell {
                    Cell::Null => String::new(),
                    Cell::Bool(value) => value.to_string(),
                    // A number may begin with a sign: it is one, not a formula.
                    Cell::Number(text) => text.clone(),
                    Cell::Text(text) | Cell::Json(text) | Cell::Blob(text) => {
                        field(&harmless(text), delimiter)
                    }
                });
                line(out, fields, delimiter);
            }
            Style::Json => {
                out.extend_from_slice(if first { b"\n" } else { b",\n" });
                self.object(cells, out);
            }
            Style::Ndjson => {
                self.object(cells, out);
                out.push(b'\n');
            }
        }
    }

    /// What stands after the last row.
    pub(super) fn end(&self, empty: bool, out: &mut Vec<u8>) {
        if self.style == Style::Json {
            out.extend_from_slice(if empty { b"]\n" } else { b"\n]\n" });
        }
    }

    fn object(&self, cells: &[Cell], out: &mut Vec<u8>) {
        out.push(b'{');
        for (index, (key, cell)) in self.keys.iter().zip(cells).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(key.as_bytes());
            out.push(b':');
            match cell {
                Cell::Null => out.extend_from_slice(b"null"),
                Cell::Bool(value) => out.extend_from_slice(value.to_string().as_bytes()),
                Cell::Number(text) | Cell::Json(text) => out.extend_from_slice(text.as_bytes()),
                Cell::Text(text) | Cell::Blob(text) => {
                    out.extend_from_slice(quoted(text).as_bytes())
                }
            }
        }
        out.push(b'}');
    }
}

fn line(out: &mut Vec<u8>, fields: impl Iterator<Item = String>, delimiter: char) {
    let mut between = [0; 4];
    let between = delimiter.encode_utf8(&mut between).as_bytes();
    for (index, field) in fields.enumerate() {
        if index > 0 {
            out.extend_from_slice(between);
        }
        out.extend_from_slice(field.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

/// A text that spreadsheet programs take for a text: what begins like a formula
/// gets an apostrophe in front.
fn harmless(text: &str) -> String {
    let suspicious =
        text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if suspicious {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn field(text: &str, delimiter: char) -> String {
    if text.contains(['"', '\n', '\r', delimiter]) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_look_like_formulas_are_disarmed_and_numbers_are_left_alone() {
        let names = ["=a".to_owned(), "b".to_owned(), "c;d".to_owned()];
        let sheet = Sheet::new(
            Style::Csv {
                delimiter: ';',
                bom: true,
            },
            &names,
        );
        let mut out = Vec::new();
        sheet.begin(&mut out);
        sheet.row(
            true,
            &[
                Cell::Text("=HYPERLINK(\"x\";1)".to_owned()),
                Cell::Number("-5".to_owned()),
                Cell::Text("-5".to_owned()),
            ],
            &mut out,
        );
        sheet.row(
            false,
            &[
                Cell::Null,
                Cell::Text("\t@x".to_owned()),
                Cell::Text("a\r\nb".to_owned()),
            ],
            &mut out,
        );
        sheet.end(false, &mut out);
        assert_eq!(
            String::from_utf8(out).expect("text"),
            "\u{feff}'=a;b;\"c;d\"\r\n\"'=HYPERLINK(\"\"x\"\";1)\";-5;'-5\r\n;'\t@x;\"a\r\nb\"\r\n"
        );
    }

    #[test]
    fn json_is_json_with_any_number_of_rows() {
        let names = ["a\"b".to_owned()];
        let sheet = Sheet::new(Style::Json, &names);
        for count in 0..3_u8 {
            let mut out = Vec::new();
            sheet.begin(&mut out);
            for row in 0..count {
                sheet.row(row == 0, &[Cell::Number(row.to_string())], &mut out);
            }
            sheet.end(count == 0, &mut out);
            let read: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
            assert_eq!(read.as_array().map(Vec::len), Some(usize::from(count)));
        }
    }
}
