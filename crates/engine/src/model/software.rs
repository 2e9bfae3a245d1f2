//! Software that can be brought onto devices: what it is called where, or how it is installed, removed and recognised.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::secret::Sharing;

/// An entry of the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct Software {
    /// Number; below 1000 for what comes with the program.
    pub id: i64,
    /// Whose it is; 0 for what comes with the program.
    pub owner_id: i64,
    /// Name for people; unique among its owner's.
    pub name: String,
    /// Version, where the entry stands for a certain one.
    pub version: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// The same in Arabic, for what comes with the program.
    pub description_ar: Option<String>,
    /// Shelf of the catalogue.
    pub category: Option<String>,
    /// Who makes it.
    pub publisher: Option<String>,
    /// How it is handled on devices.
    pub definition: SoftwareDefinition,
    /// Who may use it besides the owner. Others than the owner and administrators do not see with whom.
    pub sharing: Sharing,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// How software is handled on devices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SoftwareDefinition {
    /// By system: `linux`, `windows`, `macos`.
    pub platforms: BTreeMap<Platform, SoftwarePlatform>,
    /// Numbers of entries that must be there before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<i64>,
    /// Megabytes of memory that a device needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_memory_mb: Option<u32>,
    /// Megabytes of free disk that a device needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_disk_mb: Option<u32>,
}

/// An operating system, as agents report it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Linux.
    Linux,
    /// Windows.
    Windows,
    /// macOS.
    Macos,
}

/// How software is handled on one system: by its package manager, or by commands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SoftwarePlatform {
    /// Names of packages, by package manager (`apt`, `dnf`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<PackageManager, Vec<String>>,
    /// Number of the file that is brought onto the device before the commands run; they find its path in the
    /// environment as `ORLOJ_FILE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<i64>,
    /// Command that installs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<String>,
    /// Command that removes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uninstall: Option<String>,
    /// Command that ends with 0 if and only if the software is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detect: Option<String>,
}

/// A package manager that agents can work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackageManager {
    /// Debian and its descendants.
    Apt,
    /// Fedora, Red Hat and their descendants.
    Dnf,
}

/// An entry to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSoftware {
    /// 1 to 100 characters.
    pub name: String,
    /// At most 100 characters.
    pub version: Option<String>,
    /// At most 1000 characters.
    pub description: Option<String>,
    /// At most 100 characters.
    pub category: Option<String>,
    /// At most 100 characters.
    pub publisher: Option<String>,
    /// How it is handled.
    pub definition: SoftwareDefinition,
    /// Who else may use it.
    pub sharing: Sharing,
}

/// A change of an entry; what is `None` stays, an inner `None` removes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SoftwarePatch {
    /// New name.
    pub name: Option<String>,
    /// New version.
    pub version: Option<Option<String>>,
    /// New description.
    pub description: Option<Option<String>>,
    /// New category.
    pub category: Option<Option<String>>,
    /// New publisher.
    pub publisher: Option<Option<String>>,
    /// New definition, whole.
    pub definition: Option<SoftwareDefinition>,
    /// New sharing.
    pub sharing: Option<Sharing>,
}

impl Software {
    /// Numbers from here on belong to entries that people made.
    pub const FIRST_OWN: i64 = 1_000;

    /// Whether it comes with the program and cannot be changed.
    #[must_use]
    pub fn is_builtin(&self) -> bool {
        self.id < Self::FIRST_OWN
    }
}

impl Platform {
    /// The word: `linux`, `windows`, `macos`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::Windows => "windows",
            Self::Macos => "macos",
        }
    }
}

impl PackageManager {
    /// The word: `apt`, `dnf`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Apt => "apt",
            Self::Dnf => "dnf",
        }
    }
}
