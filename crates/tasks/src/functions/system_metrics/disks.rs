//! How full the file systems are.

use std::collections::BTreeSet;
use std::fs;

use nix::sys::statvfs::statvfs;
use serde_json::{Value, json};

use super::proc_files::{Mount, mounts};
use super::sample::percent;

/// File systems that hold nobody's files, only the kernel's or memory.
const NOT_STORAGE: [&str; 27] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "fusectl",
    "hugetlbfs",
    "mqueue",
    "nsfs",
    "overlayfs",
    "proc",
    "pstore",
    "ramfs",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "squashfs",
    "sysfs",
    "tmpfs",
    "tracefs",
    "iso9660",
    "erofs",
];

/// One file system.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Disk {
    pub(super) path: String,
    pub(super) device: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) total: u64,
    /// Free for programs that are not root.
    pub(super) available: u64,
    pub(super) used: u64,
    pub(super) inodes: u64,
    pub(super) inodes_free: u64,
}

impl Disk {
    /// Used part of what ordinary programs can use, as `df` counts it.
    pub(super) fn used_percent(&self) -> Option<f64> {
        percent(self.used, self.used.saturating_add(self.available))
    }

    pub(super) fn describe(&self) -> Value {
        json!({
            "path": self.path,
            "device": self.device,
            "type": self.kind,
            "totalBytes": self.total,
            "availableBytes": self.available,
            "usedBytes": self.used,
            "usedPercent": self.used_percent(),
            "inodesUsedPercent": percent(self.inodes - self.inodes_free.min(self.inodes), self.inodes),
        })
    }
}

/// Measures the file systems of the given paths, or all local ones, and says
/// which could not be measured.
pub(super) async fn usage(paths: Option<Vec<String>>) -> (Vec<Disk>, Vec<String>) {
    tokio::task::spawn_blocking(move || {
        let mounts = mounts(&fs::read_to_string("/proc/self/mounts").unwrap_or_default());
        match paths {
            Some(paths) => given(&paths, &mounts),
            None => local(&mounts),
        }
    })
    .await
    .unwrap_or_default()
}

fn given(paths: &[String], mounts: &[Mount]) -> (Vec<Disk>, Vec<String>) {
    let mut disks = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        let mount = mounts
            .iter()
            .filter(|mount| is_below(path, &mount.path))
            .max_by_key(|mount| mount.path.len());
        match measure(path, mount) {
            Ok(disk) => disks.push(disk),
            Err(problem) => problems.push(problem),
        }
    }
    (disks, problems)
}

fn local(mounts: &[Mount]) -> (Vec<Disk>, Vec<String>) {
    let mut seen = BTreeSet::new();
    let disks = mounts
        .iter()
        .filter(|mount| is_local_storage(mount) && seen.insert(mount.device.clone()))
        // A mount point in a place this account cannot enter is none of its business.
        .filter_map(|mount| measure(&mount.path, Some(mount)).ok())
        .filter(|disk| disk.total > 0)
        .collect();
    (disks, Vec::new())
}

fn is_local_storage(mount: &Mount) -> bool {
    let remote = mount.kind.starts_with("nfs")
        || mount.kind.starts_with("fuse")
        || matches!(mount.kind.as_str(), "cifs" | "smb3" | "ceph" | "9p" | "afs");
    !remote && !NOT_STORAGE.contains(&mount.kind.as_str())
}

fn measure(path: &str, mount: Option<&Mount>) -> Result<Disk, String> {
    let status = statvfs(path).map_err(|error| format!("{path} cannot be measured: {error}"))?;
    let block = status.fragment_size();
    Ok(Disk {
        path: path.to_owned(),
        device: mount.map(|mount| mount.device.clone()),
        kind: mount.map(|mount| mount.kind.clone()),
        total: status.blocks().saturating_mul(block),
        available: status.blocks_available().saturating_mul(block),
        used: status
            .blocks()
            .saturating_sub(status.blocks_free())
            .saturating_mul(block),
        inodes: status.files(),
        inodes_free: status.files_free(),
    })
}

fn is_below(path: &str, folder: &str) -> bool {
    folder == "/"
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(device: &str, path: &str, kind: &str) -> Mount {
        Mount {
            device: device.to_owned(),
            path: path.to_owned(),
            kind: kind.to_owned(),
        }
    }

    #[test]
    fn only_local_storage_is_measured_unasked() {
        for (kind, local) in [
            ("ext4", true),
            ("xfs", true),
            ("btrfs", true),
            ("overlay", true),
            ("zfs", true),
            ("tmpfs", false),
            ("proc", false),
            ("nfs4", false),
            ("cifs", false),
            ("fuse.sshfs", false),
        ] {
            assert_eq!(is_local_storage(&mount("d", "/", kind)), local, "{kind}");
        }
    }

    #[test]
    fn the_longest_mount_point_owns_a_path() {
        let mounts = [mount("a", "/", "ext4"), mount("p", "/proc", "proc")];
        let (disks, problems) = given(
            &[
                "/proc/self".to_owned(),
                "/procession".to_owned(),
                "/".to_owned(),
            ],
            &mounts,
        );
        assert_eq!(disks[0].device.as_deref(), Some("p"));
        assert_eq!(disks[1].device.as_deref(), Some("a"));
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn fullness_counts_as_df_does() {
        let disk = Disk {
            path: "/".to_owned(),
            device: None,
            kind: None,
            total: 100,
            available: 30,
            used: 60,
            inodes: 0,
            inodes_free: 0,
        };
        let percent = disk.used_percent().expect("a percentage");
        assert!((percent - 66.7).abs() < 0.05, "{percent}");
        assert_eq!(disk.describe()["inodesUsedPercent"], Value::Null);
    }
}
