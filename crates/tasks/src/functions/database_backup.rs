//! `database_backup`: a whole database as one file.

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::context::Context;
use crate::database::{self, Place, Settings, Trouble};
use crate::deposit::{Deposit, Pen};
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outcome::{Cause, Outcome};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::text::{Text, apart};

mod dump;
mod file_copy;
mod parameters;

use parameters::Parameters;

/// The function.
pub(crate) struct DatabaseBackup {
    info: TaskInfo,
    schema: Schema,
}

impl DatabaseBackup {
    pub(crate) fn new() -> Self {
        let schema = parameters::form();
        Self {
            schema: Schema::compile(&schema),
            info: TaskInfo {
                key: "database_backup".to_owned(),
                name: Text::fixed("Database backup", "نسخ احتياطي لقاعدة البيانات"),
                description: Text::fixed(
                    "Saves a whole database as one file with a checksum while others go on working, and keeps as many backups as wanted.",
                    "يحفظ قاعدة بيانات كاملة في ملف واحد مع بصمة تحقق دون إيقاف عمل الآخرين، ويُبقي العدد المطلوب من النسخ.",
                ),
                category: Category::Data,
                icon: "database-backup".to_owned(),
                schema,
                default_delivery: Delivery::AtLeastOnce,
                grant: None,
                default_timeout_seconds: None,
                example: json!({
                    "connection": "shop",
                    "compression": "gzip",
                    "destination": "download",
                }),
            },
        }
    }

    async fn execute(context: &Context, parameters: &Parameters) -> Result<Outcome, Trouble> {
        let settings = database::settings(context, &parameters.connection).await?;
        if !settings.allows_everything() {
            return Err(Trouble::refused(
                "a backup holds every table, so the connection must open all tables to jobs (*)",
            ));
        }
        let base = parameters
            .file_name
            .clone()
            .unwrap_or_else(|| parameters.connection.clone());
        let dialect = settings.dialect();
        let deposit = Deposit::open(
            context,
            "backups",
            parameters.wanted(),
            &base,
            &parameters.ending(dialect),
        )
        .await?;
        context.progress.set(1, None);
        let written = tokio::select! {
            done = save(context, &settings, parameters, &deposit) => done?,
            reason = context.cancel.stopped() => return Ok(Outcome::stopped(reason)),
        };
        // Old ones go only when the new one is there.
        let stored = deposit
            .finish(context, written, true, parameters.keep)
            .await?;
        context.progress.set(100, None);
        let (size, name) = (stored.written.size, &stored.name);
        let text = Text::new(
            format!("backup of {size} bytes written to {name}"),
            format!("كُتبت نسخة احتياطية ({size} بايت) في {}", apart(name)),
        );
        context.log.info(text.en.as_ref());
        let mut outcome = Outcome::success(text).with_result(json!({
            "database": dialect.as_str(),
            "compression": parameters.compression.as_str(),
            "file": stored.result(),
            "encrypted": parameters.is_sealed(),
            "removedBackups": stored.removed,
        }));
        outcome.records_processed = Some(1);
        outcome.records_affected = Some(0);
        outcome.warnings = stored.warnings;
        Ok(outcome)
    }
}

#[async_trait]
impl TaskFunction for DatabaseBackup {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, policy: &Policy) -> Result<(), Vec<ParameterError>> {
        let parameters: Parameters = self.schema.read(parameters)?;
        parameters.check(policy)
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        if let Some(reason) = context.cancel.reason() {
            return Outcome::stopped(reason);
        }
        match self.schema.read(parameters) {
            Ok(parameters) => Box::pin(Self::execute(context, &parameters))
                .await
                .unwrap_or_else(|trouble| trouble.outcome_of(context)),
            Err(errors) => Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        }
    }
}

async fn save(
    context: &Context,
    settings: &Settings,
    parameters: &Parameters,
    deposit: &Deposit,
) -> Result<crate::deposit::Written, Trouble> {
    let seal = parameters
        .seal()
        .map_err(|error| Trouble::refused(error.message.en.into_owned()))?;
    let pen = Pen::begin(&deposit.unfinished(), parameters.gzip(), seal)?;
    match settings.place() {
        Place::File(_) => {
            let scratch = deposit.scratch("copy");
            file_copy::copy(context, settings, &scratch, &pen).await?;
        }
        Place::Server(server) => dump::dump(context, settings, server, deposit, &pen).await?,
    }
    Ok(pen.finish().await?)
}
