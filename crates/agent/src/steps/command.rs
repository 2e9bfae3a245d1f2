//! A text for a shell.

use std::process::Stdio;
use std::time::{Duration, Instant};

use orloj_wire::agent::{CommandStep, StepResult, Stream};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

use super::{Ended, Scene};
use crate::platform::{self, Family};

/// Time between the polite and the final signal.
const GRACE: Duration = Duration::from_secs(5);
/// How long output is still read after the command has ended: what it left running may hold the pipe for ever.
const TAIL: Duration = Duration::from_secs(2);

pub(super) async fn run(scene: &Scene<'_>, step: &CommandStep) -> Ended {
    let begun = Instant::now();
    let result = |exit_code: Option<i64>, problem: Option<String>| StepResult {
        kind: "command".to_owned(),
        succeeded: problem.is_none(),
        exit_code,
        reason: problem,
        duration_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        details: serde_json::Map::new(),
    };
    let mut family = match start(scene, step) {
        Ok(family) => family,
        Err(problem) => return Ended::Done(result(None, Some(problem))),
    };
    let (stdout, stderr) = family.output();
    let reading = async {
        tokio::join!(
            relay(scene, Stream::Stdout, stdout),
            relay(scene, Stream::Stderr, stderr)
        );
    };
    tokio::pin!(reading);
    let mut has_read = false;
    let limit = tokio::time::sleep(Duration::from_secs(u64::from(step.limit_seconds)));
    tokio::pin!(limit);
    enum Why {
        Ended(std::io::Result<platform::Exit>),
        TimedOut,
        Stopped,
    }
    let why = loop {
        tokio::select! {
            exit = family.wait() => break Why::Ended(exit),
            () = &mut reading, if !has_read => has_read = true,
            () = &mut limit => break Why::TimedOut,
            () = scene.stop.cancelled() => break Why::Stopped,
        }
    };
    if !matches!(why, Why::Ended(_)) {
        let ending = family.end(GRACE);
        tokio::pin!(ending);
        loop {
            tokio::select! {
                () = &mut ending => break,
                () = &mut reading, if !has_read => has_read = true,
            }
        }
    }
    // What was started beside it and outlived it.
    platform::end_leftovers(scene.mark);
    if !has_read {
        // A pipe that somebody still holds is not waited for.
        let _ = tokio::time::timeout(TAIL, reading).await;
    }
    if step.cwd.is_none() {
        // What cannot be removed now is removed with the folder of all work at the next start.
        let _ = tokio::fs::remove_dir_all(scene.work_dir).await;
    }
    match why {
        Why::TimedOut => {
            let reason = format!("stopped after its limit of {} seconds", step.limit_seconds);
            Ended::TimedOut(result(None, Some(reason)))
        }
        Why::Stopped => Ended::Stopped(result(None, Some("stopped".to_owned()))),
        Why::Ended(Ok(platform::Exit::Code(code))) => {
            let good = step.success_codes.contains(&code);
            let problem = (!good).then(|| format!("exit code {code}"));
            Ended::Done(result(Some(code), problem))
        }
        Why::Ended(Ok(platform::Exit::Signal(signal))) => {
            Ended::Done(result(None, Some(format!("ended by signal {signal}"))))
        }
        Why::Ended(Err(error)) => {
            Ended::Done(result(None, Some(format!("cannot be waited for: {error}"))))
        }
    }
}

/// Starts the command, or says why it cannot be.
fn start(scene: &Scene<'_>, step: &CommandStep) -> Result<Family, String> {
    let shells = platform::shells();
    let wanted = step
        .shells
        .get(std::env::consts::OS)
        .or(step.shell.as_ref());
    let shell = match wanted {
        Some(name) => shells
            .iter()
            .find(|shell| shell.name == *name)
            .ok_or_else(|| format!("this device has no shell {name}"))?,
        None => shells
            .iter()
            .find(|shell| scene.policy.check_shell(&shell.name).is_ok())
            .ok_or("this device has no shell that its policy allows")?,
    };
    scene.policy.check_shell(&shell.name)?;
    let mut command = Command::new(&shell.program);
    command
        .args(shell.arguments)
        .arg(&step.command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env_clear()
        .envs(platform::base_environment())
        .envs(&step.env)
        .env(platform::MARK, scene.mark)
        .env("ORLOJ_EXECUTION_ID", &scene.order.execution)
        .env("ORLOJ_ATTEMPT", scene.order.attempt.to_string());
    let user = match &step.run_as {
        Some(user) => {
            scene.policy.check_user(user)?;
            platform::run_as(&mut command, user)?
        }
        None => None,
    };
    match &step.cwd {
        Some(folder) => {
            let real = std::fs::canonicalize(folder)
                .map_err(|error| format!("the folder {folder} cannot be used: {error}"))?;
            // A link must not lead out of what the policy allows.
            scene.policy.check_path(&real)?;
            command.current_dir(real);
        }
        None => {
            platform::make_work_folder(scene.work_dir, user)
                .map_err(|error| format!("the work folder cannot be made: {error}"))?;
            command.current_dir(scene.work_dir);
        }
    }
    Family::start(command).map_err(|error| format!("the command cannot be started: {error}"))
}

/// Reads a stream to its end, as text.
async fn relay(scene: &Scene<'_>, stream: Stream, from: Option<impl AsyncRead + Unpin>) {
    let Some(mut from) = from else { return };
    let mut buffer = vec![0; 16 * 1024];
    // Bytes of a character that has not arrived whole.
    let mut held = Vec::new();
    loop {
        match from.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(count) => {
                held.extend_from_slice(&buffer[..count]);
                let whole = whole_characters(&held);
                let text = String::from_utf8_lossy(&held[..whole]).into_owned();
                held.drain(..whole);
                scene.write(stream, &text);
            }
        }
    }
    if !held.is_empty() {
        scene.write(stream, &String::from_utf8_lossy(&held));
    }
}

/// How many of these bytes do not end in the middle of a character.
fn whole_characters(bytes: &[u8]) -> usize {
    let tail = bytes.len().saturating_sub(3);
    for (at, byte) in bytes.iter().enumerate().skip(tail) {
        let needs = match byte {
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF7 => 4,
            _ => 1,
        };
        if at + needs > bytes.len() {
            return at;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::whole_characters;

    #[test]
    fn characters_are_not_cut() {
        let text = "aä€😀".as_bytes();
        for end in 0..=text.len() {
            let whole = whole_characters(&text[..end]);
            assert!(std::str::from_utf8(&text[..whole]).is_ok(), "{end}");
            assert!(end - whole < 4);
        }
        assert_eq!(whole_characters(&[0xFF, 0xFF]), 2);
    }
}
