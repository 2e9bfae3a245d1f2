//! Crontabs as Debian's cron reads them (crontab(5)): variables, five fields or a word beginning with @, and a command
//! in which % begins the standard input.

use std::collections::{BTreeMap, HashMap};

use orloj_schedule::{RuleSpec, Spec};
use serde_json::{Map, Value, json};

use super::super::apply::Wanted;

/// Longest name that is taken from a command, in characters.
const NAME: usize = 80;

/// What a crontab says.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// One for each line that runs something.
    pub(super) jobs: Vec<Wanted>,
    /// What was understood and is not taken over, with its line.
    pub(super) remarks: Vec<String>,
    /// What was not understood, with its line.
    pub(super) mistakes: Vec<String>,
}

/// Reads a crontab. `system`: lines name an account. `zone`: where CRON_TZ says nothing.
pub(super) fn read(text: &str, system: bool, zone: Option<&str>) -> Read {
    let mut read = Read::default();
    let mut around = Around {
        zone: zone.map(str::to_owned),
        interpreter: "sh".to_owned(),
        variables: BTreeMap::new(),
    };
    let mut names: HashMap<String, u32> = HashMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let number = index + 1;
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some((name, value)) = assignment(line) {
            if let Some(remark) = around.assign(name, value) {
                read.remarks.push(format!("line {number}: {remark}"));
            }
            continue;
        }
        match job(line, system, &around) {
            Ok((mut wanted, remark)) => {
                let count = names.entry(wanted.name.clone()).or_default();
                *count += 1;
                if *count > 1 {
                    wanted.name = format!("{} ({count})", wanted.name);
                }
                wanted
                    .members
                    .insert("nameEn".to_owned(), wanted.name.clone().into());
                read.jobs.push(wanted);
                read.remarks
                    .extend(remark.map(|remark| format!("line {number}: {remark}")));
            }
            Err(Refusal::LeftOut(remark)) => read.remarks.push(format!("line {number}: {remark}")),
            Err(Refusal::Mistake(mistake)) => {
                read.mistakes.push(format!("line {number}: {mistake}"))
            }
        }
    }
    read
}

enum Refusal {
    LeftOut(String),
    Mistake(String),
}

/// What the lines above say about a line.
struct Around {
    zone: Option<String>,
    interpreter: String,
    variables: BTreeMap<String, String>,
}

impl Around {
    fn assign(&mut self, name: &str, value: &str) -> Option<String> {
        match name {
            "CRON_TZ" => self.zone = Some(value.to_owned()),
            "SHELL" => {
                self.interpreter = value.rsplit('/').next().unwrap_or(value).to_owned();
            }
            "MAILTO" | "MAILFROM" => {
                return Some(format!(
                    "{name} is not taken over; output is kept as a log, and rules for notifications say who hears of failures"
                ));
            }
            "LOGNAME" | "USER" => {
                return Some(format!(
                    "{name} is not taken over; cron does not let it be set either"
                ));
            }
            _ => {
                self.variables.insert(name.to_owned(), value.to_owned());
            }
        }
        None
    }
}

/// `NAME = value`, either in quotes that match.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let (name, value) = (unquoted(name.trim()), unquoted(value.trim()));
    let is_name = name
        .chars()
        .all(|next| next.is_ascii_alphanumeric() || next == '_')
        && name
            .chars()
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    is_name.then_some((name, value))
}

fn unquoted(text: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(text)
}

fn job(line: &str, system: bool, around: &Around) -> Result<(Wanted, Option<String>), Refusal> {
    let fields = if line.starts_with('@') { 1 } else { 5 };
    let (expression, rest) = split(line, fields)
        .ok_or_else(|| Refusal::Mistake("five fields and a command are expected".to_owned()))?;
    if expression == "@reboot" {
        return Err(Refusal::LeftOut(
            "@reboot has no instant and is left out; let the service manager run it".to_owned(),
        ));
    }
    let (account, command) = if system {
        let (account, command) = split(rest, 1)
            .ok_or_else(|| Refusal::Mistake("an account and a command are expected".to_owned()))?;
        (Some(account), command)
    } else {
        (None, rest)
    };
    let mut spec = Spec::new(RuleSpec::Cron {
        expression: expression.clone(),
    });
    if let Some(zone) = &around.zone {
        spec = spec.in_zone(zone);
    }
    spec.compile(0)
        .map_err(|error| Refusal::Mistake(error.to_string()))?;
    let (command, input) = input(command);
    let mut parameters = Map::new();
    parameters.insert("interpreter".to_owned(), around.interpreter.clone().into());
    // Cron starts in the home folder; without arguments, cd goes there.
    parameters.insert(
        "script".to_owned(),
        format!("cd || exit\n{command}\n").into(),
    );
    if !around.variables.is_empty() {
        parameters.insert("env".to_owned(), json!(around.variables));
    }
    if let Some(input) = input {
        parameters.insert("stdin".to_owned(), input.into());
    }
    let mut members = Map::from_iter([
        ("taskFunctionKey".to_owned(), Value::from("script")),
        ("cronExpression".to_owned(), expression.into()),
        ("parameters".to_owned(), parameters.into()),
    ]);
    if let Some(zone) = &around.zone {
        members.insert("timezone".to_owned(), zone.clone().into());
    }
    let remark = account.filter(|account| account != "root").map(|account| {
        format!("the account {account} is not taken over; scripts run as the server's, or as script_run_as says")
    });
    Ok((
        Wanted {
            name: name(&command),
            members,
        },
        remark,
    ))
}

