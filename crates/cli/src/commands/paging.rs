//! Lists longer than one page of the API.

use anyhow::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::Request;

/// The most that the API answers at once.
const PAGE_SIZE: usize = 100;

/// The beginning of a list, or all of it.
#[derive(Debug, Serialize)]
pub(crate) struct Listed<T> {
    /// The items, understood.
    #[serde(skip)]
    pub(crate) items: Vec<T>,
    /// The items as the API said them.
    #[serde(rename = "items")]
    pub(crate) raw: Vec<Value>,
    /// How many there are.
    pub(crate) total: usize,
}

impl<T> Listed<T> {
    /// Says on standard error when the list is not whole.
    pub(crate) fn remark_on_rest(&self) {
        let rest = self.total.saturating_sub(self.items.len());
        if rest > 0 {
            crate::terminal::remark(&format!("{rest} more; --limit 0 lists all"));
        }
    }
}

/// Asks page after page until `limit` items are there; 0 means all.
pub(crate) async fn fetch<'a, T: DeserializeOwned>(
    request: impl Fn() -> Request<'a>,
    limit: usize,
) -> Result<Listed<T>> {
    #[derive(serde::Deserialize)]
    struct Page {
        items: Vec<Value>,
        total: usize,
    }
    let wanted = if limit == 0 { usize::MAX } else { limit };
    let mut listed = Listed {
        items: Vec::new(),
        raw: Vec::new(),
        total: 0,
    };
    for number in 1_u32.. {
        let page: Page = request()
            .query("page", Some(number))
            .query("per_page", Some(PAGE_SIZE.min(wanted)))
            .read()
            .await?;
        listed.total = page.total;
        let is_last = page.items.len() < PAGE_SIZE.min(wanted);
        for item in page.items {
            if listed.raw.len() < wanted {
                listed.items.push(serde_json::from_value(item.clone())?);
                listed.raw.push(item);
            }
        }
        if is_last || listed.raw.len() >= wanted {
            break;
        }
    }
    Ok(listed)
}
