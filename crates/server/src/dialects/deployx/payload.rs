//! What a task does: payloads as parameters of task functions, and back.

use serde_json::{Map, Value, json};

use super::body::{CommandPayload, FilePayload, Payloads, SoftwarePayload, TaskType};

/// Shells that only Windows has.
const WINDOWS_SHELLS: [&str; 3] = ["cmd", "powershell", "pwsh"];

/// Seconds that one command may take, as the service did that this surface stands in for.
const COMMAND_SECONDS: u32 = 300;

/// What a task is given: the payload as its client reads it back, and the parameters of its function.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub(super) payload: Value,
    pub(super) parameters: Value,
}

/// The work that a request asks for. An error is a sentence.
pub(super) fn work(kind: TaskType, payloads: Payloads, targets: Value) -> Result<Work, String> {
    let Payloads {
        command,
        software,
        file,
    } = payloads;
    let foreign = [
        ("command_payload", command.is_some(), TaskType::Command),
        (
            "software_payload",
            software.is_some(),
            TaskType::SoftwareDeployment,
        ),
        ("file_payload", file.is_some(), TaskType::FileDeployment),
    ]
    .into_iter()
    .find(|(_, is_given, of)| *is_given && *of != kind);
    if let Some((name, ..)) = foreign {
        return Err(format!("{name}: does not belong to this task_type"));
    }
    let missing = |name: &str| format!("{name} is required for {} tasks", kind.short());
    let (payload, mut parameters) = match kind {
        TaskType::Command => {
            let payload = command.ok_or_else(|| missing("command_payload"))?;
            (json!(payload), from_command(payload)?)
        }
        TaskType::SoftwareDeployment => {
            let payload = software.ok_or_else(|| missing("software_payload"))?;
            (json!(payload), from_software(payload)?)
        }
        TaskType::FileDeployment => {
            let payload = file.ok_or_else(|| missing("file_payload"))?;
            (json!(payload), from_file(payload)?)
        }
    };
    parameters.insert("targets".to_owned(), targets);
    Ok(Work {
        payload,
        parameters: Value::Object(parameters),
    })
}

fn from_command(payload: CommandPayload) -> Result<Map<String, Value>, String> {
    let commands = payload.commands.filter(|list| !list.is_empty());
    if payload.strategy.chars().count() > 50 {
        return Err("command_payload.strategy: at most 50 characters".to_owned());
    }
    let mut parameters = Map::new();
    match (commands, payload.command) {
        (Some(list), _) => parameters.insert("commands".to_owned(), json!(list)),
        (None, Some(one)) => parameters.insert("command".to_owned(), json!(one)),
        (None, None) => {
            return Err("Either command or commands must be provided".to_owned());
        }
    };
    // Devices of the other kind take the shell they have: `cmd` is what clients send when nobody chose.
    let shell = payload.shell.trim().to_owned();
    if WINDOWS_SHELLS.contains(&shell.as_str()) {
        parameters.insert("shells".to_owned(), json!({ "windows": shell }));
    } else if !shell.is_empty() {
        let shells = json!({ "linux": shell, "macos": shell });
        parameters.insert("shells".to_owned(), shells);
    }
    parameters.insert("stopOnFailure".to_owned(), json!(payload.stop_on_failure));
    parameters.insert("timeoutSeconds".to_owned(), json!(COMMAND_SECONDS));
    Ok(parameters)
}

fn from_software(payload: SoftwarePayload) -> Result<Map<String, Value>, String> {
    let packages: Vec<String> = payload
        .custom_software
        .unwrap_or_default()
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    if payload.software_ids.is_empty() && packages.is_empty() {
        return Err(
            "software_payload: name at least one of software_ids, or custom_software".to_owned(),
        );
    }
    let mut parameters = Map::new();
    parameters.insert("software".to_owned(), json!(payload.software_ids));
    if !packages.is_empty() {
        parameters.insert("packages".to_owned(), json!(packages));
    }
    named(&mut parameters, payload.deployment_name);
    Ok(parameters)
}