/// The first fields with single spaces between them, and what follows.
fn split(line: &str, fields: usize) -> Option<(String, &str)> {
    let mut rest = line.trim_start();
    let mut found = Vec::with_capacity(fields);
    for _ in 0..fields {
        let end = rest.find(char::is_whitespace)?;
        found.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    (!rest.is_empty()).then(|| (found.join(" "), rest))
}

/// The command, and what follows its first %: the lines of its input. A % after a backslash is itself.
fn input(command: &str) -> (String, Option<String>) {
    let mut parts = vec![String::new()];
    let mut characters = command.chars().peekable();
    while let Some(next) = characters.next() {
        match next {
            '\\' if characters.peek() == Some(&'%') => {
                characters.next();
                if let Some(part) = parts.last_mut() {
                    part.push('%');
                }
            }
            '%' => parts.push(String::new()),
            other => {
                if let Some(part) = parts.last_mut() {
                    part.push(other);
                }
            }
        }
    }
    let lines = parts.split_off(1);
    let command = parts.pop().unwrap_or_default();
    let input = (!lines.is_empty()).then(|| lines.join("\n") + "\n");
    (command.trim_end().to_owned(), input)
}

fn name(command: &str) -> String {
    let line: String = command.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= NAME {
        return line;
    }
    let mut short: String = line.chars().take(NAME - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_jobs_with_what_stands_above_them() {
        let read = read(
            "# nightly\nMAILTO=ops@example.org\nSHELL = \"/bin/bash\"\nSTAGE='live'\n30 3 * * *\t/usr/local/bin/backup.sh  --all\n\
             CRON_TZ=Africa/Cairo\n@daily cat%one\\% line%two\n@reboot /bin/warm\n@daily cat%again\n",
            false,
            Some("Europe/Berlin"),
        );
        assert_eq!(read.mistakes, Vec::<String>::new());
        let [mail, reboot] = read.remarks.as_slice() else {
            panic!("{:?}", read.remarks);
        };
        assert!(mail.starts_with("line 2: MAILTO"), "{mail}");
        assert!(reboot.starts_with("line 8: @reboot"), "{reboot}");
        let jobs: Vec<Value> = read
            .jobs
            .into_iter()
            .map(|job| Value::Object(job.members))
            .collect();
        assert_eq!(
            jobs[0],
            json!({
                "nameEn": "/usr/local/bin/backup.sh --all",
                "taskFunctionKey": "script",
                "cronExpression": "30 3 * * *",
                "timezone": "Europe/Berlin",
                "parameters": {
                    "interpreter": "bash",
                    "script": "cd || exit\n/usr/local/bin/backup.sh  --all\n",
                    "env": { "STAGE": "live" },
                },
            })
        );
        assert_eq!(jobs[1]["timezone"], "Africa/Cairo");
        assert_eq!(jobs[1]["cronExpression"], "@daily");
        assert_eq!(jobs[1]["parameters"]["stdin"], "one% line\ntwo\n");
        assert_eq!(jobs[2]["nameEn"], "cat (2)");
    }

    #[test]
    fn a_system_crontab_names_accounts() {
        let read = read(
            "17 * * * * root run-parts /etc/cron.hourly\n5 4 * * sun www-data tidy\n",
            true,
            None,
        );
        assert_eq!(read.jobs[0].name, "run-parts /etc/cron.hourly");
        assert_eq!(read.jobs[1].name, "tidy");
        assert_eq!(read.remarks.len(), 1);
        assert!(read.remarks[0].contains("www-data"));
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_line() {
        let read = read(
            "* * * *\n61 * * * * x\n\n* * * * * y\n",
            false,
            Some("Nowhere/Land"),
        );
        assert_eq!(read.jobs.len(), 0);
        let starts: Vec<&str> = read.mistakes.iter().map(|mistake| &mistake[..7]).collect();
        assert_eq!(starts, ["line 1:", "line 2:", "line 4:"]);
    }
}
