//! Where the parts of a chart stand, whoever draws them.

use super::{Chart, Colour};

/// Width of every chart. Lengths are in points or, in HTML, in units of the picture.
pub(super) const WIDTH: f32 = 515.0;
/// Height of every chart.
pub(super) const HEIGHT: f32 = 190.0;

/// Room for the numbers of the scale.
const SCALE: f32 = 46.0;
/// Room for the legend above and the labels below.
const LEGEND: f32 = 22.0;
const LABELS: f32 = 20.0;
/// Size of all letters.
pub(super) const SIZE: f32 = 8.0;
/// Labels need so much room each.
const LABEL_WIDTH: f32 = 56.0;
/// Lines across.
const STEPS: u8 = 4;
/// Longest label and longest name of a series, in characters.
const MAX_LABEL: usize = 12;
const MAX_NAME: usize = 24;

/// A part of a chart. The origin is the upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Box {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        colour: Colour,
    },
    /// A thin line from left to right.
    Rule { x: f32, y: f32, width: f32 },
    Word {
        x: f32,
        y: f32,
        anchor: Anchor,
        text: String,
    },
}

/// Which part of a word stands where it is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Left,
    Middle,
    Right,
}

impl Anchor {
    const fn mirrored(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Middle => Self::Middle,
            Self::Right => Self::Left,
        }
    }
}

/// The chart's parts; from right to left, everything is mirrored.
pub(super) fn shapes(chart: &Chart, is_right_to_left: bool) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let top = step(peak(chart)) * f64::from(STEPS);
    let (left, right) = (SCALE, WIDTH);
    let (upper, lower) = (LEGEND, HEIGHT - LABELS);
    for index in 0..=STEPS {
        let part = f32::from(index) / f32::from(STEPS);
        let y = lower - part * (lower - upper);
        shapes.push(Shape::Rule {
            x: left,
            y,
            width: right - left,
        });
        shapes.push(Shape::Word {
            x: left - 4.0,
            y: y + SIZE / 3.0,
            anchor: Anchor::Right,
            text: number(top * f64::from(index) / f64::from(STEPS)),
        });
    }
    columns(chart, top, &mut shapes);
    legend(chart, &mut shapes);
    if is_right_to_left {
        for shape in &mut shapes {
            mirror(shape);
        }
    }
    shapes
}

fn columns(chart: &Chart, top: f64, shapes: &mut Vec<Shape>) {
    let count = f32::from(u16::try_from(chart.labels.len()).unwrap_or(u16::MAX)).max(1.0);
    let room = (WIDTH - SCALE) / count;
    let width = (room * 0.7).min(48.0);
    let (upper, lower) = (LEGEND, HEIGHT - LABELS);
    let every = (LABEL_WIDTH / room).ceil().max(1.0);
    let mut middle = SCALE + room / 2.0;
    let mut since_label = every;
    for (index, label) in chart.labels.iter().enumerate() {
        let mut y = lower;
        for series in &chart.series {
            let value = series.values.get(index).copied().unwrap_or_default();
            let height = share(value, top) * (lower - upper);
            if height <= 0.0 {
                continue;
            }
            y -= height;
            shapes.push(Shape::Box {
                x: middle - width / 2.0,
                y,
                width,
                height,
                colour: series.colour,
            });
        }
        if since_label >= every {
            since_label = 0.0;
            shapes.push(Shape::Word {
                x: middle,
                y: lower + SIZE + 4.0,
                anchor: Anchor::Middle,
                text: cut(label, MAX_LABEL),
            });
        }
        since_label += 1.0;
        middle += room;
    }
}

fn legend(chart: &Chart, shapes: &mut Vec<Shape>) {
    let mut x = SCALE;
    for series in &chart.series {
        let name = cut(&series.name, MAX_NAME);
        let room = 22.0 + SIZE * 0.62 * f32::from(u8::try_from(name.chars().count()).unwrap_or(24));
        if x + room > WIDTH {
            break;
        }
        shapes.push(Shape::Box {
            x,
            y: 3.0,
            width: 8.0,
            height: 8.0,
            colour: series.colour,
        });
        shapes.push(Shape::Word {
            x: x + 12.0,
            y: 10.0,
            anchor: Anchor::Left,
            text: name,
        });
        x += room;
    }
}

fn mirror(shape: &mut Shape) {
    match shape {
        Shape::Box { x, width, .. } | Shape::Rule { x, width, .. } => *x = WIDTH - *x - *width,
        Shape::Word { x, anchor, .. } => {
            *x = WIDTH - *x;
            *anchor = anchor.mirrored();
        }
    }
}

/// The highest column.
fn peak(chart: &Chart) -> f64 {
    (0..chart.labels.len())
        .map(|index| {
            chart
                .series
                .iter()
                .filter_map(|series| series.values.get(index))
                .filter(|value| value.is_finite())
                .map(|value| value.max(0.0))
                .sum::<f64>()
        })
        .fold(0.0, f64::max)
}

/// A round distance between two lines, so that the highest column fits under the last one.
fn step(peak: f64) -> f64 {
    let least = peak / f64::from(STEPS);
    if least <= 0.25 {
        return if peak <= 0.0 { 1.0 } else { 0.25 };
    }
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|round| round * power)
        .find(|round| *round >= least)
        .unwrap_or(10.0 * power)
}

fn share(value: f64, top: f64) -> f32 {
    if !value.is_finite() || value <= 0.0 || top <= 0.0 {
        return 0.0;
    }
    // A share of one is far from any limit of the smaller type.
    (value / top).min(1.0) as f32
}

fn number(value: f64) -> String {
    let (value, unit) = match value {
        value if value >= 1e9 => (value / 1e9, "G"),
        value if value >= 1e6 => (value / 1e6, "M"),
        value if value >= 1e4 => (value / 1e3, "k"),
        value => (value, ""),
    };
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text}{unit}")
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::Series;

    fn chart(values: &[f64]) -> Chart {
        Chart {
            title: "t".to_owned(),
            labels: values.iter().map(f64::to_string).collect(),
            series: vec![Series {
                name: "s".to_owned(),
                colour: Colour::GREEN,
                values: values.to_vec(),
            }],
        }
    }

    #[test]
    fn everything_stays_inside_whatever_the_numbers_are() {
        for values in [
            &[][..],
            &[0.0],
            &[0.1, 0.2],
            &[f64::NAN, f64::INFINITY, -5.0],
            &[1e15, 3.0],
            &[7.0; 400],
        ] {
            for mirrored in [false, true] {
                for shape in shapes(&chart(values), mirrored) {
                    if let Shape::Box {
                        x,
                        y,
                        width,
                        height,
                        ..
                    } = shape
                    {
                        assert!(x >= -0.01 && x + width <= WIDTH + 0.01, "{values:?}");
                        assert!(y >= -0.01 && y + height <= HEIGHT + 0.01, "{values:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn scales_are_round() {
        for (peak, top) in [
            (0.0, 4.0),
            (1.0, 1.0),
            (7.0, 8.0),
            (90.0, 100.0),
            (101.0, 200.0),
        ] {
            assert!((step(peak) * 4.0 - top).abs() < 1e-9, "{peak}");
        }
        assert_eq!(number(2_500_000.0), "2.5M");
        assert_eq!(number(0.25), "0.25");
    }
}
