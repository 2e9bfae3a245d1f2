//! `software`: recognise, fetch, install, verify; or recognise, remove, verify.
//!
//! Names of packages go to the package manager as arguments after `--`, never through a shell, and only if they look
//! like names. Whether something is there is decided by asking, before and afterwards, and not by what a program printed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value, json};

use orloj_wire::agent::{SoftwareAction, SoftwareOn, SoftwareStep, Stream};
use tokio_util::sync::CancellationToken;

use super::Scene;
use super::fetch::{Source, Told, Trouble};
use super::program::{Exit, Program, Programs};
use crate::platform;

/// How often the package lists are asked for while somebody else holds their lock, and the wait in between.
const LIST_TRIES: u32 = 60;
const LIST_WAIT: Duration = Duration::from_secs(5);

/// What installing needs of the agent.
pub(super) struct Kit<'a> {
    /// Runs programs.
    pub(super) programs: &'a Programs<'a>,
    /// The system, as definitions name it.
    pub(super) system: &'a str,
    /// A folder for this order alone.
    pub(super) work_dir: &'a Path,
    /// Where files come from; `None` when the server gave no ticket.
    pub(super) source: Option<&'a Source>,
    /// Told how far a transfer is.
    pub(super) told: Told,
    /// Megabytes of memory and of free disk that the device has.
    pub(super) memory_mb: u64,
    pub(super) disk_mb: u64,
}

/// How software is handled here.
enum Way<'s> {
    Packages(Manager, &'s [String]),
    Commands(&'s SoftwareOn),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manager {
    Apt,
    Dnf,
}

impl Manager {
    const ALL: [Manager; 2] = [Manager::Apt, Manager::Dnf];

    fn word(self) -> &'static str {
        match self {
            Self::Apt => "apt",
            Self::Dnf => "dnf",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::Apt => "/usr/bin/apt-get",
            Self::Dnf => "/usr/bin/dnf",
        }
    }
}

/// Does the step of an order.
pub(super) async fn step(
    scene: &Scene<'_>,
    step: &SoftwareStep,
    stop: CancellationToken,
) -> Result<Map<String, Value>, Trouble> {
    let source = scene.source()?;
    let write = |stream, text: &str| scene.write(stream, text);
    let programs = Programs::new(&write, &stop, scene.mark);
    let facts = platform::facts(scene.policy);
    let disk = facts.disks.iter().find(|disk| disk.mount == "/");
    let kit = Kit {
        programs: &programs,
        system: std::env::consts::OS,
        work_dir: scene.work_dir,
        source: source.as_ref(),
        told: scene.transfer(),
        memory_mb: facts.memory_total >> 20,
        disk_mb: disk.map_or(0, |disk| disk.available) >> 20,
    };
    let ended = run(step, &kit).await;
    // What cannot be removed now is removed with the folder of all work at the next start.
    let _ = tokio::fs::remove_dir_all(scene.work_dir).await;
    let details = ended?;
    let done = details["done"].as_str().unwrap_or_default();
    scene.write(Stream::System, &format!("{}: {done}\n", step.name));
    Ok(details)
}

/// Does the step; answers what there is to say about it.
pub(super) async fn run(step: &SoftwareStep, kit: &Kit<'_>) -> Result<Map<String, Value>, Trouble> {
    let way = way(step, kit)?;
    let is_install = step.action == SoftwareAction::Install;
    let was_there = is_there(&way, kit).await?;
    let done = match (is_install, was_there) {
        (true, true) => "already_there",
        (false, false) => "not_there",
        (true, false) => {
            has_room(step, kit)?;
            install(step, &way, kit).await?;
            "installed"
        }
        (false, true) => {
            remove(&way, kit).await?;
            "removed"
        }
    };
    if is_install != is_there(&way, kit).await? {
        return Err(Trouble::Failed(if is_install {
            format!(
                "{} was installed and is not recognised afterwards",
                step.name
            )
        } else {
            format!("{} was removed and is still recognised", step.name)
        }));
    }
    Ok(said(step, &way, done))
}