fn from_file(payload: FilePayload) -> Result<Map<String, Value>, String> {
    if payload.file_ids.is_empty() {
        return Err("file_payload.file_ids: name at least one file".to_owned());
    }
    if payload.target_path.trim().is_empty() {
        return Err("file_payload.target_path: must not be blank".to_owned());
    }
    let mut parameters = Map::new();
    parameters.insert("files".to_owned(), json!(payload.file_ids));
    parameters.insert("targetPath".to_owned(), json!(payload.target_path));
    parameters.insert(
        "createPath".to_owned(),
        json!(payload.create_path_if_not_exists),
    );
    named(&mut parameters, payload.deployment_name);
    Ok(parameters)
}

fn named(parameters: &mut Map<String, Value>, name: Option<String>) {
    if let Some(name) = name {
        parameters.insert("deploymentName".to_owned(), json!(name));
    }
}

/// The targets of a task; what else there is of `before` (batches, offline devices, …) stays.
pub(super) fn targets(devices: &[i64], groups: &[i64], before: Option<&Value>) -> Value {
    let mut targets = before
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    targets.insert("devices".to_owned(), json!(unique(devices)));
    targets.insert("groups".to_owned(), json!(unique(groups)));
    Value::Object(targets)
}

fn unique(numbers: &[i64]) -> Vec<i64> {
    let mut all = Vec::with_capacity(numbers.len());
    for number in numbers {
        if !all.contains(number) {
            all.push(*number);
        }
    }
    all
}

/// Numbers of the devices or groups that parameters name.
pub(super) fn targeted(parameters: &Value, noun: &str) -> Vec<i64> {
    parameters["targets"][noun]
        .as_array()
        .map(|list| list.iter().filter_map(Value::as_i64).collect())
        .unwrap_or_default()
}

/// The payload of a job that was made or changed elsewhere.
pub(super) fn to_payload(kind: TaskType, parameters: &Value) -> Value {
    match kind {
        TaskType::Command => {
            let shells = &parameters["shells"];
            let shell = [&shells["windows"], &shells["linux"], &parameters["shell"]]
                .into_iter()
                .find_map(Value::as_str)
                .unwrap_or("cmd");
            json!({
                "command": parameters["command"],
                "commands": parameters["commands"],
                "shell": shell,
                "strategy": "transactional",
                "stop_on_failure": parameters["stopOnFailure"].as_bool().unwrap_or(true),
                "config": {},
            })
        }
        TaskType::SoftwareDeployment => {
            let packages: Vec<&str> = parameters["packages"]
                .as_array()
                .map(|list| list.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            json!({
                "software_ids": parameters["software"].as_array().cloned().unwrap_or_default(),
                "deployment_name": parameters["deploymentName"],
                "custom_software": (!packages.is_empty()).then(|| packages.join(", ")),
            })
        }
        TaskType::FileDeployment => json!({
            "file_ids": parameters["files"].as_array().cloned().unwrap_or_default(),
            "target_path": parameters["targetPath"],
            "create_path_if_not_exists": parameters["createPath"].as_bool().unwrap_or(true),
            "deployment_name": parameters["deploymentName"],
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Payloads, TaskType, targets, work};

    fn command(text: serde_json::Value) -> Payloads {
        Payloads {
            command: Some(serde_json::from_value(text).unwrap()),
            ..Payloads::default()
        }
    }

    #[test]
    fn a_list_of_commands_counts_instead_of_the_single_one() {
        let to = targets(&[1, 2, 1], &[], None);
        let both = command(json!({"command": "a", "commands": ["b", "c"], "shell": "bash"}));
        let work = work(TaskType::Command, both, to).unwrap();
        assert_eq!(
            work.parameters,
            json!({"commands": ["b", "c"], "shells": {"linux": "bash", "macos": "bash"}, "stopOnFailure": true, "timeoutSeconds": 300, "targets": {"devices": [1, 2], "groups": []}})
        );
    }

    #[test]
    fn what_does_nothing_is_refused() {
        let to = || targets(&[1], &[], None);
        let of = |kind, payloads| work(kind, payloads, to()).unwrap_err();
        assert!(of(TaskType::Command, command(json!({}))).contains("command or commands"));
        assert!(of(TaskType::Command, Payloads::default()).contains("command_payload is required"));
        assert!(
            of(TaskType::FileDeployment, command(json!({"command": "a"})))
                .starts_with("command_payload:")
        );
        let software = Payloads {
            software: Some(Default::default()),
            ..Payloads::default()
        };
        assert!(of(TaskType::SoftwareDeployment, software).starts_with("software_payload:"));
    }
}
