//! The ten job classes: which task function each stands for, and what its arguments become.
//!
//! This is the whole mapping. A class whose task function this server does not have is listed and refused.

use std::collections::HashSet;
use std::sync::OnceLock;

use orloj_tasks::Catalogue;
use serde_json::{Map, Value, json};

use crate::http::hex_id::{NOTHING, from_hex};
use crate::http::language::Language;

/// What a job of a class was given.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Arguments {
    /// Positional arguments.
    pub(super) args: Vec<Value>,
    /// Named arguments.
    pub(super) kwargs: Map<String, Value>,
}

/// What it becomes: a task function and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Work {
    pub(super) function: String,
    pub(super) parameters: Value,
}

/// Says a class's arguments in the words of its task function.
type Says = fn(&Arguments) -> Result<Value, String>;

/// A kind of job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Class {
    /// The string by which clients name it.
    pub(super) string: &'static str,
    /// Its short name.
    pub(super) name: &'static str,
    about: (&'static str, &'static str),
    /// The task function, with what its arguments become; `None` while there is no such task function.
    work: Option<(&'static str, Says)>,
}

/// The class of scripts, which may also stand for task functions that an administrator has registered.
const SCRIPT: &str = "jobs.custom.CustomScriptJob";
/// The class of health checks, which without arguments means all servers of the owner.
const HEALTH: &str = "jobs.server.ServerHealthCheckJob";

/// All classes, in the order of the seed.
pub(super) const ALL: [Class; 10] = [
    Class {
        string: "jobs.echo.EchoJob",
        name: "EchoJob",
        about: (
            "Repeats the arguments it was given.",
            "يردّد الوسائط التي أُعطيت له.",
        ),
        work: Some(("echo", echo)),
    },
    Class {
        string: HEALTH,
        name: "ServerHealthCheckJob",
        about: (
            "Checks that a registered server answers; pub_args[0] is the server's id, without it all servers of the owner are checked.",
            "يتحقق من استجابة خادم مسجَّل؛ pub_args[0] معرّف الخادم، وبدونه تُفحص كل خوادم المالك.",
        ),
        work: Some(("server_health_check", health_check)),
    },
    Class {
        string: "jobs.backup.DataBackupJob",
        name: "DataBackupJob",
        about: (
            "Backs up the database of a connection, to be downloaded from the execution; pub_kwargs: connection.",
            "يأخذ نسخة احتياطية من قاعدة بيانات أحد الاتصالات تُنزَّل من صفحة التنفيذ؛ والوسيط المسمّى: connection.",
        ),
        work: Some(("database_backup", backup)),
    },
    Class {
        string: "jobs.email.EmailNotificationJob",
        name: "EmailNotificationJob",
        about: (
            "Sends a mail to pub_args[0]; pub_kwargs: subject, message, connection.",
            "يرسل بريدًا إلى pub_args[0]؛ والوسائط المسمّاة: subject وmessage وconnection.",
        ),
        work: Some(("email", email)),
    },
    Class {
        string: "jobs.cleanup.DataCleanupJob",
        name: "DataCleanupJob",
        about: (
            "Removes old executions from the history; pub_kwargs: days_old, collections (only scheduler_executions).",
            "يحذف عمليات التنفيذ القديمة من السجل؛ والوسائط المسمّاة: days_old وcollections (فقط scheduler_executions).",
        ),
        work: Some(("history_cleanup", cleanup)),
    },
    Class {
        string: "jobs.metrics.SystemMetricsJob",
        name: "SystemMetricsJob",
        about: (
            "Measures processor, memory, file systems and network of the machine.",
            "يقيس المعالج والذاكرة وأنظمة الملفات والشبكة في الجهاز.",
        ),
        work: Some(("system_metrics", metrics)),
    },
    Class {
        string: "jobs.report.ReportGenerationJob",
        name: "ReportGenerationJob",
        about: (
            "Makes a report on jobs and their executions; pub_kwargs: report_type (daily, weekly, monthly).",
            "ينشئ تقريرًا عن المهام وعمليات تنفيذها؛ والوسيط المسمّى: report_type (daily أو weekly أو monthly).",
        ),
        work: Some(("report", report)),
    },
    Class {
        string: "jobs.webhook.WebhookJob",
        name: "WebhookJob",
        about: (
            "Calls the web address pub_args[0] with an event whose data are pub_kwargs.",
            "يستدعي عنوان الويب pub_args[0] بحدث بياناته هي pub_kwargs.",
        ),
        work: Some(("webhook", webhook)),
    },
    Class {
        string: "jobs.maintenance.MaintenanceJob",
        name: "MaintenanceJob",
        about: (
            "Looks after the scheduler's own data, or the database of a connection; pub_kwargs: tasks (rebuild_indexes, optimize_queries, clear_cache), connection.",
            "يعتني بصيانة بيانات المجدول نفسه أو قاعدة بيانات أحد الاتصالات؛ والوسائط المسمّاة: tasks (rebuild_indexes وoptimize_queries وclear_cache) وconnection.",
        ),
        work: Some(("maintenance", maintenance)),
    },
    Class {
        string: SCRIPT,
        name: "CustomScriptJob",
        about: (
            "Runs a script: its text as pub_args[0], or the name of a task function that an administrator has registered.",
            "يشغّل نصًا برمجيًا: نصه في pub_args[0]، أو اسم مهمة سجّلها مدير النظام.",
        ),
        work: Some(("script", script)),
    },
];

