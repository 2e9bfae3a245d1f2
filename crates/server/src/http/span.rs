//! Parts of lists by `skip` and `limit`, read from an engine that knows pages.

use orloj_engine::Result;
use orloj_engine::model::{Page, Paged};

/// Largest `skip`: nobody pages farther, and page numbers stay small.
pub(crate) const MAX_SKIP: u32 = 1_000_000_000;
/// Most rows of one span.
pub(crate) const MAX_LIMIT: u32 = 10_000;
/// Rows read at a time when all are wanted.
const STRIDE: u32 = 500;

/// The rows from `skip` on, at most `limit` of them, and how many there are in all.
pub(crate) async fn span<T, F>(
    skip: u32,
    limit: u32,
    read: impl Fn(Page) -> F,
) -> Result<(Vec<T>, u64)>
where
    F: Future<Output = Result<Paged<T>>>,
{
    let limit = limit.max(1);
    let (number, before) = (skip / limit + 1, (skip % limit) as usize);
    let first = read(Page {
        number,
        size: limit,
    })
    .await?;
    let mut items = first.items;
    // A span that does not begin where a page begins lies on two of them.
    if before > 0 && items.len() == limit as usize {
        let next = Page {
            number: number + 1,
            size: limit,
        };
        items.extend(read(next).await?.items.into_iter().take(before));
    }
    items.drain(..before.min(items.len()));
    Ok((items, first.total))
}

/// All rows.
pub(crate) async fn all<T, F>(read: impl Fn(Page) -> F) -> Result<Vec<T>>
where
    F: Future<Output = Result<Paged<T>>>,
{
    let mut items = Vec::new();
    for number in 1.. {
        let page = read(Page {
            number,
            size: STRIDE,
        })
        .await?;
        let is_last = page.items.len() < STRIDE as usize;
        items.extend(page.items);
        if is_last {
            break;
        }
    }
    Ok(items)
}

/// What a list answers: the span that was asked for, or all when no limit was.
pub(crate) async fn span_or_all<T, F>(
    skip: Option<u32>,
    limit: Option<u32>,
    read: impl Fn(Page) -> F,
) -> Result<Vec<T>>
where
    F: Future<Output = Result<Paged<T>>>,
{
    match (skip, limit) {
        (skip, Some(limit)) => {
            let skip = skip.unwrap_or(0).min(MAX_SKIP);
            Ok(span(skip, limit.clamp(1, MAX_LIMIT), read).await?.0)
        }
        (None, None) => all(read).await,
        (Some(skip), None) => {
            let mut items = all(read).await?;
            items.drain(..(skip as usize).min(items.len()));
            Ok(items)
        }
    }
}
