//! Entries of the software catalogue: those that come with the program, what an entry must be like, and in which order
//! entries that need each other are brought onto a device.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::Timestamp;
use serde::Deserialize;

use crate::error::{Error, FieldError, Result};
use crate::model::{
    PackageManager, Platform, Sharing, Software, SoftwareDefinition, SoftwarePlatform,
};

const MAX_PACKAGES: usize = 20;
const MAX_DEPENDENCIES: usize = 20;
const MAX_COMMAND: usize = 10_000;
/// Entries that one entry needs in all, itself included.
const MAX_CHAIN: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Builtin {
    id: i64,
    name: String,
    description: String,
    description_ar: String,
    category: String,
    publisher: String,
    packages: BTreeMap<PackageManager, Vec<String>>,
}

/// The entries that come with the program, by number.
#[must_use]
pub fn builtin() -> &'static [Software] {
    static ALL: LazyLock<Vec<Software>> = LazyLock::new(|| {
        let text = include_str!("../../data/software.json");
        // A test reads it; a program whose own data do not fit has no such catalogue.
        let all: Vec<Builtin> = serde_json::from_str(text).unwrap_or_default();
        all.into_iter().map(entry).collect()
    });
    &ALL
}

fn entry(builtin: Builtin) -> Software {
    let linux = SoftwarePlatform {
        packages: builtin.packages,
        ..SoftwarePlatform::default()
    };
    Software {
        id: builtin.id,
        owner_id: 0,
        name: builtin.name,
        version: None,
        description: Some(builtin.description),
        description_ar: Some(builtin.description_ar),
        category: Some(builtin.category),
        publisher: Some(builtin.publisher),
        definition: SoftwareDefinition {
            platforms: BTreeMap::from([(Platform::Linux, linux)]),
            ..SoftwareDefinition::default()
        },
        sharing: Sharing {
            everybody: true,
            users: Vec::new(),
        },
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

/// Whether a text is the name of a package and nothing else: no option, no address, no command.
#[must_use]
pub fn is_package_name(manager: PackageManager, name: &str) -> bool {
    let starts = |c: char| match manager {
        PackageManager::Apt => c.is_ascii_lowercase() || c.is_ascii_digit(),
        PackageManager::Dnf => c.is_ascii_alphanumeric(),
    };
    let continues = |c: char| match manager {
        PackageManager::Apt => {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '+' | '-' | '.')
        }
        PackageManager::Dnf => c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_'),
    };
    // A trailing `-` or `+` makes apt remove or install: it is an instruction, not a name.
    (2..=128).contains(&name.len())
        && name.starts_with(starts)
        && name.chars().all(continues)
        && (!name.ends_with(['-', '+']) || is_known_with_plus(name))
}

/// Packages whose real names end in plus signs.
fn is_known_with_plus(name: &str) -> bool {
    name.ends_with("++")
}

/// What is wrong with a definition; pointers begin at its members.
#[must_use]
pub fn judge(definition: &SoftwareDefinition) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if definition.platforms.is_empty() {
        errors.push(wrong(
            "/platforms",
            "say for at least one system how it is installed",
            "حدّد طريقة التثبيت لنظام واحد على الأقل",
        ));
    }
    for (system, platform) in &definition.platforms {
        judge_platform(*system, platform, &mut errors);
    }
    let unique: BTreeSet<_> = definition.dependencies.iter().collect();
    if definition.dependencies.len() > MAX_DEPENDENCIES
        || unique.len() != definition.dependencies.len()
    {
        errors.push(wrong(
            "/dependencies",
            "at most 20 numbers, each once",
            "20 رقمًا على الأكثر دون تكرار",
        ));
    }
    errors
}

fn judge_platform(system: Platform, platform: &SoftwarePlatform, errors: &mut Vec<FieldError>) {
    let at = format!("/platforms/{}", system.word());
    let has_packages = !platform.packages.is_empty();
    if has_packages && system != Platform::Linux {
        errors.push(wrong(
            &format!("{at}/packages"),
            "package managers are there on linux only",
            "مديرو الحزم متاحون على linux فقط",
        ));
    }
    for (manager, names) in &platform.packages {
        let fits = (1..=MAX_PACKAGES).contains(&names.len())
            && names.iter().all(|name| is_package_name(*manager, name));
        if !fits {
            errors.push(wrong(
                &format!("{at}/packages/{}", manager.word()),
                "1 to 20 names of packages: letters, digits, plus, hyphen, dot, without options",
                "من 1 إلى 20 اسم حزمة: حروف وأرقام وعلامة + وشرطة ونقطة، دون خيارات",
            ));
        }
    }
    let commands = [
        ("install", &platform.install),
        ("uninstall", &platform.uninstall),
        ("detect", &platform.detect),
    ];
    for (name, command) in commands {
        let Some(command) = command else { continue };
        if command.trim().is_empty()
            || command.chars().count() > MAX_COMMAND
            || command.contains('\0')
        {
            errors.push(wrong(
                &format!("{at}/{name}"),
                "must have 1 to 10000 characters",
                "يجب أن يتكوّن من 1 إلى 10000 محرف",
            ));
        }
    }
    if platform.install.is_some() == has_packages {
        errors.push(wrong(
            &at,
            "give either `packages` or an `install` command",
            "حدّد إما `packages` وإما أمر `install`",
        ));
    }
    if platform.install.is_some() && platform.detect.is_none() {
        errors.push(wrong(
            &format!("{at}/detect"),
            "is needed: only what can be recognised can be verified",
            "مطلوب: لا يمكن التحقق إلا مما يمكن التعرف عليه",
        ));
    }
    if platform.install.is_none() && (platform.file.is_some() || platform.uninstall.is_some()) {
        errors.push(wrong(
            &format!("{at}/install"),
            "is needed beside `file` and `uninstall`",
            "مطلوب مع `file` و`uninstall`",
        ));
    }
}