impl Class {
    /// The class of a string.
    pub(super) fn named(string: &str) -> Option<&'static Self> {
        ALL.iter().find(|class| class.string == string)
    }

    /// The class that stands for a task function.
    pub(super) fn of_function(function: &str) -> Option<&'static Self> {
        ALL.iter()
            .find(|class| class.work.is_some_and(|(key, _)| key == function))
    }

    /// What it does, with a remark when this server cannot do it.
    pub(super) fn description(&self, catalogue: &Catalogue, language: Language) -> String {
        let is_there = self.function(catalogue).is_some();
        match language {
            Language::English if is_there => self.about.0.to_owned(),
            Language::English => format!("{} Not available on this server.", self.about.0),
            Language::Arabic if is_there => self.about.1.to_owned(),
            Language::Arabic => format!("{} غير متاح على هذا الخادم.", self.about.1),
        }
    }

    /// Whether a job of this class that names no server means all of its owner's.
    pub(super) fn wants_all_servers(&self, arguments: &Arguments) -> bool {
        self.string == HEALTH && arguments.args.first().is_none_or(Value::is_null)
    }

    /// What a job of this class does with these arguments.
    pub(super) fn work(
        &self,
        catalogue: &Catalogue,
        arguments: &Arguments,
    ) -> Result<Work, String> {
        let Some((function, says)) = self.function(catalogue) else {
            return Err(format!(
                "The job class {} is not available on this server",
                self.name
            ));
        };
        if self.string == SCRIPT
            && let Some(work) = registered(catalogue, arguments)?
        {
            return Ok(work);
        }
        Ok(Work {
            function: function.to_owned(),
            parameters: says(arguments)?,
        })
    }

    fn function(&self, catalogue: &Catalogue) -> Option<(&'static str, Says)> {
        self.work
            .filter(|(function, _)| catalogue.get(function).is_some())
    }
}

/// The one positional argument of a class that takes one at most.
fn single(arguments: &Arguments) -> Result<Option<&Value>, String> {
    if arguments.args.len() > 1 {
        return Err("pub_args: this job class takes one positional argument at most".to_owned());
    }
    Ok(arguments.args.first().filter(|value| !value.is_null()))
}

fn text<'a>(value: &'a Value, place: &str) -> Result<&'a str, String> {
    value
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| format!("{place}: must be a text"))
}

