//! Results as a person or a program wants them: table, wide table, JSON, YAML, or names alone.

use anyhow::Result;
use comfy_table::{Table, presets};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::terminal;

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    #[default]
    Table,
    /// More columns
    Wide,
    /// The API's own JSON
    Json,
    /// The same as YAML
    Yaml,
    /// One id a line, for scripts
    Name,
}

/// The option that chooses the format.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct OutputOptions {
    /// How the result is written
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub(crate) output: Format,
}

/// One column of a table of `T`s.
pub(crate) struct Column<T> {
    /// Heading.
    pub(crate) title: &'static str,
    /// Only in the wide table.
    pub(crate) only_wide: bool,
    /// The text of a cell.
    pub(crate) cell: fn(&T) -> String,
}

/// A column that is always shown.
pub(crate) const fn column<T>(title: &'static str, cell: fn(&T) -> String) -> Column<T> {
    Column {
        title,
        only_wide: false,
        cell,
    }
}

/// A column of the wide table.
pub(crate) const fn wide<T>(title: &'static str, cell: fn(&T) -> String) -> Column<T> {
    Column {
        title,
        only_wide: true,
        cell,
    }
}

impl Format {
    /// Writes a list. `raw` is what JSON and YAML show, `name` what stands for one item in a script.
    pub(crate) fn list<T>(
        self,
        items: &[T],
        raw: &impl Serialize,
        columns: &[Column<T>],
        name: fn(&T) -> String,
    ) -> Result<()> {
        match self {
            Format::Table | Format::Wide => {
                terminal::text(&table(items, columns, self == Format::Wide))
            }
            Format::Name => items
                .iter()
                .try_for_each(|item| terminal::line(&name(item))),
            Format::Json | Format::Yaml => self.raw(raw),
        }
    }

    /// Writes one thing: its members below each other, or as [`Self::list`] does.
    pub(crate) fn one<T>(
        self,
        item: &T,
        raw: &impl Serialize,
        columns: &[Column<T>],
        name: fn(&T) -> String,
    ) -> Result<()> {
        match self {
            Format::Table | Format::Wide => {
                let width = columns
                    .iter()
                    .map(|column| column.title.chars().count())
                    .max()
                    .unwrap_or(0);
                for column in columns {
                    let cell = (column.cell)(item);
                    if !cell.is_empty() {
                        let text = format!(
                            "{:<width$}  {}",
                            column.title.to_lowercase(),
                            indented(&cell, width + 2)
                        );
                        terminal::line(&text)?;
                    }
                }
                Ok(())
            }
            Format::Name => terminal::line(&name(item)),
            Format::Json | Format::Yaml => self.raw(raw),
        }
    }

    /// Writes a value as JSON or (with [`Format::Yaml`]) as YAML.
    pub(crate) fn raw(self, value: &impl Serialize) -> Result<()> {
        if self == Format::Yaml {
            return terminal::text(&yaml(value)?);
        }
        terminal::line(&serde_json::to_string_pretty(value)?)
    }
}

/// A value as YAML that any reader takes for the same value.
pub(crate) fn yaml(value: &impl Serialize) -> Result<String> {
    // Through JSON, so that members that are left out of JSON are left out here as well.
    let value: Value = serde_json::to_value(value)?;
    let mut text = serde_saphyr::to_string(&value)?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn table<T>(items: &[T], columns: &[Column<T>], is_wide: bool) -> String {
    let shown: Vec<&Column<T>> = columns
        .iter()
        .filter(|column| is_wide || !column.only_wide)
        .collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(shown.iter().map(|column| column.title));
    for item in items {
        table.add_row(shown.iter().map(|column| single_line(&(column.cell)(item))));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}

fn single_line(text: &str) -> String {
    let mut line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if line.chars().count() > 60 {
        line = line.chars().take(59).collect();
        line.push('…');
    }
    line
}

/// Further lines of a text, moved to the right below its first.
fn indented(text: &str, by: usize) -> String {
    text.replace('\n', &format!("\n{}", " ".repeat(by)))
}

/// An instant, to the second, in UTC.
pub(crate) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// An instant that may be absent.
pub(crate) fn maybe_instant(at: Option<Timestamp>) -> String {
    at.map(instant).unwrap_or_default()
}

/// A word of the API: an enum that is written as a string.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        Ok(Value::Null) | Err(_) => String::new(),
        Ok(other) => other.to_string(),
    }
}

/// An optional text, empty when absent.
pub(crate) fn maybe(text: Option<&String>) -> String {
    text.cloned().unwrap_or_default()
}

/// A number of milliseconds as people say it.
pub(crate) fn duration_ms(ms: i64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        ..1 => format!("{ms} ms"),
        1..60 => format!("{}.{} s", seconds, ms % 1_000 / 100),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(&'static str, i64);

    const COLUMNS: [Column<Row>; 2] = [
        column("NAME", |row: &Row| row.0.to_owned()),
        wide("NUMBER", |row: &Row| row.1.to_string()),
    ];

    #[test]
    fn a_table_has_a_heading_and_no_trailing_blanks() {
        let rows = [Row("a", 1), Row("long name\nin two lines", 20)];
        assert_eq!(
            table(&rows, &COLUMNS, false),
            "NAME\na\nlong name in two lines\n"
        );
        assert_eq!(
            table(&rows, &COLUMNS, true),
            "NAME                    NUMBER\na                       1\nlong name in two lines  20\n"
        );
    }

    #[test]
    fn durations_are_short() {
        assert_eq!(duration_ms(15), "15 ms");
        assert_eq!(duration_ms(2_350), "2.3 s");
        assert_eq!(duration_ms(61_000), "1 min 1 s");
        assert_eq!(duration_ms(7_260_000), "2 h 1 min");
    }
}
