//! The pages as one HTML file.

use std::fmt::Write;

use super::chart::{Anchor, HEIGHT, SIZE, Shape, WIDTH, shapes};
use super::{Block, Chart, Paper, Table};

/// The look: readable on screens of any size and either brightness, and on paper.
const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d2430;--pale:#5d6777;--line:#d9dee5;--back:#fff;--box:#f5f7f9}\
@media(prefers-color-scheme:dark){:root{--ink:#e8ebef;--pale:#a3adba;--line:#39414d;--back:#171b21;--box:#20262e}}\
@media print{:root{--ink:#000;--pale:#444;--line:#ccc;--back:#fff;--box:#fff}}\
body{margin:0 auto;padding:2rem 1rem;max-width:60rem;background:var(--back);color:var(--ink);font:15px/1.6 system-ui,'Noto Sans','Noto Sans Arabic',sans-serif}\
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}.about{color:var(--pale);margin:.2rem 0}\
dl{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.5rem 0}dl div{flex:1 1 9rem;padding:.6rem .9rem;background:var(--box);border:1px solid var(--line);border-radius:6px}\
dt{color:var(--pale);font-size:.85rem}dd{margin:0;font-size:1.3rem;font-weight:600}\
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{padding:.35rem .6rem;text-align:start;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}\
th{color:var(--pale);font-weight:600}.n{text-align:end;white-space:nowrap;font-variant-numeric:tabular-nums}\
svg{width:100%;height:auto}svg text{fill:var(--pale)}svg line{stroke:var(--line)}";

/// The paper as a file.
pub(crate) fn html(paper: &Paper) -> String {
    let mut out = String::with_capacity(16 * 1024);
    let direction = if paper.language.is_right_to_left() {
        "rtl"
    } else {
        "ltr"
    };
    out.push_str("<!doctype html>\n");
    put(
        &mut out,
        format_args!(
            "<html lang=\"{}\" dir=\"{direction}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1 dir=\"auto\">{}</h1>\n",
            paper.language.as_str(),
            safe(&paper.title),
            safe(&paper.title)
        ),
    );
    for line in &paper.about {
        put(
            &mut out,
            format_args!("<p class=\"about\">{}</p>\n", safe(line)),
        );
    }
    for block in &paper.blocks {
        match block {
            Block::Figures(figures) => {
                out.push_str("<dl>\n");
                for (name, value) in figures {
                    put(
                        &mut out,
                        format_args!(
                            "<div><dt>{}</dt><dd>{}</dd></div>\n",
                            safe(name),
                            safe(value)
                        ),
                    );
                }
                out.push_str("</dl>\n");
            }
            Block::Chart(chart) => draw(chart, paper.language.is_right_to_left(), &mut out),
            Block::Table(table) => write_table(table, &mut out),
            Block::Note(text) => put(&mut out, format_args!("<p>{}</p>\n", safe(text))),
        }
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn write_table(table: &Table, out: &mut String) {
    put(out, format_args!("<h2>{}</h2>\n", safe(&table.title)));
    if table.rows.is_empty() {
        put(out, format_args!("<p>{}</p>\n", safe(&table.empty)));
        return;
    }
    out.push_str("<div class=\"wide\"><table>\n<thead><tr>");
    let class = |index: usize| {
        let is_number = table
            .columns
            .get(index)
            .is_some_and(|column| column.is_number);
        if is_number { " class=\"n\"" } else { "" }
    };
    for (index, column) in table.columns.iter().enumerate() {
        put(
            out,
            format_args!(
                "<th scope=\"col\"{}>{}</th>",
                class(index),
                safe(&column.title)
            ),
        );
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (index, cell) in row.iter().enumerate() {
            put(
                out,
                format_args!("<td{} dir=\"auto\">{}</td>", class(index), safe(cell)),
            );
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
}

fn draw(chart: &Chart, is_right_to_left: bool, out: &mut String) {
    put(
        out,
        format_args!(
            "<h2>{}</h2>\n<svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" direction=\"ltr\" font-size=\"{SIZE}\">\n",
            safe(&chart.title),
            safe(&chart.title)
        ),
    );
    for shape in shapes(chart, is_right_to_left) {
        match shape {
            Shape::Box {
                x,
                y,
                width,
                height,
                colour,
            } => put(
                out,
                format_args!(
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.2}\" fill=\"#{:02x}{:02x}{:02x}\"/>\n",
                    colour.0, colour.1, colour.2
                ),
            ),
            Shape::Rule { x, y, width } => put(
                out,
                format_args!(
                    "<line x1=\"{x:.1}\" y1=\"{y:.1}\" x2=\"{:.1}\" y2=\"{y:.1}\" stroke-width=\"0.5\"/>\n",
                    x + width
                ),
            ),
            Shape::Word { x, y, anchor, text } => {
                let anchor = match anchor {
                    Anchor::Left => "start",
                    Anchor::Middle => "middle",
                    Anchor::Right => "end",
                };
                put(
                    out,
                    format_args!(
                        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>\n",
                        safe(&text)
                    ),
                );
            }
        }
    }
    out.push_str("</svg>\n");
}

/// Writing to a text cannot fail.
fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    let written: Result<(), std::fmt::Error> = out.write_fmt(text);
    debug_assert!(written.is_ok());
}

/// A text that is never markup.
fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::{Colour, Column, Language, Series};

    #[test]
    fn nothing_that_is_said_becomes_markup() {
        let evil = "<script>\"'&".to_owned();
        let page = html(&Paper {
            language: Language::Ar,
            title: evil.clone(),
            about: vec![evil.clone()],
            blocks: vec![
                Block::Figures(vec![(evil.clone(), evil.clone())]),
                Block::Note(evil.clone()),
                Block::Chart(Chart {
                    title: evil.clone(),
                    labels: vec![evil.clone()],
                    series: vec![Series {
                        name: evil.clone(),
                        colour: Colour::RED,
                        values: vec![1.0],
                    }],
                }),
                Block::Table(Table {
                    title: evil.clone(),
                    columns: vec![Column {
                        title: evil.clone(),
                        is_number: true,
                    }],
                    rows: vec![vec![evil.clone()]],
                    empty: evil,
                }),
            ],
        });
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">"));
        assert!(page.contains("&lt;script&gt;&quot;&#39;&amp;"));
    }
}
