//! Pages of lists.

/// Which page of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Page number, from 1.
    pub number: u32,
    /// Rows on a page.
    pub size: u32,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Paged<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// How many rows there are on all pages.
    pub total: u64,
    /// The page that was asked for.
    pub page: Page,
}

impl Page {
    /// Rows before this page.
    pub fn offset(self) -> i64 {
        i64::from(self.number.max(1) - 1).saturating_mul(i64::from(self.size))
    }
}

impl<T> Paged<T> {
    /// Number of pages, at least 1.
    pub fn pages(&self) -> u64 {
        self.total.div_ceil(u64::from(self.page.size.max(1))).max(1)
    }

    /// The same page with every row converted.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Paged<U> {
        Paged {
            items: self.items.into_iter().map(convert).collect(),
            total: self.total,
            page: self.page,
        }
    }
}