/// Refuses named arguments that the class does not know: ignoring them would hide a mistake.
fn only(kwargs: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match kwargs.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(_) if known.is_empty() => {
            Err("pub_kwargs: this job class takes no named arguments".to_owned())
        }
        Some(name) => Err(format!(
            "pub_kwargs.{name}: this job class takes only {}",
            known.join(", ")
        )),
    }
}

/// Longest message that `echo` takes, in characters.
const ECHO_CHARS: usize = 10_000;

fn echo(arguments: &Arguments) -> Result<Value, String> {
    let mut parameters = json!({ "args": arguments.args, "kwargs": arguments.kwargs });
    let words: Vec<String> = arguments.args.iter().map(plain).collect();
    let message = words.join(" ");
    if !message.is_empty() && message.chars().count() <= ECHO_CHARS {
        parameters["message"] = message.into();
    }
    Ok(parameters)
}

/// A value as a program gets it on its command line.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn health_check(arguments: &Arguments) -> Result<Value, String> {
    only(&arguments.kwargs, &[])?;
    let numbers = arguments
        .args
        .iter()
        .map(|value| {
            value
                .as_i64()
                .or_else(|| from_hex(value.as_str()?))
                .filter(|number| *number > NOTHING)
                .ok_or_else(|| format!("pub_args: {} is not the id of a server", plain(value)))
        })
        .collect::<Result<Vec<i64>, String>>()?;
    if numbers.is_empty() {
        return Err("pub_args: name a server, or register one first".to_owned());
    }
    Ok(json!({ "serverIds": numbers }))
}

/// The connection that mail and databases are reached through unless the job names another.
const CONNECTION: &str = "default";

fn connection(kwargs: &Map<String, Value>) -> Result<&str, String> {
    kwargs
        .get("connection")
        .map_or(Ok(CONNECTION), |value| text(value, "pub_kwargs.connection"))
}

fn backup(arguments: &Arguments) -> Result<Value, String> {
    if arguments.kwargs.contains_key("collections") {
        return Err(
            "pub_kwargs.collections: only whole databases can be backed up; leave it out"
                .to_owned(),
        );
    }
    only(&arguments.kwargs, &["connection"])?;
    if single(arguments)?.is_some() {
        return Err("pub_args: this job class takes no positional arguments".to_owned());
    }
    // Kept with the execution: there it has its quota and its time, and needs no folder.
    Ok(json!({ "connection": connection(&arguments.kwargs)?, "destination": "download" }))
}

fn maintenance(arguments: &Arguments) -> Result<Value, String> {
    only(&arguments.kwargs, &["tasks", "connection"])?;
    if single(arguments)?.is_some() {
        return Err("pub_args: this job class takes no positional arguments".to_owned());
    }
    let has_connection = arguments.kwargs.contains_key("connection");
    let mut default = vec!["rebuild_indexes", "optimize_queries"];
    if !has_connection {
        default.push("clear_cache");
    }
    let default = json!(default);
    let tasks = arguments.kwargs.get("tasks").unwrap_or(&default);
    let operations = tasks
        .as_array()
        .filter(|tasks| !tasks.is_empty())
        .ok_or("pub_kwargs.tasks: must be a list of tasks")?
        .iter()
        .map(|task| match task.as_str() {
            Some("rebuild_indexes") => Ok("reindex"),
            Some("optimize_queries") => Ok("analyze"),
            Some("clear_cache") if has_connection => Err(
                "pub_kwargs.tasks: clear_cache is for the scheduler itself; leave out connection"
                    .to_owned(),
            ),
            Some("clear_cache") => Ok("caches"),
            _ => Err(format!(
                "pub_kwargs.tasks: {} is not available on this server; use rebuild_indexes, optimize_queries, clear_cache",
                plain(task)
            )),
        })
        .collect::<Result<Vec<_>, String>>()?;
    if has_connection {
        return Ok(json!({
            "connection": connection(&arguments.kwargs)?,
            "operations": operations,
        }));
    }
    Ok(json!({ "scope": "orloj", "operations": operations }))
}

