//! From the end of a program to the outcome of the run.

use std::os::unix::process::ExitStatusExt;

use super::supervise::Ended;
use crate::outcome::{Cause, Outcome, Status};
use crate::text::{Text, apart};

/// What exit codes mean.
#[derive(Debug, Clone)]
pub(crate) struct ExitCodes {
    /// Codes of a success.
    pub(crate) success: Vec<i32>,
    /// Codes of a partial success.
    pub(crate) warning: Vec<i32>,
}

impl Default for ExitCodes {
    fn default() -> Self {
        Self {
            success: vec![0],
            warning: Vec::new(),
        }
    }
}

/// Judges how a program ended.
pub(crate) fn verdict(ended: Ended, codes: &ExitCodes) -> Outcome {
    let Ended {
        status,
        stopped,
        report,
        last_words,
        survivors,
    } = ended;
    let code = status.and_then(|status| status.code());
    let mut outcome = if let Some(reason) = stopped {
        Outcome::stopped(reason)
    } else if let Some(code) = code {
        if codes.success.contains(&code) {
            Outcome::of(if report.partial {
                Status::Partial
            } else {
                Status::Success
            })
        } else if codes.warning.contains(&code) {
            let mut outcome = Outcome::of(Status::Partial);
            outcome
                .warnings
                .push(format!("the program ended with exit code {code}"));
            outcome
        } else {
            Outcome::failed(Cause::ExitCode(code), exit_message(code))
        }
    } else if let Some(signal) = status.and_then(|status| status.signal()) {
        Outcome::failed(
            Cause::Signal(signal),
            Text::new(
                format!("the program was ended by signal {}", signal_name(signal)),
                format!("أنهت الإشارة {} البرنامج", apart(signal_name(signal))),
            ),
        )
    } else {
        Outcome::failed(
            Cause::Internal,
            Text::fixed(
                "the end of the program was not observed",
                "لم تُرصد نهاية البرنامج",
            ),
        )
    };
    if outcome.status != Status::Success && !last_words.is_empty() {
        outcome = outcome.with_detail(last_words);
    }
    if let Some(summary) = report.summary {
        outcome.summary = Some(summary.into());
    } else if outcome.summary.is_none() {
        outcome.summary = code.map(exit_code);
    }
    outcome.result = report.result;
    outcome.records_processed = report.records_processed;
    outcome.records_affected = report.records_affected;
    outcome.warnings.extend(report.warnings);
    outcome.errors.extend(report.errors);
    if survivors > 0 {
        outcome.warnings.push(format!(
            "{survivors} processes of the run could not be ended"
        ));
    }
    outcome
}

fn exit_code(code: i32) -> Text {
    Text::new(format!("exit code {code}"), format!("رمز الخروج {code}"))
}

fn exit_message(code: i32) -> Text {
    match code {
        126 => Text::fixed(
            "exit code 126: the program or a command in it cannot be executed",
            "رمز الخروج 126: تعذّر تشغيل البرنامج أو أمر فيه",
        ),
        127 => Text::fixed(
            "exit code 127: the program or a command in it was not found",
            "رمز الخروج 127: لم يُعثر على البرنامج أو على أمر فيه",
        ),
        129..=192 => {
            let signal = signal_name(code - 128);
            Text::new(
                format!("exit code {code}: a command in it was ended by signal {signal}"),
                format!("رمز الخروج {code}: أنهت الإشارة {} أمرًا فيه", apart(&signal)),
            )
        }
        _ => exit_code(code),
    }
}

fn signal_name(number: i32) -> String {
    nix::sys::signal::Signal::try_from(number).map_or_else(
        |_| number.to_string(),
        |signal| format!("{number} ({signal})"),
    )
}
