//! Which rows of an ordered list a page is, counted from the nearer end.

/// Rows to take of an ordered list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// At most so many.
    pub(super) limit: i64,
    /// After so many that are passed over.
    pub(super) offset: i64,
    /// Counted in the opposite order: passing over rows is what a late page costs, and there are fewer behind it.
    pub(super) from_end: bool,
}

impl Window {
    /// The window of `size` rows after `offset` of `total`; `reversible` says whether the opposite order is at hand.
    pub(super) fn at(offset: i64, size: i64, total: i64, reversible: bool) -> Self {
        if !reversible || offset <= total / 2 {
            return Self {
                limit: size,
                offset,
                from_end: false,
            };
        }
        let limit = size.min(total - offset).max(0);
        Self {
            limit,
            offset: (total - offset - limit).max(0),
            from_end: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn both_ends_give_the_same_rows() {
        for total in 0..40_i64 {
            let rows: Vec<i64> = (0..total).collect();
            for offset in 0..45 {
                for size in 1..8 {
                    let expected: Vec<i64> = rows
                        .iter()
                        .copied()
                        .skip(usize::try_from(offset).unwrap_or(0))
                        .take(usize::try_from(size).unwrap_or(0))
                        .collect();
                    let window = Window::at(offset, size, total, true);
                    let mut order = rows.clone();
                    if window.from_end {
                        order.reverse();
                    }
                    let mut found: Vec<i64> = order
                        .into_iter()
                        .skip(usize::try_from(window.offset).unwrap_or(0))
                        .take(usize::try_from(window.limit).unwrap_or(0))
                        .collect();
                    found.sort_unstable();
                    assert_eq!(found, expected, "{offset} {size} of {total}");
                }
            }
        }
    }
}