fn report(arguments: &Arguments) -> Result<Value, String> {
    only(&arguments.kwargs, &["report_type"])?;
    if single(arguments)?.is_some() {
        return Err("pub_args: this job class takes no positional arguments".to_owned());
    }
    let kind = arguments
        .kwargs
        .get("report_type")
        .map_or(Ok("daily"), |value| text(value, "pub_kwargs.report_type"))?;
    let range = match kind {
        "daily" => "last_24h",
        "weekly" => "last_7d",
        "monthly" => "last_30d",
        other => {
            return Err(format!(
                "pub_kwargs.report_type: {other} is not known; use daily, weekly or monthly"
            ));
        }
    };
    Ok(json!({ "kind": "jobs", "range": range, "format": "pdf", "fileName": kind }))
}

fn email(arguments: &Arguments) -> Result<Value, String> {
    only(&arguments.kwargs, &["subject", "message", "connection"])?;
    let recipient = single(arguments)?
        .ok_or("pub_args: the first positional argument is the recipient's mail address")?;
    let said = |name: &str, default: &'static str| {
        arguments.kwargs.get(name).map_or(Ok(default), |value| {
            text(value, &format!("pub_kwargs.{name}"))
        })
    };
    Ok(json!({
        "connection": connection(&arguments.kwargs)?,
        "recipients": [text(recipient, "pub_args[0]")?],
        "subject": said("subject", "Scheduled Notification")?,
        "text": said("message", "Notification from scheduler")?,
        "templates": false,
    }))
}

fn cleanup(arguments: &Arguments) -> Result<Value, String> {
    only(&arguments.kwargs, &["days_old", "collections"])?;
    if single(arguments)?.is_some() {
        return Err("pub_args: this job class takes no positional arguments".to_owned());
    }
    if let Some(collections) = arguments.kwargs.get("collections")
        && *collections != json!(["scheduler_executions"])
    {
        return Err(
            "pub_kwargs.collections: only [\"scheduler_executions\"], the history of executions, can be cleaned on this server"
                .to_owned(),
        );
    }
    let days = arguments.kwargs.get("days_old").cloned();
    Ok(json!({ "retentionDays": days.unwrap_or_else(|| 30.into()) }))
}

fn metrics(arguments: &Arguments) -> Result<Value, String> {
    only(&arguments.kwargs, &[])?;
    match single(arguments)? {
        None => Ok(json!({})),
        Some(_) => Err("pub_args: this job class takes no arguments".to_owned()),
    }
}

fn webhook(arguments: &Arguments) -> Result<Value, String> {
    let url = single(arguments)?
        .ok_or("pub_args: the first positional argument is the web address to call")?;
    // The data travel as one value, so that braces inside them stay what they are.
    Ok(json!({
        "url": text(url, "pub_args[0]")?,
        "json": {
            "event": "scheduled_job",
            "timestamp": "{{ scheduledAt }}",
            "data": "{{ params.data }}",
        },
        "params": { "data": arguments.kwargs },
    }))
}

/// Whether the first argument of a script is its text, and not a name.
fn is_text(script: &str) -> bool {
    script.starts_with("#!") || script.trim().contains(char::is_whitespace)
}

fn script(arguments: &Arguments) -> Result<Value, String> {
    let (script, rest) = script_argument(arguments)?;
    if !is_text(script) {
        return Err(format!(
            "pub_args[0]: there is no registered script {}; name one that an administrator has registered, or send the text of the script",
            script.trim()
        ));
    }
    let env: Map<String, Value> = arguments
        .kwargs
        .iter()
        .map(|(name, value)| (name.clone(), plain(value).into()))
        .collect();
    let args: Vec<String> = rest.iter().map(plain).collect();
    Ok(json!({ "interpreter": interpreter(script), "script": script, "args": args, "env": env }))
}

