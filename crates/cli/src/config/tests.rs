use std::path::Path;

use super::*;

fn write(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orloj.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn entry<'a>(loaded: &'a Loaded, key: &str) -> &'a Entry {
    loaded
        .entries
        .iter()
        .find(|entry| entry.key == key)
        .unwrap()
}

#[test]
fn defaults_are_valid_and_complete() {
    let loaded = load(Flags::default(), None, &Environment::default()).unwrap();
    assert_eq!(loaded.config.listen, "127.0.0.1:8000".parse().unwrap());
    assert_eq!(loaded.config.data_dir, Path::new("./orloj-data"));
    assert_eq!(
        loaded.config.task_functions_dir,
        Path::new("./orloj-data/task-functions")
    );
    assert_eq!(loaded.config.misfire_grace_seconds, 60);
    assert_eq!(loaded.config.mode, ServeMode::Embedded);
    assert_eq!(
        loaded
            .entries
            .iter()
            .map(|entry| entry.key)
            .collect::<Vec<_>>(),
        SETTINGS
            .iter()
            .map(|setting| setting.key)
            .collect::<Vec<_>>(),
        "every setting is read, and shown in the order of the table"
    );
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let (_folder, path) = write(
        "workers = 5\nlog = \"warn\"\nretention_days = 90\nallowed_hosts = [\"a.example\", \"10.0.0.0/8\"]\n",
    );
    let environment = Environment::of(&[("ORLOJ_WORKERS", "6"), ("ORLOJ_LOG", "debug")]);
    let mut flags = Flags::default();
    flags.set("workers", Some(7));
    let loaded = load(flags, Some(&path), &environment).unwrap();
    assert_eq!(loaded.config.workers, 7);
    assert_eq!(loaded.config.log, "debug");
    assert_eq!(loaded.config.retention_days, 90);
    assert_eq!(loaded.config.allowed_hosts, ["a.example", "10.0.0.0/8"]);
    assert_eq!(entry(&loaded, "workers").origin, Origin::Flag);
    assert_eq!(
        entry(&loaded, "log").origin,
        Origin::Variable("ORLOJ_LOG".into())
    );
    assert_eq!(entry(&loaded, "retention_days").origin, Origin::File(path));
    assert_eq!(entry(&loaded, "drain_seconds").origin, Origin::Default);
}

#[test]
fn the_seeds_variables_are_aliases_and_the_own_names_win() {
    let environment = Environment::of(&[
        ("SCHEDULER_MODE", "standalone"),
        ("SCHEDULER_TIMEZONE", "Africa/Cairo"),
        ("SCHEDULER_MISFIRE_GRACE_TIME", "300"),
        ("SCHEDULER_MAX_INSTANCES", "4"),
        ("ORLOJ_MAX_INSTANCES", "2"),
    ]);
    let config = load(Flags::default(), None, &environment).unwrap().config;
    assert_eq!(config.mode, ServeMode::Standalone);
    assert_eq!(config.timezone, "Africa/Cairo");
    assert_eq!(config.misfire_grace_seconds, 300);
    assert_eq!(config.max_instances, 2);
}

#[test]
fn every_mistake_is_named_with_where_it_stands() {
    let (_folder, path) = write("workers = 0\nlisten_on = 3\nlog_format = \"xml\"\n");
    let environment = Environment::of(&[
        ("ORLOJ_TIMEZONE", "Mars/Olympus"),
        ("ORLOJ_LISTEN", "nowhere"),
    ]);
    let message = load(Flags::default(), Some(&path), &environment)
        .unwrap_err()
        .to_string();
    for part in [
        "workers",
        "listen_on",
        "log_format",
        "text or json",
        "ORLOJ_TIMEZONE",
        "ORLOJ_LISTEN",
        "orloj.toml",
    ] {
        assert!(message.contains(part), "{part} is missing in:\n{message}");
    }
}

#[test]
fn the_password_of_the_database_is_not_shown() {
    let environment = Environment::of(&[(
        "ORLOJ_DATABASE_URL",
        "postgres://orloj:hu:sh@db.example/orloj",
    )]);
    let loaded = load(Flags::default(), None, &environment).unwrap();
    assert_eq!(
        entry(&loaded, "database_url").shown,
        "postgres://orloj:***@db.example/orloj"
    );
    assert_eq!(
        loaded.config.database_url.as_deref(),
        Some("postgres://orloj:hu:sh@db.example/orloj")
    );
}

#[test]
fn a_variable_that_means_nothing_is_pointed_out() {
    let environment = Environment::of(&[("ORLOJ_LISTN", "1"), ("ORLOJ_URL", "http://x")]);
    let loaded = load(Flags::default(), None, &environment).unwrap();
    assert_eq!(
        loaded.warnings,
        ["the environment variable ORLOJ_LISTN means nothing to Orloj"]
    );
}

#[test]
fn a_profiles_token_goes_to_its_own_server_only() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("orloj")).unwrap();
    std::fs::write(
        folder.path().join("orloj/profiles.toml"),
        "default = \"home\"\n[profiles.home]\nurl = \"https://home.example/\"\ntoken = \"orl_home\"\n",
    )
    .unwrap();
    let home = folder.path().to_str().unwrap();
    let environment = Environment::of(&[("XDG_CONFIG_HOME", home)]);
    let target = ClientOptions::default().target(&environment).unwrap();
    assert_eq!(
        target,
        Target {
            url: "https://home.example".into(),
            token: Some("orl_home".into())
        }
    );
    let elsewhere = ClientOptions {
        url: Some("https://other.example".into()),
        profile: Some("home".into()),
        ..ClientOptions::default()
    };
    assert_eq!(elsewhere.target(&environment).unwrap().token, None);
    let unknown = ClientOptions {
        profile: Some("work".into()),
        ..ClientOptions::default()
    };
    assert!(unknown.target(&environment).is_err());
    assert!(!format!("{target:?}").contains("orl_home"));
}
