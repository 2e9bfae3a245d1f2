//! Software on its way in and out.

use std::collections::BTreeMap;

use orloj_engine::model;
use orloj_wire::software as wire;

/// An entry of the catalogue.
pub(crate) fn to_software(entry: model::Software) -> wire::Software {
    wire::Software {
        is_builtin: entry.is_builtin(),
        id: entry.id,
        owner_id: entry.owner_id,
        name: entry.name,
        version: entry.version,
        description: entry.description,
        description_ar: entry.description_ar,
        category: entry.category,
        publisher: entry.publisher,
        platforms: entry
            .definition
            .platforms
            .into_iter()
            .map(|(system, platform)| (to_system(system), to_platform(platform)))
            .collect(),
        dependencies: entry.definition.dependencies,
        min_memory_mb: entry.definition.min_memory_mb,
        min_disk_mb: entry.definition.min_disk_mb,
        shared_with: entry.sharing.users,
        shared_with_everybody: entry.sharing.everybody,
        created_at: entry.created_at,
        updated_at: entry.updated_at,
    }
}

fn to_system(system: model::Platform) -> wire::SoftwareSystem {
    match system {
        model::Platform::Linux => wire::SoftwareSystem::Linux,
        model::Platform::Windows => wire::SoftwareSystem::Windows,
        model::Platform::Macos => wire::SoftwareSystem::Macos,
    }
}

fn to_platform(platform: model::SoftwarePlatform) -> wire::SoftwarePlatform {
    let manager = |manager| match manager {
        model::PackageManager::Apt => wire::PackageManager::Apt,
        model::PackageManager::Dnf => wire::PackageManager::Dnf,
    };
    wire::SoftwarePlatform {
        packages: platform
            .packages
            .into_iter()
            .map(|(one, names)| (manager(one), names))
            .collect(),
        file: platform.file,
        install: platform.install,
        uninstall: platform.uninstall,
        detect: platform.detect,
    }
}

/// Systems with how software is handled there.
pub(crate) fn from_platforms(
    platforms: BTreeMap<wire::SoftwareSystem, wire::SoftwarePlatform>,
) -> BTreeMap<model::Platform, model::SoftwarePlatform> {
    let system = |system| match system {
        wire::SoftwareSystem::Linux => model::Platform::Linux,
        wire::SoftwareSystem::Windows => model::Platform::Windows,
        wire::SoftwareSystem::Macos => model::Platform::Macos,
    };
    platforms
        .into_iter()
        .map(|(one, platform)| (system(one), from_platform(platform)))
        .collect()
}

fn from_platform(platform: wire::SoftwarePlatform) -> model::SoftwarePlatform {
    let manager = |manager| match manager {
        wire::PackageManager::Apt => model::PackageManager::Apt,
        wire::PackageManager::Dnf => model::PackageManager::Dnf,
    };
    model::SoftwarePlatform {
        packages: platform
            .packages
            .into_iter()
            .map(|(one, names)| (manager(one), names))
            .collect(),
        file: platform.file,
        install: platform.install,
        uninstall: platform.uninstall,
        detect: platform.detect,
    }
}