fn script_argument(arguments: &Arguments) -> Result<(&str, &[Value]), String> {
    let (first, rest) = arguments
        .args
        .split_first()
        .ok_or("pub_args: the first positional argument is the script")?;
    match first.as_str() {
        Some(script) if !script.trim().is_empty() => Ok((script, rest)),
        _ => Err("pub_args[0]: must be a text".to_owned()),
    }
}

/// The interpreter that a script's first line names; the shell without one.
fn interpreter(script: &str) -> &str {
    let Some(line) = script
        .strip_prefix("#!")
        .and_then(|rest| rest.lines().next())
    else {
        return "sh";
    };
    let mut words = line.split_whitespace();
    let program = |word: &'_ str| word.rfind('/').map_or(0, |slash| slash + 1);
    let first = words.next().unwrap_or("sh");
    let name = &first[program(first)..];
    if name != "env" {
        return name;
    }
    words.find(|word| !word.starts_with('-')).unwrap_or("sh")
}

/// The registered task function that a script's name means. Built-in ones are none: they have classes of their own.
fn registered(catalogue: &Catalogue, arguments: &Arguments) -> Result<Option<Work>, String> {
    static BUILT_IN: OnceLock<HashSet<String>> = OnceLock::new();
    let built_in = BUILT_IN.get_or_init(|| {
        Catalogue::builtin()
            .iter()
            .map(|function| function.info().key.clone())
            .collect()
    });
    let (name, rest) = script_argument(arguments)?;
    let name = name.trim();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let key = [name, stem]
        .into_iter()
        .find(|key| catalogue.get(key).is_some() && !built_in.contains(*key));
    match key {
        None => Ok(None),
        Some(key) if rest.is_empty() => Ok(Some(Work {
            function: key.to_owned(),
            parameters: Value::Object(arguments.kwargs.clone()),
        })),
        Some(_) => Err(
            "pub_args: a registered script takes its parameters by name, in pub_kwargs".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, Arguments, Class, interpreter};
    use orloj_tasks::{Catalogue, Policy};
    use serde_json::{Value, json};

    fn work(class: &str, args: Value, kwargs: Value) -> Result<(String, Value), String> {
        let arguments = Arguments {
            args: args.as_array().cloned().unwrap_or_default(),
            kwargs: kwargs.as_object().cloned().unwrap_or_default(),
        };
        let catalogue = Catalogue::builtin();
        let policy = Policy {
            script_interpreters: [("sh".to_owned(), "/bin/sh".into())].into(),
            export_dir: Some("/tmp".into()),
            ..Policy::default()
        };
        let work = Class::named(class).unwrap().work(&catalogue, &arguments)?;
        let function = catalogue.get(&work.function).unwrap();
        function
            .check(&work.parameters, &policy)
            .map_err(|errors| format!("{errors:?}"))?;
        Ok((work.function, work.parameters))
    }

    #[test]
    fn every_class_with_a_function_makes_parameters_that_the_function_takes() {
        for (class, args, kwargs, function) in [
            (
                "jobs.echo.EchoJob",
                json!(["Hello", "World"]),
                json!({}),
                "echo",
            ),
            ("jobs.echo.EchoJob", json!([]), json!({"a": [1]}), "echo"),
            (
                "jobs.server.ServerHealthCheckJob",
                json!(["000000000000000000000007"]),
                json!({}),
                "server_health_check",
            ),
            (
                "jobs.server.ServerHealthCheckJob",
                json!([7]),
                json!({}),
                "server_health_check",
            ),
            (
                "jobs.email.EmailNotificationJob",
                json!(["a@example.com"]),
                json!({"subject": "{{"}),
                "email",
            ),
            (
                "jobs.cleanup.DataCleanupJob",
                json!([]),
                json!({"days_old": 7, "collections": ["scheduler_executions"]}),
                "history_cleanup",
            ),
            (
                "jobs.metrics.SystemMetricsJob",
                json!([]),
                json!({}),
                "system_metrics",
            ),
            (
                "jobs.report.ReportGenerationJob",
                json!([]),
                json!({}),
                "report",
            ),
            (
                "jobs.report.ReportGenerationJob",
                json!([]),
                json!({"report_type": "weekly"}),
                "report",
            ),
            (
                "jobs.backup.DataBackupJob",
                json!([]),
                json!({"connection": "shop"}),
                "database_backup",
            ),
            (
                "jobs.maintenance.MaintenanceJob",
                json!([]),
                json!({}),
                "maintenance",
            ),
            (
                "jobs.maintenance.MaintenanceJob",
                json!([]),
                json!({"tasks": ["rebuild_indexes"], "connection": "shop"}),
                "maintenance",
            ),
            (
                "jobs.webhook.WebhookJob",
                json!(["https://example.com/webhook"]),
                json!({"n": "{{ x }}"}),
                "webhook",
            ),
            (
                "jobs.custom.CustomScriptJob",
                json!(["echo hello", 1]),
                json!({"STAGE": "test"}),
                "script",
            ),
        ] {
            assert_eq!(work(class, args, kwargs).unwrap().0, function);
        }
    }

    #[test]
    fn arguments_that_mean_nothing_are_refused() {
        for (class, args, kwargs) in [
            (
                "jobs.server.ServerHealthCheckJob",
                json!(["server_123"]),
                json!({}),
            ),
            (
                "jobs.server.ServerHealthCheckJob",
                json!(["507f1f77bcf86cd799439011"]),
                json!({}),
            ),
            ("jobs.email.EmailNotificationJob", json!([]), json!({})),
            (
                "jobs.email.EmailNotificationJob",
                json!(["a@example.com"]),
                json!({"cc": "x"}),
            ),
            (
                "jobs.cleanup.DataCleanupJob",
                json!([]),
                json!({"days_old": 0}),
            ),
            (
                "jobs.cleanup.DataCleanupJob",
                json!([]),
                json!({"collections": ["users"]}),
            ),
            ("jobs.webhook.WebhookJob", json!([]), json!({})),
            (
                "jobs.webhook.WebhookJob",
                json!(["http://127.0.0.1/"]),
                json!({}),
            ),
            (
                "jobs.custom.CustomScriptJob",
                json!(["default_script.sh"]),
                json!({}),
            ),
            ("jobs.custom.CustomScriptJob", json!(["echo"]), json!({})),
            (
                "jobs.report.ReportGenerationJob",
                json!([]),
                json!({"report_type": "yearly"}),
            ),
            (
                "jobs.backup.DataBackupJob",
                json!([]),
                json!({"collections": ["users"]}),
            ),
            (
                "jobs.maintenance.MaintenanceJob",
                json!([]),
                json!({"tasks": ["clear_cache"], "connection": "shop"}),
            ),
        ] {
            assert!(work(class, args.clone(), kwargs).is_err(), "{class} {args}");
        }
    }

    #[test]
    fn a_function_belongs_to_one_class() {
        let mut functions: Vec<_> = ALL.iter().filter_map(|class| Some(class.work?.0)).collect();
        let count = functions.len();
        functions.sort_unstable();
        functions.dedup();
        assert_eq!(functions.len(), count);
    }

    #[test]
    fn the_first_line_of_a_script_names_its_interpreter() {
        for (script, name) in [
            ("echo 1", "sh"),
            ("#!/bin/bash\necho 1", "bash"),
            ("#!/usr/bin/env python3\nprint(1)", "python3"),
            ("#!/usr/bin/env -S node --trace\n", "node"),
            ("#!", "sh"),
        ] {
            assert_eq!(interpreter(script), name, "{script}");
        }
    }
}
