//! What names, mail addresses, permissions and preferences of users may look like.

use serde_json::Value;

use crate::error::{Error, FieldError, Result};

/// Names that the audit trail uses for those who are no user.
const RESERVED_NAMES: [&str; 2] = ["system", "anonymous"];

const NAME_CHARS: usize = 64;
const DISPLAY_NAME_CHARS: usize = 128;
const EMAIL_CHARS: usize = 254;
const LABEL_CHARS: usize = 100;
const USER_AGENT_CHARS: usize = 256;
const GRANTS: usize = 64;
const GRANT_CHARS: usize = 64;
const PREFERENCES_BYTES: usize = 16 * 1_024;

/// Characters of a name's key that are kept. No name has so long a key, and what people type must not fill the memory
/// of failed attempts.
const KEY_CHARS: usize = 3 * NAME_CHARS;

/// The form in which sign-in names are compared.
pub(crate) fn name_key(name: &str) -> String {
    name.trim()
        .chars()
        .flat_map(char::to_lowercase)
        .take(KEY_CHARS + 1)
        .collect()
}

/// A sign-in name without the blanks around it.
pub(crate) fn name(text: &str) -> Result<String> {
    let name = text.trim();
    let length = name.chars().count();
    let is_allowed = |c: char| c.is_alphanumeric() || "._-@+".contains(c);
    if length == 0 || length > NAME_CHARS || !name.chars().all(is_allowed) {
        return Err(refuse(
            "name",
            format!("must be 1 to {NAME_CHARS} letters, digits or the signs . _ - @ +"),
            format!(
                "يجب أن يتكون الاسم من 1 إلى {NAME_CHARS} من الحروف أو الأرقام أو العلامات . _ - @ +"
            ),
        ));
    }
    if RESERVED_NAMES.contains(&name_key(name).as_str()) {
        return Err(refuse(
            "name",
            "is reserved for Orloj itself; choose another".to_owned(),
            "هذا الاسم محجوز للنظام نفسه، فاختر اسمًا آخر".to_owned(),
        ));
    }
    Ok(name.to_owned())
}

/// A name to show; nothing but blanks means none.
pub(crate) fn display_name(text: Option<String>) -> Result<Option<String>> {
    line("displayName", text, DISPLAY_NAME_CHARS)
}

/// A mail address; only its outer form is checked, mail shows the rest.
pub(crate) fn email(text: Option<String>) -> Result<Option<String>> {
    let email = line("email", text, EMAIL_CHARS)?;
    if let Some(address) = &email {
        let parts = address.rsplit_once('@');
        let is_plausible = parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
            && !address.contains(char::is_whitespace);
        if !is_plausible {
            return Err(refuse(
                "email",
                "must be a mail address such as mona@example.org".to_owned(),
                "يجب أن يكون عنوان بريد إلكتروني مثل mona@example.org".to_owned(),
            ));
        }
    }
    Ok(email)
}

/// The label of a token.
pub(crate) fn label(text: &str) -> Result<String> {
    line("label", Some(text.to_owned()), LABEL_CHARS)?.ok_or_else(|| {
        refuse(
            "label",
            "must not be empty: say what the token is for".to_owned(),
            "يجب ألا يكون فارغًا: اذكر الغرض من الرمز".to_owned(),
        )
    })
}

/// Permissions in order, each once.
pub(crate) fn grants(mut words: Vec<String>) -> Result<Vec<String>> {
    let is_word = |word: &String| {
        (1..=GRANT_CHARS).contains(&word.len())
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    words.sort();
    words.dedup();
    if words.len() > GRANTS || !words.iter().all(is_word) {
        return Err(refuse(
            "grants",
            format!(
                "must be at most {GRANTS} permissions, each of lower-case letters, digits and _ (for example script)"
            ),
            format!(
                "يجب ألا تزيد على {GRANTS} صلاحية، وكل منها بحروف لاتينية صغيرة وأرقام و _ (مثل script)"
            ),
        ));
    }
    Ok(words)
}

/// Preferences: an object of bounded size.
pub(crate) fn preferences(value: Value) -> Result<Value> {
    if !value.is_object() || value.to_string().len() > PREFERENCES_BYTES {
        return Err(refuse(
            "preferences",
            format!("must be an object of at most {PREFERENCES_BYTES} bytes"),
            format!("يجب أن تكون كائنًا لا يتجاوز {PREFERENCES_BYTES} بايت"),
        ));
    }
    Ok(value)
}

/// What a browser says about itself, shortened and without control characters.
pub(crate) fn user_agent(text: &str) -> Option<String> {
    let clean: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(USER_AGENT_CHARS)
        .collect();
    (!clean.trim().is_empty()).then_some(clean)
}

fn line(field: &str, text: Option<String>, most: usize) -> Result<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    let text = text.trim();
    if text.chars().count() > most || text.contains(char::is_control) {
        return Err(refuse(
            field,
            format!("must be one line of at most {most} characters"),
            format!("يجب أن يكون سطرًا واحدًا لا يتجاوز {most} حرفًا"),
        ));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn refuse(field: &str, message: String, message_ar: String) -> Error {
    Error::invalid_fields(vec![FieldError {
        pointer: format!("/{field}"),
        message,
        message_ar: Some(message_ar),
    }])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{display_name, email, grants, label, name, name_key, preferences, user_agent};

    #[test]
    fn names() {
        assert_eq!(name(" Mona.K+x@y_z-1 ").unwrap(), "Mona.K+x@y_z-1");
        assert_eq!(name("منى").unwrap(), "منى");
        let long = "x".repeat(65);
        for bad in ["", "  ", "a b", "a\0", "a/b", "System", "anonymous", &long] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn keys_ignore_case_and_are_short() {
        assert_eq!(name_key(" MoNa "), "mona");
        assert_eq!(name_key(&"X".repeat(1_000_000)).len(), 193);
        assert!(name_key(&"İ".repeat(64)).chars().count() <= 192);
    }

    #[test]
    fn lines() {
        assert_eq!(display_name(Some("  ".into())).unwrap(), None);
        assert_eq!(
            display_name(Some(" Mona ".into())).unwrap().unwrap(),
            "Mona"
        );
        assert!(display_name(Some("a\nb".into())).is_err());
        assert!(display_name(Some("a\0b".into())).is_err());
        assert!(label(" ").is_err());
        assert!(label(&"x".repeat(101)).is_err());
    }

    #[test]
    fn mail_addresses() {
        assert!(email(Some("mona@example.org".into())).is_ok());
        for bad in ["mona", "@example.org", "mona@", "mo na@example.org"] {
            assert!(email(Some(bad.into())).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn permissions_are_words_in_order() {
        let words = |list: &[&str]| list.iter().map(|&w| w.to_owned()).collect();
        assert_eq!(
            grants(words(&["script", "command", "script"])).unwrap(),
            ["command", "script"]
        );
        assert!(grants(words(&["Script"])).is_err());
        assert!(grants(words(&[""])).is_err());
    }

    #[test]
    fn preferences_are_a_small_object() {
        assert!(preferences(json!({"theme": "dark"})).is_ok());
        assert!(preferences(json!([])).is_err());
        assert!(preferences(json!({"a": "x".repeat(17_000)})).is_err());
    }

    #[test]
    fn browsers() {
        assert_eq!(user_agent("a\0b\u{7}"), Some("ab".to_owned()));
        assert_eq!(user_agent("\r\n"), None);
        assert_eq!(user_agent(&"x".repeat(900)).unwrap().len(), 256);
    }
}