fn said(step: &SoftwareStep, way: &Way<'_>, done: &str) -> Map<String, Value> {
    let (manager, packages) = match way {
        Way::Packages(manager, names) => (Some(manager.word()), Some(names)),
        Way::Commands(_) => (None, None),
    };
    let all = json!({
        "name": step.name,
        "version": step.version,
        "done": done,
        "packageManager": manager,
        "packages": packages,
    });
    match all {
        Value::Object(all) => all,
        _ => Map::new(),
    }
}

fn way<'s>(step: &'s SoftwareStep, kit: &Kit<'_>) -> Result<Way<'s>, Trouble> {
    let Some(here) = step.platforms.get(kit.system) else {
        return Err(Trouble::Failed(format!(
            "{} is not there for {}",
            step.name, kit.system
        )));
    };
    if here.install.is_some() {
        return Ok(Way::Commands(here));
    }
    for manager in Manager::ALL {
        if let Some(names) = here.packages.get(manager.word())
            && kit.programs.has(manager.program())
        {
            if names.is_empty() || !names.iter().all(|name| is_package_name(name)) {
                return Err(Trouble::Failed(format!(
                    "{names:?} are not names of packages"
                )));
            }
            return Ok(Way::Packages(manager, names));
        }
    }
    Err(Trouble::Failed(format!(
        "{} has packages for {}, and this device has none of these package managers",
        step.name,
        here.packages.keys().cloned().collect::<Vec<_>>().join(", ")
    )))
}

/// Whether a text is the name of a package and nothing else.
fn is_package_name(name: &str) -> bool {
    (2..=128).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_'))
        // At its end it would be an instruction to apt.
        && !name.ends_with('-')
        && (!name.ends_with('+') || name.ends_with("++"))
}

fn has_room(step: &SoftwareStep, kit: &Kit<'_>) -> Result<(), Trouble> {
    for (what, needed, there) in [
        ("memory", step.min_memory_mb, kit.memory_mb),
        ("free disk", step.min_disk_mb, kit.disk_mb),
    ] {
        if needed.is_some_and(|needed| there < u64::from(needed)) {
            return Err(Trouble::Failed(format!(
                "{} needs {} MB of {what}, and the device has {there}",
                step.name,
                needed.unwrap_or_default()
            )));
        }
    }
    Ok(())
}

