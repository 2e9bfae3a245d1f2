//! The step that brings software onto a device, or takes it away.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::file::FileRef;

/// Software to be installed or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SoftwareStep {
    /// What is to be done.
    pub action: SoftwareAction,
    /// Name for people.
    pub name: String,
    /// Version for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How it is handled, by system (`linux`, `windows`, `macos`).
    pub platforms: BTreeMap<String, SoftwareOn>,
    /// Megabytes of memory that the device needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_memory_mb: Option<u32>,
    /// Megabytes of free disk that the device needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_disk_mb: Option<u32>,
    /// Seconds that it may take.
    pub limit_seconds: u32,
}

/// How software is handled on one system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SoftwareOn {
    /// Names of packages, by package manager (`apt`, `dnf`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<String, Vec<String>>,
    /// File that the commands find through `ORLOJ_FILE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileRef>,
    /// Command that installs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<String>,
    /// Command that removes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uninstall: Option<String>,
    /// Command that ends with 0 if and only if it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detect: Option<String>,
}

/// What is to become of software.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SoftwareAction {
    /// It is there afterwards.
    Install,
    /// It is not there afterwards.
    Uninstall,
}