fn wrong(pointer: &str, message: &str, message_ar: &str) -> FieldError {
    FieldError {
        pointer: pointer.to_owned(),
        message: message.to_owned(),
        message_ar: Some(message_ar.to_owned()),
    }
}

/// The wanted entries and what they need, each once, needed ones first. `all` has every entry by its number.
///
/// # Errors
/// `Invalid` about `field` when entries need each other in a circle, or one that is needed is not there.
pub fn ordered<'s>(
    wanted: &[i64],
    all: &'s BTreeMap<i64, Software>,
    field: &str,
) -> Result<Vec<&'s Software>> {
    let mut order = Vec::new();
    let mut done = BTreeSet::new();
    for id in wanted {
        let mut path = Vec::new();
        visit(*id, all, field, &mut path, &mut done, &mut order)?;
    }
    Ok(order)
}

fn visit<'s>(
    id: i64,
    all: &'s BTreeMap<i64, Software>,
    field: &str,
    path: &mut Vec<i64>,
    done: &mut BTreeSet<i64>,
    order: &mut Vec<&'s Software>,
) -> Result<()> {
    if done.contains(&id) {
        return Ok(());
    }
    let Some(entry) = all.get(&id) else {
        return Err(Error::invalid(
            field,
            format!("there is no software {id} that may be used here"),
        ));
    };
    if path.contains(&id) || path.len() >= MAX_CHAIN {
        return Err(Error::invalid(
            field,
            format!("the software {} ({id}) needs itself", entry.name),
        ));
    }
    path.push(id);
    for needed in &entry.definition.dependencies {
        visit(*needed, all, field, path, done, order)?;
    }
    path.pop();
    done.insert(id);
    order.push(entry);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::{builtin, is_package_name, judge, ordered};
    use crate::model::{PackageManager, Software, SoftwareDefinition};

    #[test]
    fn what_comes_with_the_program_fits_its_own_rules() {
        let all = builtin();
        assert!(all.len() > 20);
        for entry in all {
            assert_eq!(judge(&entry.definition), [], "{}", entry.name);
            assert!(entry.is_builtin() && entry.description_ar.is_some());
        }
        let mut numbers: Vec<_> = all.iter().map(|entry| entry.id).collect();
        numbers.dedup();
        assert_eq!(numbers.len(), all.len());
    }

    #[test]
    fn a_package_name_is_never_an_option_or_a_command() {
        for name in ["hello", "g++", "libstdc++6", "python3.13", "0ad"] {
            assert!(is_package_name(PackageManager::Apt, name), "{name}");
        }
        assert!(is_package_name(PackageManager::Dnf, "NetworkManager_x-1.2"));
        for name in [
            "",
            "a",
            "-y",
            "--reinstall",
            "hello;id",
            "hello world",
            "hello-",
            "./x.deb",
            "a=1",
            "a/b",
            "Hello",
            "$(id)",
            "a\nb",
            "مرحبا",
            "a:b",
            "a*",
        ] {
            assert!(!is_package_name(PackageManager::Apt, name), "{name:?}");
        }
    }

    fn pointers(text: Value) -> Vec<String> {
        let definition: SoftwareDefinition = serde_json::from_value(text).unwrap();
        judge(&definition)
            .into_iter()
            .map(|error| error.pointer)
            .collect()
    }

    #[test]
    fn a_definition_says_one_way_and_how_to_verify_it() {
        assert_eq!(pointers(json!({"platforms": {}})), ["/platforms"]);
        assert_eq!(
            pointers(json!({"platforms": {"windows": {"packages": {"apt": ["x;y"]}}}})),
            [
                "/platforms/windows/packages",
                "/platforms/windows/packages/apt"
            ]
        );
        assert_eq!(
            pointers(json!({"platforms": {"linux": {"install": " "}}})),
            ["/platforms/linux/install", "/platforms/linux/detect"]
        );
        assert_eq!(
            pointers(json!({"platforms": {"linux": {"file": 1}}})),
            ["/platforms/linux", "/platforms/linux/install"]
        );
        assert_eq!(
            pointers(
                json!({"platforms": {"macos": {"install": "i", "detect": "d", "file": 2}}, "dependencies": [1, 1]})
            ),
            ["/dependencies"]
        );
    }

    fn needs(id: i64, dependencies: &[i64]) -> (i64, Software) {
        let mut entry = builtin()[0].clone();
        entry.id = id;
        entry.definition.dependencies = dependencies.to_vec();
        (id, entry)
    }

    #[test]
    fn what_is_needed_comes_first_and_once() {
        let all = BTreeMap::from([needs(1, &[]), needs(2, &[1]), needs(3, &[2, 1])]);
        let ids: Vec<_> = ordered(&[3, 2], &all, "/software")
            .unwrap()
            .iter()
            .map(|entry| entry.id)
            .collect();
        assert_eq!(ids, [1, 2, 3]);
        let circle = BTreeMap::from([needs(1, &[2]), needs(2, &[1])]);
        assert!(ordered(&[1], &circle, "/software").is_err());
        assert!(ordered(&[4], &all, "/software").is_err());
    }
}
