//! Names and numbers of files, judged before anything is kept.

/// Bytes of a name, at most: what file systems allow.
const MAX_NAME: usize = 255;
/// Names that mean a device on Windows, with any extension.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Whether a text is a plain file name on every system: it can never lead out of the folder it is put into.
#[must_use]
pub fn is_plain_name(name: &str) -> bool {
    let is_clean = (1..=MAX_NAME).contains(&name.len())
        && !name.chars().any(|c| {
            c.is_control()
                || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
                // Turns round what follows, so that `exe.txt` is read where `txt.exe` is written.
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
        && !name.starts_with(' ')
        && !name.ends_with([' ', '.']);
    is_clean && !is_reserved(name)
}

fn is_reserved(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let port = stem
        .strip_prefix("com")
        .or_else(|| stem.strip_prefix("lpt"))
        .is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()));
    port || RESERVED.contains(&stem.as_str())
}

/// Whether a text is `type/subtype`.
#[must_use]
pub fn is_media_type(text: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    text.len() <= 100
        && text
            .split_once('/')
            .is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

/// A SHA-256 in lower-case digits; `None` when it is none.
#[must_use]
pub fn sha256(text: &str) -> Option<String> {
    (text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()))
        .then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{is_media_type, is_plain_name, sha256};

    #[test]
    fn no_name_leads_anywhere() {
        for name in [
            "a",
            "report 2026.pdf",
            ".profile",
            "تقرير.txt",
            "a..b",
            "common",
            "com10",
        ] {
            assert!(is_plain_name(name), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "../a",
            "a/b",
            "/etc/passwd",
            "a\\b",
            "C:\\a",
            "a:b",
            "NUL",
            "nul.txt",
            "Com1.log",
            "lpt9",
            "a\0b",
            "a\nb",
            "a.",
            "a ",
            " a",
            "a\u{202e}txt.exe",
        ] {
            assert!(!is_plain_name(name), "{name:?}");
        }
        assert!(!is_plain_name(&"a".repeat(256)));
    }

    #[test]
    fn media_types_and_digests() {
        assert!(is_media_type("application/vnd.debian.binary-package"));
        for bad in [
            "",
            "text",
            "text/",
            "a/b/c",
            "text/html; charset=x",
            "a/b\r\nX: y",
        ] {
            assert!(!is_media_type(bad), "{bad:?}");
        }
        assert_eq!(sha256(&"A".repeat(64)), Some("a".repeat(64)));
        assert_eq!(sha256(&"g".repeat(64)), None);
        assert_eq!(sha256("aa"), None);
    }
}
