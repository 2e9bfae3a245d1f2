//! What a file of a run may be called, and whether there is room for it. Pure.

use crate::model::ArtifactQuota;

const MAX_NAME: usize = 255;

/// Whether a name is a plain file name: no folders, nothing invisible.
pub(crate) fn is_plain_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && !matches!(name, "." | "..")
        && !name
            .chars()
            .any(|letter| letter.is_control() || matches!(letter, '/' | '\\'))
}

/// The media type of a file by the ending of its name.
pub(crate) fn media_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "csv" => "text/csv; charset=utf-8",
        "txt" | "log" | "sql" | "md" => "text/plain; charset=utf-8",
        "html" | "htm" => "text/html; charset=utf-8",
        "json" => "application/json",
        "ndjson" | "jsonl" => "application/x-ndjson",
        "xml" => "application/xml",
        "pdf" => "application/pdf",
        "gz" => "application/gzip",
        "zip" => "application/zip",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

/// Why there is no room for `size` more bytes, if so. `owner` and `total` are kept already.
pub(crate) fn no_room(quota: &ArtifactQuota, owner: u64, total: u64, size: u64) -> Option<String> {
    let limits = [
        ("the owner's jobs", quota.owner, owner),
        ("all jobs", quota.total, total),
    ];
    limits.into_iter().find_map(|(whose, limit, kept)| {
        (kept.saturating_add(size) > limit).then(|| {
            format!(
                "the file of {size} bytes cannot be kept: {kept} of {limit} bytes for files of {whose} are used; delete some, or have the limit raised"
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_never_paths() {
        for good in ["a", "report_1.csv", "تقرير.pdf", "..a", "a b"] {
            assert!(is_plain_name(good), "{good}");
        }
        let long = "x".repeat(256);
        for bad in ["", ".", "..", "a/b", "..\\b", "/etc", "a\nb", "a\0", &long] {
            assert!(!is_plain_name(bad), "{bad:?}");
        }
    }

    #[test]
    fn what_is_unknown_is_only_bytes() {
        assert_eq!(media_type("A.CSV"), "text/csv; charset=utf-8");
        assert_eq!(media_type("dump.sql.gz"), "application/gzip");
        assert_eq!(media_type("csv"), "application/octet-stream");
        assert_eq!(media_type("x.exe"), "application/octet-stream");
    }

    #[test]
    fn both_limits_count_to_the_byte() {
        let quota = ArtifactQuota {
            owner: 10,
            total: 20,
        };
        assert_eq!(no_room(&quota, 4, 14, 6), None);
        assert!(
            no_room(&quota, 5, 14, 6)
                .unwrap()
                .contains("the owner's jobs")
        );
        assert!(no_room(&quota, 4, 15, 6).unwrap().contains("all jobs"));
        assert!(no_room(&quota, 0, 0, u64::MAX).is_some());
    }
}
