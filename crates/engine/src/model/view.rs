use jiff::Timestamp;

/// Filters of a list, kept under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// Number.
    pub id: i64,
    /// Whose.
    pub owner_id: i64,
    /// Name of the owner.
    pub owner_name: String,
    /// The list it belongs to.
    pub page: ViewPage,
    /// Its name, unique among the owner's of the same list.
    pub name: String,
    /// The query part of the list's address.
    pub query: String,
    /// Whether everybody sees it.
    pub is_shared: bool,
    /// When last saved.
    pub updated_at: Timestamp,
}

/// A view to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewView {
    /// The list it belongs to.
    pub page: ViewPage,
    /// Its name.
    pub name: String,
    /// The query part of the list's address.
    pub query: String,
    /// Whether everybody is to see it.
    pub is_shared: bool,
}

/// Lists that have views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewPage {
    /// The list of jobs.
    Jobs,
    /// The list of executions.
    History,
}

impl ViewPage {
    /// The word: `jobs`, `history`.
    pub fn word(self) -> &'static str {
        match self {
            ViewPage::Jobs => "jobs",
            ViewPage::History => "history",
        }
    }

    /// The list of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [ViewPage::Jobs, ViewPage::History]
            .into_iter()
            .find(|page| page.word() == word)
    }
}
