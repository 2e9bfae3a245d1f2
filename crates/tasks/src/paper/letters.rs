//! Text for PDF: words in the order and shape in which they are seen.
//!
//! Arabic letters change with their neighbours and run from right to left, also
//! in the middle of a Latin line. The order is Unicode's bidirectional
//! algorithm, the shapes come from the font's own rules.

use std::collections::BTreeSet;

use krilla::geom::Point;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Face, UnicodeBuffer};
use unicode_bidi::{BidiInfo, Level};

const REGULAR: &[u8] = include_bytes!("../../fonts/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSans-Bold.ttf");

/// How strong letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// The two fonts.
pub(super) struct Letters {
    regular: (Font, Face<'static>),
    bold: (Font, Face<'static>),
    base: Level,
}

/// A line that is ready to be drawn.
pub(super) struct Line {
    /// From left to right.
    runs: Vec<Run>,
    /// For letters of size 1.
    width: f32,
    weight: Weight,
}

struct Run {
    text: String,
    glyphs: Vec<KrillaGlyph>,
    width: f32,
}

impl Line {
    /// Width at this size of letters.
    pub(super) fn width(&self, size: f32) -> f32 {
        self.width * size
    }
}

impl Letters {
    /// The fonts; `None` when they cannot be read, which the tests of a build would show.
    pub(super) fn new(is_right_to_left: bool) -> Option<Self> {
        let load =
            |data: &'static [u8]| Some((Font::new(data.into(), 0)?, Face::from_slice(data, 0)?));
        Some(Self {
            regular: load(REGULAR)?,
            bold: load(BOLD)?,
            base: if is_right_to_left {
                Level::rtl()
            } else {
                Level::ltr()
            },
        })
    }

    const fn font(&self, weight: Weight) -> &(Font, Face<'static>) {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// Puts a line together. What is not a letter or a sign becomes a space.
    pub(super) fn line(&self, text: &str, weight: Weight) -> Line {
        let text: String = text
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .collect();
        let info = BidiInfo::new(&text, Some(self.base));
        let mut runs = Vec::new();
        for paragraph in &info.paragraphs {
            let (levels, ranges) = info.visual_runs(paragraph, paragraph.range.clone());
            for range in ranges {
                let is_right_to_left = levels.get(range.start).is_some_and(Level::is_rtl);
                runs.push(self.run(&text[range], is_right_to_left, weight));
            }
        }
        Line {
            width: runs.iter().map(|run| run.width).sum(),
            runs,
            weight,
        }
    }

    fn run(&self, text: &str, is_right_to_left: bool, weight: Weight) -> Run {
        let (font, face) = self.font(weight);
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(if is_right_to_left {
            Direction::RightToLeft
        } else {
            Direction::LeftToRight
        });
        let shaped = rustybuzz::shape(face, &[], buffer);
        let starts: BTreeSet<usize> = shaped
            .glyph_infos()
            .iter()
            .map(|info| info.cluster as usize)
            .collect();
        let em = font.units_per_em();
        // Distances inside a font are a few thousand units.
        let part = |units: i32| units as f32 / em;
        let mut width = 0.0;
        let glyphs = shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .map(|(info, position)| {
                let start = info.cluster as usize;
                let end = starts.range(start + 1..).next().copied();
                width += part(position.x_advance);
                KrillaGlyph::new(
                    GlyphId::new(info.glyph_id),
                    part(position.x_advance),
                    part(position.x_offset),
                    part(position.y_offset),
                    part(position.y_advance),
                    start..end.unwrap_or(text.len()),
                    None,
                )
            })
            .collect();
        Run {
            text: text.to_owned(),
            glyphs,
            width,
        }
    }

    /// Draws a line with its left end on the base line at `x`, `y`.
    pub(super) fn draw(&self, surface: &mut Surface<'_>, line: &Line, x: f32, y: f32, size: f32) {
        let (font, _) = self.font(line.weight);
        let mut x = x;
        for run in &line.runs {
            surface.draw_glyphs(
                Point::from_xy(x, y),
                &run.glyphs,
                font.clone(),
                &run.text,
                size,
                false,
            );
            x += run.width * size;
        }
    }

    /// Breaks a text into lines of a width; what does not fit into so many lines is left out and marked.
    pub(super) fn lines(
        &self,
        text: &str,
        weight: Weight,
        size: f32,
        width: f32,
        most: usize,
    ) -> Vec<Line> {
        let mut lines: Vec<String> = vec![String::new()];
        let fits = |text: &str| self.line(text, weight).width(size) <= width;
        for word in text.split_whitespace() {
            let mut rest = word;
            while !rest.is_empty() {
                if lines.len() > most {
                    break;
                }
                let Some(last) = lines.last_mut() else { break };
                let longer = if last.is_empty() {
                    rest.to_owned()
                } else {
                    format!("{last} {rest}")
                };
                if fits(&longer) {
                    *last = longer;
                    rest = "";
                } else if last.is_empty() {
                    // A word that is wider than the line is broken.
                    let mut end = rest
                        .char_indices()
                        .map(|(at, letter)| at + letter.len_utf8())
                        .take_while(|end| fits(&rest[..*end]))
                        .last()
                        .unwrap_or(0);
                    if end == 0 {
                        end = rest.chars().next().map_or(rest.len(), char::len_utf8);
                    }
                    last.push_str(&rest[..end]);
                    rest = &rest[end..];
                    if !rest.is_empty() {
                        lines.push(String::new());
                    }
                } else {
                    lines.push(String::new());
                }
            }
        }
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                while !last.is_empty() && !fits(&format!("{last}…")) {
                    last.pop();
                }
                last.push('…');
            }
        }
        lines.iter().map(|line| self.line(line, weight)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arabic_is_joined_and_runs_from_right_to_left() {
        let letters = Letters::new(true).expect("fonts");
        // Four separate letters are wider than the word they form, and the word has forms of its own.
        let word = letters.line("بيتي", Weight::Regular);
        let apart = letters.line("ب ي ت ي", Weight::Regular);
        assert_eq!(word.runs.len(), 1);
        assert!(word.width < apart.width);
        let ids = |line: &Line| -> Vec<u32> {
            line.runs
                .iter()
                .flat_map(|run| run.glyphs.iter().map(|glyph| glyph.glyph_id.to_u32()))
                .collect()
        };
        let joined = ids(&word);
        assert!(!joined.contains(&0), "the font lacks a letter");
        assert!(ids(&apart).iter().filter(|id| joined.contains(id)).count() < 2);
        // The first letter stands at the right end.
        let clusters: Vec<usize> = word.runs[0]
            .glyphs
            .iter()
            .map(|glyph| glyph.text_range.start)
            .collect();
        assert!(
            clusters.is_sorted_by(|one, other| one >= other),
            "{clusters:?}"
        );
    }

    #[test]
    fn mixed_lines_are_put_in_order() {
        let letters = Letters::new(true).expect("fonts");
        let line = letters.line("تقرير CPU اليوم", Weight::Bold);
        let words: Vec<&str> = line.runs.iter().map(|run| run.text.trim()).collect();
        assert_eq!(words, ["اليوم", "CPU", "تقرير"]);
    }

    #[test]
    fn long_texts_are_broken_and_cut() {
        let letters = Letters::new(false).expect("fonts");
        let count = |text: &str, most| letters.lines(text, Weight::Regular, 9.0, 60.0, most).len();
        assert_eq!(count("", 3), 1);
        assert_eq!(count("short", 3), 1);
        assert_eq!(count("several words on several lines of the page", 3), 3);
        assert_eq!(count(&"x".repeat(500), 2), 2);
        assert_eq!(count("\u{0}\u{1}", 2), 1);
    }
}
