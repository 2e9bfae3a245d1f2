//! The layers of a configuration: which of them says a value, and whether it can be understood.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Result;
use orloj_engine::SecretKey;

use super::{Environment, SETTINGS, Setting};
use crate::exit::Failure;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A flag of the command line.
    Flag,
    /// This environment variable.
    Variable(String),
    /// This file.
    File(PathBuf),
    /// Nobody said anything.
    Default,
}

/// A value for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Which setting.
    pub(crate) key: &'static str,
    /// The value, masked where it is secret; empty when absent.
    pub(crate) shown: String,
    /// Where it came from.
    pub(crate) origin: Origin,
}

/// The layers, and what was found wrong in them so far.
pub(super) struct Layers<'a> {
    flags: BTreeMap<&'static str, String>,
    environment: &'a Environment,
    file: toml::Table,
    path: Option<PathBuf>,
    entries: Vec<Entry>,
    mistakes: Vec<String>,
}

impl<'a> Layers<'a> {
    pub(super) fn new(
        flags: BTreeMap<&'static str, String>,
        environment: &'a Environment,
        file: toml::Table,
        path: Option<PathBuf>,
    ) -> Self {
        let mut layers = Self {
            flags,
            environment,
            file,
            path,
            entries: Vec::new(),
            mistakes: Vec::new(),
        };
        for key in layers.file.keys() {
            if Setting::of(key).is_none() {
                layers.mistakes.push(format!(
                    "{}: there is no setting {key:?}; `orloj config print` lists them",
                    layers.path.as_deref().unwrap_or("file".as_ref()).display()
                ));
            }
        }
        layers
    }

    /// The value as text, and where it came from.
    fn find(&mut self, key: &'static str) -> (Option<String>, Origin) {
        let setting = Setting::of(key);
        if let Some(value) = self.flags.get(key) {
            return (Some(value.clone()), Origin::Flag);
        }
        let variables = setting
            .map(Setting::variable)
            .into_iter()
            .chain(setting.and_then(|setting| setting.alias).map(str::to_owned));
        for variable in variables {
            if let Some(value) = self.environment.get(&variable) {
                return (Some(value.to_owned()), Origin::Variable(variable));
            }
        }
        if let Some(value) = self.file.get(key) {
            let origin = Origin::File(self.path.clone().unwrap_or_default());
            match plain(value) {
                Some(value) => return (Some(value), origin),
                None => self.mistakes.push(format!(
                    "{origin}: {key} must be a text, a number, a truth value or a list of texts"
                )),
            }
        }
        let default = setting
            .and_then(|setting| setting.default)
            .map(str::to_owned);
        (default, Origin::Default)
    }

