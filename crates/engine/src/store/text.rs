//! Texts from outside on their way into statements.

/// PostgreSQL takes no NUL in a text. What is replaced matches nothing that is stored.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A pattern for `LIKE ? ESCAPE '!'` that finds texts beginning with this one.
pub(crate) fn begins_with(text: &str) -> String {
    format!("{}%", literal(text))
}

/// A pattern for `LIKE ? ESCAPE '!'` that finds texts with this one inside.
pub(crate) fn contains(text: &str) -> String {
    format!("%{}%", literal(text))
}

fn literal(text: &str) -> String {
    storable(text)
        .replace('!', "!!")
        .replace('%', "!%")
        .replace('_', "!_")
}

#[cfg(test)]
mod tests {
    use super::{begins_with, contains};

    #[test]
    fn wildcards_from_outside_are_taken_literally() {
        assert_eq!(contains("50%_!\0"), "%50!%!_!!\u{fffd}%");
        assert_eq!(begins_with("job."), "job.%");
    }
}
