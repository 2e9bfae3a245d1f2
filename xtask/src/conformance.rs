//! schemathesis against a live server: no input may cause a server error or an answer that the document does not describe.

use anyhow::{Result, bail};

use crate::server::Server;
use crate::shell::Shell;
use crate::{install, python, web};

/// Runs schemathesis with an administrator's token. The server must be built.
pub(crate) fn check(shell: &Shell) -> Result<()> {
    let python = python::with_packages(shell, &[("schemathesis", "schemathesis")])?;
    let program = python.with_file_name("schemathesis");
    if !install::is_program(&program) {
        bail!("schemathesis is installed without its program");
    }
    let server = Server::start(shell)?;
    let token = server.token(shell)?;
    let url = server.url();
    let execution = execution(shell, &server, &token)?;
    // Nobody guesses a UUID: without this one, no request would get beyond "not found".
    std::fs::write(
        server.folder().join("schemathesis.toml"),
        format!("[parameters]\n\"path.execution\" = \"{execution}\"\n"),
    )?;
    let mut command = shell.command(program);
    command
        .current_dir(server.folder())
        .args(["run", &format!("{url}/openapi.json")])
        .args(["--url", &url])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--checks", CHECKS])
        .args(["--phases", "examples,coverage,fuzzing"])
        .args(["--max-examples", "25"])
        .args(["--exclude-path-regex", EXCLUDED])
        .args(["--request-timeout", "30"])
        // A connection that the server closes after refusing a request unread may be picked for the next one.
        .args(["--request-retries", "3"])
        .args(["--continue-on-failure", "--no-color"])
        // The same cases every time: a failure must be there again at the next run.
        .args(["--seed", "607315"]);
    let ended = shell.run(&mut command);
    if ended.is_err()
        && let Ok(log) = std::fs::read_to_string(server.log())
    {
        let errors: Vec<&str> = log.lines().filter(|line| line.contains("ERROR")).collect();
        eprintln!("errors in the server's log: {}", errors.len());
        for line in errors.iter().take(20) {
            eprintln!("  {line}");
        }
    }
    ended
}

/// Runs a job that writes and fails; answers the UUID of the execution.
fn execution(shell: &Shell, server: &Server, token: &str) -> Result<String> {
    let orloj = |arguments: &[&str]| {
        let mut command = shell.command(web::server_program(&shell.target()));
        command
            .args(arguments)
            .env("ORLOJ_URL", server.url())
            .env("ORLOJ_TOKEN", token);
        shell.read(&mut command)
    };
    let script = "script=echo one; echo two >&2; exit 1";
    orloj(&[
        "job", "create", "--task", "script", "--name", "one run", "--manual", "-p", script,
    ])?;
    let execution = orloj(&["job", "run", "one run", "-o", "name"])?;
    let execution = execution.trim().to_owned();
    orloj(&["execution", "logs", &execution, "--follow"])?;
    Ok(execution)
}

/// Every answer is none of 5xx, has a status, a content type and a body that the document describes.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance";

/// Endless streams, and what would end the session or the token that the run itself uses.
const EXCLUDED: &str =
    r"/(events|session|tokens/\{[^}]*\}|account/password|users/\{[^}]*\}(/.*)?)$";
