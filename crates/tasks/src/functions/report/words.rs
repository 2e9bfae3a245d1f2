//! The words on the pages.

use super::parameters::Kind;
use crate::text::Text;

pub(super) static ROWS: Text = Text::fixed("Rows", "الصفوف");
pub(super) static ANSWER: Text = Text::fixed("Answer", "النتيجة");
pub(super) static NO_ROWS: Text = Text::fixed("There are no rows.", "لا توجد صفوف.");
pub(super) static CUT: Text = Text::fixed(
    "There are further rows, which were left out.",
    "توجد صفوف أخرى لم تُدرج.",
);
pub(super) static NOTHING: Text = Text::fixed("Nothing in this range.", "لا شيء في هذا المدى.");

pub(super) static JOBS: Text = Text::fixed("Jobs", "المهام");
pub(super) static ACTIVE_JOBS: Text = Text::fixed("Active jobs", "المهام النشطة");
pub(super) static FINISHED: Text = Text::fixed("Finished", "المنتهية");
pub(super) static SUCCESS_RATE: Text = Text::fixed("Success rate", "نسبة النجاح");
pub(super) static SUCCESS: Text = Text::fixed("Successful", "ناجحة");
pub(super) static FAILED: Text = Text::fixed("Failed", "فاشلة");
pub(super) static PARTIAL: Text = Text::fixed("Partial", "جزئية");
pub(super) static CANCELLED: Text = Text::fixed("Cancelled", "ملغاة");
pub(super) static MISSED: Text = Text::fixed("Missed", "فائتة");
pub(super) static SKIPPED: Text = Text::fixed("Skipped", "متخطاة");
pub(super) static BY_DAY: Text = Text::fixed("Executions by day", "عمليات التنفيذ حسب اليوم");
pub(super) static DAY: Text = Text::fixed("Day", "اليوم");
pub(super) static JOB: Text = Text::fixed("Job", "المهمة");
pub(super) static AVERAGE: Text = Text::fixed("Average", "المتوسط");
pub(super) static LONGEST: Text = Text::fixed("Longest", "الأطول");
pub(super) static CAUSES: Text = Text::fixed("Why executions failed", "أسباب الإخفاق");
pub(super) static CAUSE: Text = Text::fixed("Cause", "السبب");
pub(super) static COUNT: Text = Text::fixed("Count", "العدد");
pub(super) static LAST: Text = Text::fixed("Last", "آخر مرة");

pub(super) static USERS: Text = Text::fixed("Users", "المستخدمون");
pub(super) static ACTIVE_USERS: Text = Text::fixed("Active users", "المستخدمون النشطون");
pub(super) static ACTIVITY_RATE: Text = Text::fixed("Activity rate", "نسبة النشاط");
pub(super) static ACTIONS_BY_DAY: Text = Text::fixed("Actions by day", "الإجراءات حسب اليوم");
pub(super) static USER: Text = Text::fixed("User", "المستخدم");
pub(super) static ROLE: Text = Text::fixed("Role", "الدور");
pub(super) static ACTIONS: Text = Text::fixed("Actions", "الإجراءات");
pub(super) static EXECUTIONS: Text = Text::fixed("Executions", "عمليات التنفيذ");
pub(super) static LAST_SEEN: Text = Text::fixed("Last seen", "آخر ظهور");

pub(super) static RUNNING: Text = Text::fixed("Running now", "قيد التنفيذ الآن");
pub(super) static WAITING: Text = Text::fixed("Waiting now", "قيد الانتظار الآن");
pub(super) static KEPT: Text = Text::fixed("In the history", "في السجل");
pub(super) static INSTANCES: Text = Text::fixed("Instances", "نسخ الخادم");
pub(super) static INSTANCE: Text = Text::fixed("Instance", "النسخة");
pub(super) static HOST: Text = Text::fixed("Host", "المضيف");
pub(super) static VERSION: Text = Text::fixed("Version", "الإصدار");
pub(super) static STATUS: Text = Text::fixed("State", "الحالة");
pub(super) static SINCE: Text = Text::fixed("Since", "منذ");

/// What a report is called unless its job says otherwise.
pub(super) const fn title(kind: Kind) -> Text {
    match kind {
        Kind::UserActivity => Text::fixed("User activity", "نشاط المستخدمين"),
        Kind::System => Text::fixed("System statistics", "إحصاءات النظام"),
        Kind::Jobs => Text::fixed("Job statistics", "إحصاءات المهام"),
        Kind::Query => Text::fixed("Report", "تقرير"),
    }
}

/// The line that tells the range.
pub(super) fn range(from: &str, until: &str, zone: &str) -> Text {
    Text::new(
        format!("From {from} to {until} ({zone})"),
        // What is marked keeps its own direction inside the line.
        format!("من \u{2066}{from}\u{2069} إلى \u{2066}{until}\u{2069} (\u{2066}{zone}\u{2069})"),
    )
}

/// The line that tells where the report comes from.
pub(super) fn origin(job: &str, due: &str) -> Text {
    Text::new(
        format!("Made by the job {job}, due at {due}"),
        format!("أعدّته المهمة \u{2068}{job}\u{2069} المستحقة في \u{2066}{due}\u{2069}"),
    )
}

/// What a mail with the report says.
pub(super) fn mail(title: &str, file: &str) -> Text {
    Text::new(
        format!("{title}\n\nThe report is attached as {file}.\n"),
        format!("{title}\n\nالتقرير مرفق في الملف {file}.\n"),
    )
}

/// A role.
pub(super) fn role(word: &str) -> Text {
    match word {
        "admin" => Text::fixed("administrator", "مدير"),
        "user" => Text::fixed("user", "مستخدم"),
        "viewer" => Text::fixed("viewer", "مُطالع"),
        other => Text::new(other.to_owned(), other.to_owned()),
    }
}

/// The state of an instance.
pub(super) fn state(word: &str) -> Text {
    match word {
        "running" => Text::fixed("running", "يعمل"),
        "stopping" => Text::fixed("stopping", "يتوقف"),
        "stopped" => Text::fixed("stopped", "متوقف"),
        "crashed" | "lost" => Text::fixed("lost", "مفقود"),
        other => Text::new(other.to_owned(), other.to_owned()),
    }
}

/// Why something failed.
pub(super) fn cause(word: &str) -> Text {
    match word {
        "exit_code" => Text::fixed("exit code", "رمز الخروج"),
        "signal" => Text::fixed("signal", "إشارة"),
        "http_status" => Text::fixed("HTTP status", "حالة HTTP"),
        "timeout" => Text::fixed("time limit", "انتهاء المهلة"),
        "network" => Text::fixed("network", "الشبكة"),
        "invalid_parameters" => Text::fixed("parameters", "المعاملات"),
        "internal" => Text::fixed("this server", "هذا الخادم"),
        "lost" => Text::fixed("lost", "مفقود"),
        "other" | "failed" => Text::fixed("other", "أخرى"),
        other => Text::new(other.to_owned(), other.to_owned()),
    }
}
