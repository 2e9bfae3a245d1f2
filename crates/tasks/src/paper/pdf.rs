//! The pages as PDF.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Rect};
use krilla::metadata::{Metadata, TextDirection};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;

use super::chart::{self, Anchor, Shape, shapes};
use super::letters::{Letters, Line, Weight};
use super::{Block, Chart, Colour, Paper, Table};

/// A4, in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 40.0;
const ROOM: f32 = WIDTH - 2.0 * MARGIN;
/// Below this, a page is full.
const BOTTOM: f32 = HEIGHT - 50.0;

const TEXT: f32 = 9.0;
const HEADING: f32 = 12.0;
const TITLE: f32 = 18.0;
/// Height of a line of letters of size 1.
const LEADING: f32 = 1.45;
/// Room around the text of a cell.
const PADDING: f32 = 3.0;
/// Lines of one cell at most.
const CELL_LINES: usize = 4;
/// Boxes with figures in one row.
const FIGURES: usize = 4;

const INK: Colour = Colour(0x1d, 0x24, 0x30);
const PALE: Colour = Colour(0x5d, 0x67, 0x77);
const RULE: Colour = Colour(0xd9, 0xde, 0xe5);
const BAND: Colour = Colour(0xf5, 0xf7, 0xf9);

/// What can be drawn. Places are those of the page, from its upper left corner.
enum Mark {
    Box(f32, f32, f32, f32, Colour),
    Line(f32, f32, f32, Colour, Line),
}

/// Pages being filled from top to bottom.
struct Sheets<'a> {
    letters: &'a Letters,
    is_right_to_left: bool,
    pages: Vec<Vec<Mark>>,
    y: f32,
}

/// The paper as a file.
///
/// # Errors
/// A sentence when the library refuses something.
pub(crate) fn pdf(paper: &Paper) -> Result<Vec<u8>, String> {
    let is_right_to_left = paper.language.is_right_to_left();
    let letters = Letters::new(is_right_to_left)
        .ok_or_else(|| "the fonts of this program cannot be read".to_owned())?;
    let mut sheets = Sheets {
        letters: &letters,
        is_right_to_left,
        pages: vec![Vec::new()],
        y: MARGIN,
    };
    sheets.paragraph(&paper.title, Weight::Bold, TITLE, INK);
    for line in &paper.about {
        sheets.paragraph(line, Weight::Regular, TEXT, PALE);
    }
    for block in &paper.blocks {
        sheets.y += 12.0;
        match block {
            Block::Figures(figures) => sheets.figures(figures),
            Block::Chart(chart) => sheets.chart(chart),
            Block::Table(table) => sheets.table(table),
            Block::Note(text) => sheets.paragraph(text, Weight::Regular, TEXT, INK),
        }
    }
    let direction = if is_right_to_left {
        TextDirection::RightToLeft
    } else {
        TextDirection::LeftToRight
    };
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new()
            .title(paper.title.clone())
            .language(paper.language.as_str().to_owned())
            .creator("Orloj".to_owned())
            .text_direction(direction),
    );
    let count = sheets.pages.len();
    let settings =
        PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| "the pages have no size".to_owned())?;
    for (index, marks) in sheets.pages.iter().enumerate() {
        let mut page = document.start_page_with(settings.clone());
        let mut surface = page.surface();
        for mark in marks {
            draw(&mut surface, &letters, mark);
        }
        let number = letters.line(&format!("{} / {count}", index + 1), Weight::Regular);
        let x = (WIDTH - number.width(TEXT)) / 2.0;
        draw(
            &mut surface,
            &letters,
            &Mark::Line(x, HEIGHT - 24.0, TEXT, PALE, number),
        );
        surface.finish();
        page.finish();
    }
    document
        .finish()
        .map_err(|error| format!("the PDF cannot be written: {error}"))
}

