//! Every setting of a server process, with its documentation: one row each.

/// One setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// Name in the file; the environment variable is `ORLOJ_` and the name in capitals.
    pub(crate) key: &'static str,
    /// The default as text; `None` when the setting is simply absent by default.
    pub(crate) default: Option<&'static str>,
    /// A further environment variable, from the system that Orloj takes the place of.
    pub(crate) alias: Option<&'static str>,
    /// What it means, with its unit.
    pub(crate) help: &'static str,
    /// Whether the value may not be shown.
    pub(crate) is_secret: bool,
}

impl Setting {
    /// The environment variable.
    pub(crate) fn variable(&self) -> String {
        format!("ORLOJ_{}", self.key.to_uppercase())
    }

    /// The setting of a key.
    pub(crate) fn of(key: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }
}

const fn setting(key: &'static str, default: Option<&'static str>, help: &'static str) -> Setting {
    Setting {
        key,
        default,
        alias: None,
        help,
        is_secret: false,
    }
}

const fn alias(setting: Setting, variable: &'static str) -> Setting {
    Setting {
        alias: Some(variable),
        ..setting
    }
}

/// All of them, in the order in which they are shown.
pub(crate) const SETTINGS: &[Setting] = &[
    setting(
        "listen",
        Some("127.0.0.1:8000"),
        "Address and port of the HTTP server.",
    ),
    setting(
        "public_url",
        None,
        "How browsers reach the server (`https://orloj.example.org`), for links that Orloj prints. Default: the listen address.",
    ),
    setting(
        "data_dir",
        Some("./orloj-data"),
        "Folder of the SQLite file and of the socket for local administration. Only the server's account should read it.",
    ),
    Setting {
        is_secret: true,
        ..setting(
            "database_url",
            None,
            "PostgreSQL URL (`postgres://user:password@host/database`). Without it: SQLite at `<data_dir>/orloj.db`.",
        )
    },
    Setting {
        is_secret: true,
        ..setting(
            "secret_key",
            None,
            "Key under which secrets are encrypted: 64 hexadecimal digits. Without it: the file `orloj.key` in the data folder, made at the first start.",
        )
    },
    Setting {
        is_secret: true,
        ..setting(
            "secret_key_previous",
            None,
            "The key before, for the one start after `secret_key` was changed: what it encrypted is encrypted anew.",
        )
    },
    alias(
        setting(
            "mode",
            Some("embedded"),
            "`embedded`: `orloj serve` schedules too. `standalone`: it only answers the API, and `orloj scheduler` processes schedule (needs PostgreSQL).",
        ),
        "SCHEDULER_MODE",
    ),
    setting(
        "instance_name",
        None,
        "Name of this process in the list of instances. Default: mode and host name.",
    ),
    setting(
        "workers",
        Some("32"),
        "Executions that this process runs at the same time.",
    ),
    alias(
        setting(
            "timezone",
            Some("UTC"),
            "Time zone of jobs that name none (IANA name).",
        ),
        "SCHEDULER_TIMEZONE",
    ),
    alias(
        setting(
            "misfire_grace_seconds",
            Some("60"),
            "How late, in seconds, an instant may still start, for jobs that do not say.",
        ),
        "SCHEDULER_MISFIRE_GRACE_TIME",
    ),
    alias(
        setting(
            "max_instances",
            Some("1"),
            "How many runs of one job may overlap (1 to 10), for jobs that do not say.",
        ),
        "SCHEDULER_MAX_INSTANCES",
    ),
    setting(
        "retention_days",
        Some("30"),
        "Days that finished executions and their logs are kept, for jobs that do not say.",
    ),
    setting(
        "artifact_days",
        Some("30"),
        "Days that files of executions are kept, for jobs that do not say. They go with their executions at the latest.",
    ),
    setting(
        "artifact_owner_megabytes",
        Some("1024"),
        "Megabytes (of 1,048,576 bytes) of such files that the jobs of one owner may have.",
    ),
    setting(
        "artifact_total_megabytes",
        Some("10240"),
        "Megabytes of such files in all. They are kept in the database: see that its disk has room for them.",
    ),
    setting(
        "file_megabytes",
        Some("2048"),
        "Megabytes (of 1,048,576 bytes) of one file that is uploaded for devices.",
    ),
    setting(
        "file_owner_megabytes",
        Some("10240"),
        "Megabytes of such files that one owner may have. They are kept in the database: see that its disk has room for them.",
    ),
    setting(
        "drain_seconds",
        Some("30"),
        "Seconds that running executions get to end after the process is asked to stop.",
    ),
    setting(
        "task_functions_dir",
        None,
        "Folder with task functions of your own (a `task.toml` each). Default: `<data_dir>/task-functions`.",
    ),
    setting(
        "allow_private_addresses",
        Some("false"),
        "Whether jobs may call private and loopback addresses over HTTP.",
    ),
    setting(
        "allowed_hosts",
        Some(""),
        "Exceptions to that: host names, addresses or CIDR blocks, each with `:port` if wanted; a list, in the environment separated by commas.",
    ),
    setting(
        "script_env_allow",
        Some(""),
        "Environment variables of the server that scripts may see besides PATH, HOME, LANG, LC_ALL, TZ and TMPDIR; a list.",
    ),
    setting(
        "script_run_as",
        None,
        "Account that scripts run as (the server must run as root). Default: the server's own.",
    ),
    setting(
        "max_output_bytes",
        Some("10485760"),
        "Bytes of output that one execution may keep; what comes after is counted and dropped.",
    ),
    setting(
        "max_response_bytes",
        Some("262144"),
        "Bytes of an HTTP answer that are kept in the result of a webhook.",
    ),
    setting(
        "kill_grace_seconds",
        Some("5"),
        "Seconds between asking a program to end and ending it by force.",
    ),
    setting(
        "open_metrics",
        Some("false"),
        "Whether `/metrics` answers anybody. Otherwise: administrators' tokens, and requests from this machine.",
    ),
    setting(
        "trusted_proxies",
        Some(""),
        "Addresses of reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; a list.",
    ),
    setting(
        "log",
        Some("info"),
        "What is logged: `error`, `warn`, `info`, `debug`, `trace`, also by module (`info,orloj_engine=debug`).",
    ),
    setting(
        "log_format",
        Some("text"),
        "`text` for people, `json` for programs (one object a line).",
    ),
];
