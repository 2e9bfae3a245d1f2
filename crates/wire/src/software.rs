//! The software catalogue.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::double;

/// An entry of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Software {
    /// Number; below 1000 for what comes with the program.
    pub id: i64,
    /// Whose; 0 for what comes with the program.
    pub owner_id: i64,
    /// Name.
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
    /// How it is handled, by system: `linux`, `windows`, `macos`.
    pub platforms: BTreeMap<SoftwareSystem, SoftwarePlatform>,
    /// Numbers of entries that must be there before.
    pub dependencies: Vec<i64>,
    /// Megabytes of memory that a device needs.
    pub min_memory_mb: Option<u32>,
    /// Megabytes of free disk that a device needs.
    pub min_disk_mb: Option<u32>,
    /// Whether it comes with the program and cannot be changed.
    pub is_builtin: bool,
    /// Users who may use it too. Empty for those with whom it is only shared.
    pub shared_with: Vec<i64>,
    /// Whether everybody may use it. False for those with whom it is only shared.
    pub shared_with_everybody: bool,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// An operating system.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum SoftwareSystem {
    /// Linux.
    Linux,
    /// Windows.
    Windows,
    /// macOS.
    Macos,
}

/// A package manager that agents can work with.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum PackageManager {
    /// Debian and its descendants.
    Apt,
    /// Fedora, Red Hat and their descendants.
    Dnf,
}

/// How software is handled on one system: `packages`, or commands with or without a `file`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SoftwarePlatform {
    /// Names of packages by package manager: `apt`, `dnf`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<PackageManager, Vec<String>>,
    /// Number of the file that is brought onto the device first; the commands find its path in `ORLOJ_FILE`.
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

/// The catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SoftwareList {
    /// The entries: what comes with the program first, then by name.
    pub items: Vec<Software>,
    /// Number of them.
    pub total: u64,
}

/// A new entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Our tools", "version": "2.1", "platforms": {"linux": {"file": 7, "install": "dpkg -i \"$ORLOJ_FILE\"", "uninstall": "dpkg -r our-tools", "detect": "dpkg -s our-tools"}}, "dependencies": [1]}))]
pub struct SoftwareCreate {
    /// Name, unique among the owner's.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub version: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub description: Option<String>,
    /// Shelf of the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub category: Option<String>,
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub publisher: Option<String>,
    /// How it is handled, by system.
    pub platforms: BTreeMap<SoftwareSystem, SoftwarePlatform>,
    /// Numbers of entries that must be there before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<i64>,
    /// Megabytes of memory that a device needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_memory_mb: Option<u32>,
    /// Megabytes of free disk that a device needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_disk_mb: Option<u32>,
    /// Users who may use it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_with: Vec<i64>,
    /// Whether everybody may use it.
    #[serde(default)]
    pub shared_with_everybody: bool,
}

/// A change of an entry. What is left out stays, null removes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SoftwareUpdate {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// New version.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    pub version: Option<Option<String>>,
    /// New description.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    pub description: Option<Option<String>>,
    /// New shelf.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    pub category: Option<Option<String>>,
    /// New publisher.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    pub publisher: Option<Option<String>>,
    /// How it is handled, all systems.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platforms: Option<BTreeMap<SoftwareSystem, SoftwarePlatform>>,
    /// New list of entries that must be there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependencies: Option<Vec<i64>>,
    /// Megabytes of memory that a device needs.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    pub min_memory_mb: Option<Option<u32>>,
    /// Megabytes of free disk that a device needs.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    pub min_disk_mb: Option<Option<u32>>,
    /// New list of users who may use it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<Vec<i64>>,
    /// Whether everybody may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with_everybody: Option<bool>,
}