fn draw(surface: &mut Surface<'_>, letters: &Letters, mark: &Mark) {
    let fill = |colour: &Colour| {
        Some(Fill {
            paint: rgb::Color::new(colour.0, colour.1, colour.2).into(),
            ..Fill::default()
        })
    };
    match mark {
        Mark::Box(x, y, width, height, colour) => {
            let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) else {
                return;
            };
            let mut builder = PathBuilder::new();
            builder.push_rect(rect);
            let Some(path) = builder.finish() else {
                return;
            };
            surface.set_fill(fill(colour));
            surface.draw_path(&path);
        }
        Mark::Line(x, y, size, colour, line) => {
            surface.set_fill(fill(colour));
            letters.draw(surface, line, *x, *y, *size);
        }
    }
}

impl Sheets<'_> {
    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Begins a page unless there is so much room.
    fn need(&mut self, height: f32) -> bool {
        if self.y + height <= BOTTOM || self.y <= MARGIN {
            return false;
        }
        self.pages.push(Vec::new());
        self.y = MARGIN;
        true
    }

    /// A line inside a box; `at_end` is where numbers stand.
    fn put(
        &mut self,
        line: Line,
        (x, width): (f32, f32),
        y: f32,
        size: f32,
        colour: Colour,
        at_end: bool,
    ) {
        let to_the_right = self.is_right_to_left != at_end;
        let x = if to_the_right {
            x + width - line.width(size)
        } else {
            x
        };
        self.mark(Mark::Line(x, y, size, colour, line));
    }

    fn paragraph(&mut self, text: &str, weight: Weight, size: f32, colour: Colour) {
        for line in self.letters.lines(text, weight, size, ROOM, 40) {
            self.need(size * LEADING);
            let y = self.y + size;
            self.put(line, (MARGIN, ROOM), y, size, colour, false);
            self.y += size * LEADING;
        }
    }

    fn figures(&mut self, figures: &[(String, String)]) {
        let gap = 8.0;
        for row in figures.chunks(FIGURES) {
            self.need(44.0);
            let width = (ROOM - gap * 3.0) / 4.0;
            for (index, (name, value)) in row.iter().enumerate() {
                let place = f32::from(u8::try_from(index).unwrap_or(0)) * (width + gap);
                let x = if self.is_right_to_left {
                    WIDTH - MARGIN - place - width
                } else {
                    MARGIN + place
                };
                self.mark(Mark::Box(x, self.y, width, 38.0, BAND));
                let inner = (x + 8.0, width - 16.0);
                for (text, weight, size, down, colour) in [
                    (name, Weight::Regular, 8.0, 13.0, PALE),
                    (value, Weight::Bold, 13.0, 30.0, INK),
                ] {
                    let line = self.letters.lines(text, weight, size, inner.1, 1).pop();
                    if let Some(line) = line {
                        let y = self.y + down;
                        self.put(line, inner, y, size, colour, false);
                    }
                }
            }
            self.y += 44.0;
        }
    }

    fn chart(&mut self, chart: &Chart) {
        self.need(chart::HEIGHT + HEADING * LEADING);
        self.paragraph(&chart.title, Weight::Bold, HEADING, INK);
        let top = self.y + 4.0;
        for shape in shapes(chart, self.is_right_to_left) {
            match shape {
                Shape::Box {
                    x,
                    y,
                    width,
                    height,
                    colour,
                } => self.mark(Mark::Box(MARGIN + x, top + y, width, height, colour)),
                Shape::Rule { x, y, width } => {
                    self.mark(Mark::Box(MARGIN + x, top + y, width, 0.5, RULE));
                }
                Shape::Word { x, y, anchor, text } => {
                    let line = self.letters.line(&text, Weight::Regular);
                    let width = line.width(chart::SIZE);
                    let x = MARGIN
                        + match anchor {
                            Anchor::Left => x,
                            Anchor::Middle => x - width / 2.0,
                            Anchor::Right => x - width,
                        };
                    self.mark(Mark::Line(x, top + y, chart::SIZE, PALE, line));
                }
            }
        }
        self.y = top + chart::HEIGHT;
    }

    fn table(&mut self, table: &Table) {
        self.need(HEADING * LEADING + 3.0 * TEXT * LEADING);
        self.paragraph(&table.title, Weight::Bold, HEADING, INK);
        self.y += 2.0;
        if table.rows.is_empty() {
            self.paragraph(&table.empty, Weight::Regular, TEXT, PALE);
            return;
        }
        let widths = self.widths(table);
        let titles: Vec<String> = table
            .columns
            .iter()
            .map(|column| column.title.clone())
            .collect();
        self.row(table, &titles, &widths, Weight::Bold, PALE);
        for row in &table.rows {
            let cells = self.cells(table, row, &widths, Weight::Regular);
            if self.need(height_of(&cells)) {
                self.row(table, &titles, &widths, Weight::Bold, PALE);
            }
            self.row(table, row, &widths, Weight::Regular, INK);
        }
    }

    /// Columns get what they need where that is possible, and shares of what there is where not.
    fn widths(&self, table: &Table) -> Vec<f32> {
        let mut wanted: Vec<f32> = table
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                // A sample tells enough; a table may have ten thousand rows.
                let widest = table
                    .rows
                    .iter()
                    .take(200)
                    .filter_map(|row| row.get(index))
                    .map(|cell| {
                        let start: String = cell.chars().take(80).collect();
                        self.letters.line(&start, Weight::Regular).width(TEXT)
                    })
                    .fold(0.0, f32::max);
                let title = self.letters.line(&column.title, Weight::Bold).width(TEXT);
                widest.max(title.min(70.0)) + 2.0 * PADDING + 1.0
            })
            .collect();
        let total: f32 = wanted.iter().sum();
        if total <= ROOM {
            let spare = (ROOM - total) / total;
            for width in &mut wanted {
                *width += *width * spare;
            }
            return wanted;
        }
        // Narrow columns stay as they are; wide ones give way.
        let count = f32::from(u16::try_from(wanted.len()).unwrap_or(u16::MAX));
        let fair = ROOM / count;
        let narrow: f32 = wanted.iter().filter(|width| **width <= fair).sum();
        let wide: f32 = wanted.iter().filter(|width| **width > fair).sum();
        for width in &mut wanted {
            if *width > fair {
                *width = (ROOM - narrow) * (*width / wide);
            }
        }
        wanted
    }

    fn cells(
        &self,
        table: &Table,
        row: &[String],
        widths: &[f32],
        weight: Weight,
    ) -> Vec<Vec<Line>> {
        widths
            .iter()
            .enumerate()
            .map(|(index, width)| {
                let text = row.get(index).map_or("", String::as_str);
                let is_number = table
                    .columns
                    .get(index)
                    .is_some_and(|column| column.is_number);
                let most = if is_number && weight == Weight::Regular {
                    1
                } else {
                    CELL_LINES
                };
                // A cell is never longer than its lines can hold.
                let text: String = text.chars().take(600).collect();
                self.letters
                    .lines(&text, weight, TEXT, width - 2.0 * PADDING, most)
            })
            .collect()
    }

    fn row(
        &mut self,
        table: &Table,
        row: &[String],
        widths: &[f32],
        weight: Weight,
        colour: Colour,
    ) {
        let cells = self.cells(table, row, widths, weight);
        let height = height_of(&cells);
        let mut place = 0.0;
        for (index, (lines, width)) in cells.into_iter().zip(widths).enumerate() {
            let x = if self.is_right_to_left {
                WIDTH - MARGIN - place - width
            } else {
                MARGIN + place
            };
            let at_end = table
                .columns
                .get(index)
                .is_some_and(|column| column.is_number);
            let mut y = self.y + PADDING + TEXT;
            for line in lines {
                let inner = (x + PADDING, width - 2.0 * PADDING);
                self.put(line, inner, y, TEXT, colour, at_end);
                y += TEXT * LEADING;
            }
            place += width;
        }
        self.y += height;
        self.mark(Mark::Box(MARGIN, self.y - 0.5, ROOM, 0.5, RULE));
    }
}

fn height_of(cells: &[Vec<Line>]) -> f32 {
    let lines = cells.iter().map(Vec::len).max().unwrap_or(1).max(1);
    f32::from(u8::try_from(lines).unwrap_or(u8::MAX)) * TEXT * LEADING + 2.0 * PADDING
}
