//! The ten templates: what they are called, and the task function each stands for.
//!
//! One template stands for one task function and the other way round, so that jobs made elsewhere show the template
//! they could have been made from. A template whose task function this server does not have is listed and refused.

use std::sync::OnceLock;

use jsonschema::Validator;
use orloj_schedule::Spec;
use orloj_tasks::Catalogue;
use serde_json::{Map, Value};

use super::{body, parameters, schemas};
use crate::http::language::Language;

/// A text in both languages.
pub(super) type Both = (&'static str, &'static str);
/// Says a template's parameters in the words of its task function.
type Says = fn(&Map<String, Value>, &Spec) -> Result<Value, String>;

/// A template.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template {
    /// The word by which jobs name it.
    pub(super) kind: &'static str,
    name: Both,
    about: Both,
    /// Where it stands.
    pub(super) category: &'static str,
    icon: &'static str,
    /// Duration, use of resources, risk.
    nature: [&'static str; 3],
    schema: fn(Language) -> Value,
    /// The task function, with what parameters become; `None` while there is no such task function.
    work: Option<(&'static str, Says)>,
}

/// All templates, those of the seed first.
pub(super) const ALL: [Template; 10] = [
    Template {
        kind: "database_cleanup",
        name: ("Database Cleanup", "تنظيف قاعدة البيانات"),
        about: (
            "Removes old records by age or condition, in batches; a dry run only counts.",
            "يحذف السجلات القديمة بحسب العمر أو الشرط على دفعات؛ والتجربة الجافة تعدّ فقط.",
        ),
        category: "maintenance",
        icon: "🧹",
        nature: ["5-30 minutes", "low", "medium"],
        schema: schemas::database_cleanup,
        work: Some(("database_cleanup", parameters::database_cleanup)),
    },
    Template {
        kind: "email_notification",
        name: ("Email Notification", "إشعار بالبريد"),
        about: (
            "Sends mail as plain text or HTML to a list of recipients.",
            "يرسل بريدًا نصيًا أو بصيغة HTML إلى قائمة من المستلمين.",
        ),
        category: "notifications",
        icon: "📧",
        nature: ["1-5 minutes", "low", "low"],
        schema: schemas::email_notification,
        work: Some(("email", parameters::email_notification)),
    },
    Template {
        kind: "data_export",
        name: ("Data Export", "تصدير البيانات"),
        about: (
            "Writes the records of a collection to a JSON or CSV file.",
            "يكتب سجلات مجموعة في ملف JSON أو CSV.",
        ),
        category: "reports",
        icon: "📊",
        nature: ["5-20 minutes", "medium", "low"],
        schema: schemas::data_export,
        work: Some(("data_export", parameters::data_export)),
    },
    Template {
        kind: "report_generation",
        name: ("Report Generation", "إنشاء التقارير"),
        about: (
            "Makes statistical reports over a range of dates.",
            "ينشئ تقارير إحصائية عن مدى زمني.",
        ),
        category: "reports",
        icon: "📈",
        nature: ["10-30 minutes", "medium", "low"],
        schema: schemas::report_generation,
        work: Some(("report", parameters::report_generation)),
    },
    Template {
        kind: "backup_job",
        name: ("Backup Job", "نسخ احتياطي"),
        about: (
            "Backs up a database and removes old backups.",
            "يأخذ نسخة احتياطية من قاعدة بيانات ويحذف النسخ القديمة.",
        ),
        category: "maintenance",
        icon: "💾",
        nature: ["10-60 minutes", "high", "low"],
        schema: schemas::backup_job,
        work: Some(("database_backup", parameters::backup_job)),
    },
    Template {
        kind: "webhook_trigger",
        name: ("Webhook Trigger", "استدعاء Webhook"),
        about: (
            "Calls a web address, again with growing pauses when that fails.",
            "يستدعي عنوان ويب، ويعيد المحاولة بفواصل متزايدة عند الإخفاق.",
        ),
        category: "integrations",
        icon: "🔗",
        nature: ["1-5 minutes", "low", "medium"],
        schema: schemas::webhook_trigger,
        work: Some(("webhook", parameters::webhook_trigger)),
    },
    Template {
        kind: "system_cleanup",
        name: ("System Cleanup", "تنظيف النظام"),
        about: (
            "Removes old sessions and temporary files.",
            "يحذف الجلسات القديمة والملفات المؤقتة.",
        ),
        category: "maintenance",
        icon: "🧽",
        nature: ["1-10 minutes", "low", "low"],
        schema: schemas::system_cleanup,
        work: Some(("maintenance", parameters::system_cleanup)),
    },
    Template {
        kind: "test_scheduler",
        name: ("Test Scheduler", "تجربة الجدولة"),
        about: (
            "Repeats its parameters, to see that jobs are run.",
            "يردّد معاملاته للتحقق من تشغيل المهام.",
        ),
        category: "testing",
        icon: "🧪",
        nature: ["1 minute", "low", "low"],
        schema: schemas::test_scheduler,
        work: Some(("echo", parameters::test_scheduler)),
    },
    Template {
        kind: "ticket_cleanup",
        name: ("Ticket Cleanup", "تنظيف التذاكر"),
        about: (
            "Removes closed contact tickets.",
            "يحذف تذاكر التواصل المغلقة.",
        ),
        category: "maintenance",
        icon: "🎫",
        nature: ["1-10 minutes", "low", "medium"],
        schema: schemas::ticket_cleanup,
        work: None,
    },
    Template {
        kind: "message_stats_sync",
        name: ("Message Statistics", "إحصاءات الرسائل"),
        about: (
            "Brings the statistics of messages up to date.",
            "يحدّث إحصاءات الرسائل.",
        ),
        category: "maintenance",
        icon: "💬",
        nature: ["1-5 minutes", "low", "low"],
        schema: schemas::message_stats_sync,
        work: None,
    },
];

impl Template {
    /// The template of a word.
    pub(super) fn named(kind: &str) -> Option<&'static Self> {
        ALL.iter().find(|template| template.kind == kind)
    }

    /// The template that stands for a task function.
    pub(super) fn of_function(function: &str) -> Option<&'static Self> {
        ALL.iter()
            .find(|template| template.work.is_some_and(|(key, _)| key == function))
    }

    /// Key of its task function, where this server has it.
    pub(super) fn function(&self, catalogue: &Catalogue) -> Option<&'static str> {
        self.work
            .map(|(function, _)| function)
            .filter(|function| catalogue.get(function).is_some())
    }

    /// What the task function is given for these parameters.
    ///
    /// # Errors
    /// Everything that is wrong with them, in one line.
    pub(super) fn parameters(
        &self,
        given: &Map<String, Value>,
        schedule: &Spec,
    ) -> Result<Value, String> {
        let value = Value::Object(given.clone());
        let errors: Vec<String> = self
            .validator()?
            .iter_errors(&value)
            .take(20)
            .map(|error| {
                let place = error.instance_path().to_string();
                match place.trim_start_matches('/') {
                    "" => error.to_string(),
                    place => format!("{}: {error}", place.replace('/', ".")),
                }
            })
            .collect();
        if !errors.is_empty() {
            return Err(errors.join("; "));
        }
        match self.work {
            Some((_, says)) => says(given, schedule),
            None => Err("there is nothing that could do this".to_owned()),
        }
    }

    fn validator(&self) -> Result<&'static Validator, String> {
        type Compiled = Vec<(&'static str, Result<Validator, String>)>;
        static COMPILED: OnceLock<Compiled> = OnceLock::new();
        let compiled = COMPILED.get_or_init(|| {
            ALL.iter()
                .map(|template| {
                    let schema = (template.schema)(Language::English);
                    let validator = jsonschema::draft202012::options()
                        .should_validate_formats(true)
                        .build(&schema);
                    (template.kind, validator.map_err(|error| error.to_string()))
                })
                .collect()
        });
        compiled
            .iter()
            .find(|(kind, _)| *kind == self.kind)
            .ok_or_else(|| "the template has no schema".to_owned())?
            .1
            .as_ref()
            .map_err(Clone::clone)
    }

    /// What a form needs to know.
    pub(super) fn shown(&self, catalogue: &Catalogue, language: Language) -> body::Template {
        let said = |both: Both| match language {
            Language::English => both.0,
            Language::Arabic => both.1,
        };
        let mut description = said(self.about).to_owned();
        if self.function(catalogue).is_none() {
            description.push(' ');
            description.push_str(said((
                "Not available on this server.",
                "غير متاح على هذا الخادم.",
            )));
        }
        let [estimated_duration, resource_usage, risk_level] = self.nature;
        body::Template {
            id: self.kind,
            kind: self.kind,
            name: said(self.name),
            description,
            category: self.category,
            icon: self.icon,
            estimated_duration,
            resource_usage,
            risk_level,
            parameters_schema: (self.schema)(language),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, Template};
    use orloj_schedule::{RuleSpec, Spec};
    use orloj_tasks::{Catalogue, Policy};
    use serde_json::{Value, json};

    fn daily() -> Spec {
        Spec::new(RuleSpec::Cron {
            expression: "0 8 * * *".to_owned(),
        })
    }

    fn says(kind: &str, given: &Value) -> Result<Value, String> {
        let template = Template::named(kind).unwrap();
        let parameters = template.parameters(given.as_object().unwrap(), &daily())?;
        let catalogue = Catalogue::builtin();
        let Some(key) = template.function(&catalogue) else {
            return Ok(parameters);
        };
        let policy = Policy {
            export_dir: Some("/tmp".into()),
            ..Policy::default()
        };
        match catalogue.get(key).unwrap().check(&parameters, &policy) {
            Ok(()) => Ok(parameters),
            Err(errors) => Err(format!("{errors:?}")),
        }
    }

    #[test]
    fn every_schema_compiles_and_every_function_belongs_to_one_template() {
        let mut functions: Vec<_> = ALL.iter().filter_map(|one| Some(one.work?.0)).collect();
        let count = functions.len();
        functions.sort_unstable();
        functions.dedup();
        assert_eq!(functions.len(), count);
        for template in &ALL {
            template.validator().unwrap();
        }
    }

    #[test]
    fn parameters_become_what_the_function_takes() {
        for (kind, given) in [
            (
                "database_cleanup",
                json!({"collection": "logs", "days_old": 30, "date_field": "created_at", "dry_run": true}),
            ),
            (
                "database_cleanup",
                json!({"collection": "users", "condition_type": "custom_query", "custom_condition": {"status": "gone", "age": {"$gte": 3, "$lt": 9}, "x": null}}),
            ),
            (
                "email_notification",
                json!({"recipients": ["a@example.com"], "subject": "S", "body": "B {{", "body_type": "html"}),
            ),
            (
                "data_export",
                json!({"collection": "users", "format": "csv", "filters": {"a": 1}, "projection": {"name": 1, "_id": 0}, "sort": {"name": -1}, "filename": "all-users"}),
            ),
            (
                "backup_job",
                json!({"compression": false, "retention_days": 7}),
            ),
            (
                "webhook_trigger",
                json!({"url": "https://example.com/hook", "method": "PUT", "body": {"a": "{{ b }}"}, "headers": {"X-A": "b"}}),
            ),
            (
                "webhook_trigger",
                json!({"url": "https://example.com/hook", "method": "GET", "retry_on_failure": false}),
            ),
            ("test_scheduler", json!({"check_interval": 60})),
            ("system_cleanup", json!({"days_to_keep": 7})),
            // The report of the seed.
            (
                "report_generation",
                json!({"report_type": "user_activity", "date_range": "last_7d", "format": "json"}),
            ),
            (
                "report_generation",
                json!({"report_type": "engagement_metrics", "date_range": "custom", "start_date": "2026-03-01T00:00:00Z", "end_date": "2026-03-08T00:00:00+02:00",
                    "format": "pdf", "include_charts": true, "email_recipients": ["a@example.com"]}),
            ),
            (
                "report_generation",
                json!({"report_type": "custom", "query": "SELECT 1", "format": "html", "connection": "shop"}),
            ),
        ] {
            says(kind, &given).unwrap_or_else(|error| panic!("{kind} {given}: {error}"));
        }
        assert_eq!(
            says("backup_job", &json!({"retention_days": 7})).unwrap()["keep"],
            7
        );
    }

    #[test]
    fn what_a_schema_forbids_is_refused() {
        for (kind, given) in [
            ("database_cleanup", json!({})),
            (
                "database_cleanup",
                json!({"collection": "passwords", "days_old": 1, "date_field": "d"}),
            ),
            (
                "database_cleanup",
                json!({"collection": "logs", "days_old": 0, "date_field": "d"}),
            ),
            (
                "database_cleanup",
                json!({"collection": "logs", "days_old": 1}),
            ),
            (
                "database_cleanup",
                json!({"collection": "logs", "condition_type": "custom_query"}),
            ),
            (
                "database_cleanup",
                json!({"collection": "logs", "condition_type": "custom_query", "custom_condition": {"$where": "1"}}),
            ),
            (
                "email_notification",
                json!({"recipients": ["nobody"], "subject": "S", "body": "B"}),
            ),
            (
                "email_notification",
                json!({"recipients": [], "subject": "S", "body": "B"}),
            ),
            (
                "email_notification",
                json!({"recipients": ["a@example.com"], "subject": " ", "body": "B"}),
            ),
            (
                "data_export",
                json!({"collection": "users", "format": "csv", "filename": "../x"}),
            ),
            (
                "data_export",
                json!({"collection": "users", "format": "csv", "destination": "memory"}),
            ),
            (
                "report_generation",
                json!({"report_type": "user_activity", "date_range": "custom"}),
            ),
            ("report_generation", json!({"report_type": "custom"})),
            (
                "report_generation",
                json!({"report_type": "system_stats", "query": "SELECT 1"}),
            ),
            (
                "report_generation",
                json!({"report_type": "custom", "query": "DELETE FROM logs"}),
            ),
            ("backup_job", json!({"retention_days": 366})),
            ("backup_job", json!({"destination": "ftp"})),
            ("webhook_trigger", json!({"url": "ftp://example.com"})),
            (
                "webhook_trigger",
                json!({"url": "https://example.com", "max_retries": 6}),
            ),
            (
                "webhook_trigger",
                json!({"url": "https://example.com", "colour": "red"}),
            ),
            ("system_cleanup", json!({"days_to_keep": 0})),
            (
                "system_cleanup",
                json!({"cleanup_sessions": false, "cleanup_temp_files": false}),
            ),
        ] {
            assert!(says(kind, &given).is_err(), "{kind} {given}");
        }
    }
}
