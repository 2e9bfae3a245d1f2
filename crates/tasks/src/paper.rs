//! Pages with figures, charts and tables, in English or Arabic, as HTML or PDF.
//!
//! What is on a page is said once, as a [`Paper`]; the two formats only draw it.
//! Both stand for themselves: no script, no font or picture fetched from anywhere.

mod chart;
mod html;
mod letters;
mod pdf;

use serde::Deserialize;

use crate::text::Text;

pub(crate) use html::html;
pub(crate) use pdf::pdf;

/// The language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    #[default]
    En,
    Ar,
}

impl Language {
    /// The word for HTML and PDF.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ar => "ar",
        }
    }

    pub(crate) const fn is_right_to_left(self) -> bool {
        matches!(self, Self::Ar)
    }

    pub(crate) fn pick(self, text: &Text) -> String {
        match self {
            Self::En => text.en.clone().into_owned(),
            Self::Ar => text.ar.clone().into_owned(),
        }
    }
}

/// Everything on the pages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Paper {
    pub(crate) language: Language,
    pub(crate) title: String,
    /// Small print below the title.
    pub(crate) about: Vec<String>,
    pub(crate) blocks: Vec<Block>,
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Block {
    /// Single numbers, each with its name.
    Figures(Vec<(String, String)>),
    Chart(Chart),
    Table(Table),
    Note(String),
}

/// Stacked columns.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chart {
    pub(crate) title: String,
    /// One for each column.
    pub(crate) labels: Vec<String>,
    pub(crate) series: Vec<Series>,
}

/// One part of every column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) colour: Colour,
    /// As many as there are labels; what is below zero counts as zero.
    pub(crate) values: Vec<f64>,
}

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colour(pub(crate) u8, pub(crate) u8, pub(crate) u8);

impl Colour {
    pub(crate) const GREEN: Self = Self(0x2f, 0x9e, 0x6e);
    pub(crate) const RED: Self = Self(0xd6, 0x45, 0x45);
    pub(crate) const AMBER: Self = Self(0xd9, 0x92, 0x1e);
    pub(crate) const GREY: Self = Self(0x8a, 0x93, 0x9e);
    /// For series that mean nothing in particular, in this order.
    pub(crate) const PLAIN: [Self; 6] = [
        Self(0x3b, 0x74, 0xc4),
        Self::AMBER,
        Self::GREEN,
        Self(0x8e, 0x5b, 0xb5),
        Self::RED,
        Self::GREY,
    ];
}

/// Rows below a heading.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<String>>,
    /// Said instead of the rows when there are none.
    pub(crate) empty: String,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) title: String,
    /// Numbers stand at the end of the cell and are never broken.
    pub(crate) is_number: bool,
}

/// A number with its thousands set apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