    /// The value read by `read`; a mistake is kept and answered with the default's value.
    fn take<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (value, origin) = self.find(key);
        let is_secret = Setting::of(key).is_some_and(|setting| setting.is_secret);
        let shown = match &value {
            Some(value) if is_secret => masked(value),
            Some(value) => value.clone(),
            None => String::new(),
        };
        let answer = value.map(|value| read(&value));
        if let Some(Err(mistake)) = &answer {
            self.mistakes
                .push(format!("{key} = {shown:?} ({origin}): {mistake}"));
        }
        self.entries.push(Entry { key, shown, origin });
        answer.and_then(Result::ok)
    }

    /// As [`Self::take`], for settings that have a default.
    fn required<T>(&mut self, key: &'static str, read: impl Fn(&str) -> Result<T, String>) -> T
    where
        T: Fallback,
    {
        self.take(key, read).unwrap_or_else(T::fallback)
    }

    pub(super) fn text(&mut self, key: &'static str) -> String {
        self.required(key, |text| Ok(text.to_owned()))
    }

    pub(super) fn optional(&mut self, key: &'static str) -> Option<String> {
        self.take(key, |text| Ok(text.to_owned()))
    }

    pub(super) fn secret_key(&mut self, key: &'static str) -> Option<SecretKey> {
        self.take(key, |text| {
            SecretKey::parse(text).map_err(|error| error.message)
        })
    }

    pub(super) fn path(&mut self, key: &'static str) -> PathBuf {
        PathBuf::from(self.text(key))
    }

    pub(super) fn parsed<T>(&mut self, key: &'static str) -> T
    where
        T: FromStr<Err: fmt::Display> + Fallback,
    {
        self.required(key, |text| {
            text.parse().map_err(|error: T::Err| error.to_string())
        })
    }

    pub(super) fn number<T>(&mut self, key: &'static str, range: RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + fmt::Display + Fallback,
    {
        self.required(key, |text| {
            text.trim()
                .parse()
                .ok()
                .filter(|number| range.contains(number))
                .ok_or_else(|| {
                    format!(
                        "must be a whole number from {} to {}",
                        range.start(),
                        range.end()
                    )
                })
        })
    }

    pub(super) fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T); 2]) -> T {
        let found = self.take(key, |text| {
            words
                .iter()
                .find(|(word, _)| word.eq_ignore_ascii_case(text.trim()))
                .map(|(_, value)| *value)
                .ok_or_else(|| format!("must be {} or {}", words[0].0, words[1].0))
        });
        found.unwrap_or(words[0].1)
    }

    pub(super) fn list(&mut self, key: &'static str) -> Vec<String> {
        self.required(key, |text| {
            Ok(text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(str::to_owned)
                .collect())
        })
    }

    pub(super) fn timezone(&mut self, key: &'static str) -> String {
        self.required(key, |text| {
            jiff::tz::TimeZone::get(text)
                .map(|_| text.to_owned())
                .map_err(|_| {
                    "is no time zone of the IANA database, such as Africa/Cairo".to_owned()
                })
        })
    }

    /// Everything that was read, or every mistake.
    pub(super) fn finish(self) -> Result<(Vec<Entry>, Vec<String>)> {
        if !self.mistakes.is_empty() {
            return Err(Failure::usage(format!(
                "the configuration is not valid:\n  {}",
                self.mistakes.join("\n  ")
            ))
            .into());
        }
        let warnings = self
            .environment
            .names("ORLOJ_")
            .filter(|name| !is_known(name))
            .map(|name| format!("the environment variable {name} means nothing to Orloj"))
            .collect();
        let mut entries = self.entries;
        entries.sort_by_key(|entry| SETTINGS.iter().position(|setting| setting.key == entry.key));
        Ok((entries, warnings))
    }
}

/// Variables that are no settings of a server, but mean something to this program or its tests.
const OTHER_VARIABLES: [&str; 8] = [
    "ORLOJ_CONFIG",
    "ORLOJ_ADMIN_PASSWORD",
    "ORLOJ_URL",
    "ORLOJ_TOKEN",
    "ORLOJ_PROFILE",
    "ORLOJ_BIN",
    "ORLOJ_PYTHON",
    "ORLOJ_AGENT_DATA_DIR",
];

fn is_known(variable: &str) -> bool {
    OTHER_VARIABLES.contains(&variable)
        || SETTINGS
            .iter()
            .any(|setting| setting.variable() == variable)
}

/// A value of a TOML file as the text that a variable would hold.
fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
            Some(items?.join(","))
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

/// A URL with its password hidden; what is no URL is hidden whole.
fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return "***".to_owned();
    };
    match rest.rsplit_once('@') {
        None => url.to_owned(),
        Some((account, host)) => {
            let user = account.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{host}")
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag => f.write_str("flag"),
            Origin::Variable(name) => write!(f, "environment {name}"),
            Origin::File(path) => write!(f, "file {}", path.display()),
            Origin::Default => f.write_str("default"),
        }
    }
}

/// What stands in for a value that could not be read; never used, because the mistake ends the program.
pub(super) trait Fallback {
    fn fallback() -> Self;
}

macro_rules! fall_back_to_default {
    ($($kind:ty),*) => {
        $(impl Fallback for $kind {
            fn fallback() -> Self {
                Self::default()
            }
        })*
    };
}

fall_back_to_default!(String, bool, u32, u64, Vec<String>);

impl Fallback for std::net::SocketAddr {
    fn fallback() -> Self {
        Self::from(([127, 0, 0, 1], 0))
    }
}