async fn is_there(way: &Way<'_>, kit: &Kit<'_>) -> Result<bool, Trouble> {
    match way {
        Way::Packages(manager, names) => {
            for name in *names {
                if !has_package(*manager, name, kit).await? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Way::Commands(here) => match &here.detect {
            Some(detect) => Ok(kit.programs.run(shell(detect).quiet()).await?.code == 0),
            None => Err(Trouble::Failed(
                "there is no command that recognises it".to_owned(),
            )),
        },
    }
}

async fn has_package(manager: Manager, name: &str, kit: &Kit<'_>) -> Result<bool, Trouble> {
    let program = match manager {
        Manager::Apt => Program::new("/usr/bin/dpkg-query").args([
            "--show",
            "--showformat=${db:Status-Status}\\n",
            "--",
            name,
        ]),
        Manager::Dnf => {
            Program::new("/usr/bin/rpm").args(["--query", "--whatprovides", "--quiet", "--", name])
        }
    };
    let exit = kit.programs.run(program.quiet()).await?;
    Ok(match manager {
        Manager::Apt => {
            exit.code == 0 && exit.output.lines().any(|line| line.trim() == "installed")
        }
        Manager::Dnf => exit.code == 0,
    })
}

async fn install(step: &SoftwareStep, way: &Way<'_>, kit: &Kit<'_>) -> Result<(), Trouble> {
    match way {
        Way::Packages(manager, names) => {
            let exit = kit
                .programs
                .run(packages(*manager, "install", names))
                .await?;
            if exit.code == 0 {
                return Ok(());
            }
            // What is not found may only be missing from old lists.
            refresh(*manager, kit).await?;
            let exit = kit
                .programs
                .run(packages(*manager, "install", names))
                .await?;
            ended("installing", &exit)
        }
        Way::Commands(here) => {
            let Some(command) = &here.install else {
                return Err(Trouble::Failed(
                    "there is no command that installs".to_owned(),
                ));
            };
            let mut program = shell(command);
            if let Some(path) = fetched(here, kit).await? {
                program = program.env("ORLOJ_FILE", &path);
            }
            if let Some(version) = &step.version {
                program = program.env("ORLOJ_VERSION", version.as_str());
            }
            let exit = kit.programs.run(program).await?;
            ended("installing", &exit)
        }
    }
}

/// Brings the installer here, under its own name, in a folder that goes with the order.
async fn fetched(here: &SoftwareOn, kit: &Kit<'_>) -> Result<Option<PathBuf>, Trouble> {
    let Some(file) = &here.file else {
        return Ok(None);
    };
    if !super::folder::is_plain_name(&file.name) {
        return Err(Trouble::Failed(format!(
            "`{}` is not a plain file name",
            file.name
        )));
    }
    let Some(source) = kit.source else {
        return Err(Trouble::Failed(
            "the order brought no ticket to fetch files with".to_owned(),
        ));
    };
    std::fs::create_dir_all(kit.work_dir)?;
    let path = kit.work_dir.join(&file.name);
    let mut part = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)?;
    source
        .complete(file, &mut part, &kit.told, kit.programs.stop())
        .await?;
    part.sync_all()?;
    Ok(Some(path))
}

async fn remove(way: &Way<'_>, kit: &Kit<'_>) -> Result<(), Trouble> {
    let program = match way {
        Way::Packages(manager, names) => packages(*manager, "remove", names),
        Way::Commands(here) => match &here.uninstall {
            Some(command) => shell(command),
            None => {
                return Err(Trouble::Failed(
                    "there is no command that removes it".to_owned(),
                ));
            }
        },
    };
    let exit = kit.programs.run(program).await?;
    ended("removing", &exit)
}

fn ended(what: &str, exit: &Exit) -> Result<(), Trouble> {
    if exit.code == 0 {
        Ok(())
    } else {
        Err(Trouble::Failed(format!(
            "{what} ended with code {}",
            exit.code
        )))
    }
}

fn shell(command: &str) -> Program {
    Program::new("/bin/sh").args(["-c", command])
}

fn packages(manager: Manager, verb: &str, names: &[String]) -> Program {
    let program = match manager {
        Manager::Apt => apt().args([verb, "--"]),
        Manager::Dnf => Program::new(manager.program()).args(["--assumeyes", verb, "--"]),
    };
    program.args(names.iter().map(String::as_str))
}

/// apt without questions; the configuration files that somebody has changed stay; it waits for the lock of dpkg.
fn apt() -> Program {
    Program::new(Manager::Apt.program())
        .args([
            "--assume-yes",
            "--quiet",
            "--option=DPkg::Lock::Timeout=900",
            "--option=Dpkg::Options::=--force-confdef",
            "--option=Dpkg::Options::=--force-confold",
        ])
        .env("DEBIAN_FRONTEND", "noninteractive")
}

async fn refresh(manager: Manager, kit: &Kit<'_>) -> Result<(), Trouble> {
    if manager == Manager::Dnf {
        let program = Program::new(manager.program()).args(["--quiet", "makecache"]);
        let exit = kit.programs.run(program).await?;
        return ended("fetching the package lists", &exit);
    }
    for _ in 0..LIST_TRIES {
        let exit = kit.programs.run(apt().args(["update"])).await?;
        // apt waits for the lock of dpkg, and not for that of its own lists.
        if exit.code == 0 || !exit.output.contains("Could not get lock") {
            return ended("fetching the package lists", &exit);
        }
        kit.programs.wait(LIST_WAIT).await?;
    }
    Err(Trouble::Failed(
        "somebody else holds the lock of the package lists".to_owned(),
    ))
}
