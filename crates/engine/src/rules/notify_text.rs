//! What notifications say: values for templates, and the built-in templates in both languages. Pure.

use orloj_tasks::{fill_html_template, fill_template};
use serde_json::{Map, Value, json};

use crate::model::{ChannelLanguage, ChannelTemplate};

/// A message, ready for every kind of channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Longest subject; mail and chats cut longer ones themselves, but not well.
const MAX_SUBJECT: usize = 200;

/// The built-in texts of a language.
struct Words {
    subject: &'static str,
    text: &'static str,
    html: &'static str,
    /// Event, as it is said of a job.
    events: &'static [(&'static str, &'static str)],
    statuses: &'static [(&'static str, &'static str)],
    again: &'static str,
}

const ENGLISH: Words = Words {
    subject: "{{ eventName }}: {{ job.name }}",
    text: "{{ eventName }}: {{ job.name }}\n\
{% if count > 1 %}\nInstants: {{ count }}{% endif %}\
{% if statusName %}\nStatus: {{ statusName }}{% endif %}\
{% if failures > 1 %}\nFailures in a row: {{ failures }}{% endif %}\
{% if scheduledAt %}\nDue: {{ scheduledAt }}{% endif %}\
{% if startedAt %}\nStarted: {{ startedAt }}{% endif %}\
{% if finishedAt %}\nEnded: {{ finishedAt }}{% endif %}\
{% if error %}\nError: {{ error }}{% elif summary %}\nResult: {{ summary }}{% endif %}\
{% if reason %}\nReason: {{ reason }}{% endif %}\
{% if unsaid > 0 %}\nNot told meanwhile: {{ unsaid }}{% endif %}\
{% for item in items %}\n- {{ item.at }} {{ item.eventName }}: {{ item.job.name }}{% if item.error %} ({{ item.error }}){% endif %}{% endfor %}\
{% if url %}\n\n{{ url }}{% endif %}",
    html: include_str!("notify_text/en.html"),
    events: &[
        ("failure", "Failed"),
        ("success", "Succeeded"),
        ("recovery", "Works again"),
        ("missed", "Missed"),
        ("late", "Late"),
        ("long_running", "Runs for long"),
        ("lost", "Lost"),
        ("partial", "Partly succeeded"),
        ("summary", "Notifications held during quiet hours"),
        ("test", "Test message"),
    ],
    statuses: &[
        ("success", "success"),
        ("failed", "failed"),
        ("timeout", "time limit exceeded"),
        ("missed", "missed"),
        ("lost", "lost"),
        ("partial", "partial success"),
        ("pending", "waiting"),
        ("running", "running"),
    ],
    again: "Still failing",
};

const ARABIC: Words = Words {
    subject: "{{ eventName }}: {{ job.name }}",
    text: "{{ eventName }}: {{ job.name }}\n\
{% if count > 1 %}\nعدد المواعيد: {{ count }}{% endif %}\
{% if statusName %}\nالحالة: {{ statusName }}{% endif %}\
{% if failures > 1 %}\nمرات الفشل المتتالية: {{ failures }}{% endif %}\
{% if scheduledAt %}\nموعد الاستحقاق: {{ scheduledAt }}{% endif %}\
{% if startedAt %}\nالبدء: {{ startedAt }}{% endif %}\
{% if finishedAt %}\nالانتهاء: {{ finishedAt }}{% endif %}\
{% if error %}\nالخطأ: {{ error }}{% elif summary %}\nالنتيجة: {{ summary }}{% endif %}\
{% if reason %}\nالسبب: {{ reason }}{% endif %}\
{% if unsaid > 0 %}\nأحداث لم يُبلَّغ عنها: {{ unsaid }}{% endif %}\
{% for item in items %}\n- {{ item.at }} {{ item.eventName }}: {{ item.job.name }}{% if item.error %} ({{ item.error }}){% endif %}{% endfor %}\
{% if url %}\n\n{{ url }}{% endif %}",
    html: include_str!("notify_text/ar.html"),
    events: &[
        ("failure", "فشل"),
        ("success", "نجاح"),
        ("recovery", "عادت إلى العمل"),
        ("missed", "موعد فائت"),
        ("late", "تأخر البدء"),
        ("long_running", "تعمل منذ وقت طويل"),
        ("lost", "انقطع التنفيذ"),
        ("partial", "نجاح جزئي"),
        ("summary", "إشعارات مؤجلة من ساعات الهدوء"),
        ("test", "رسالة تجريبية"),
    ],
    statuses: &[
        ("success", "نجاح"),
        ("failed", "فشل"),
        ("timeout", "تجاوز المهلة"),
        ("missed", "فائت"),
        ("lost", "مفقود"),
        ("partial", "نجاح جزئي"),
        ("pending", "بالانتظار"),
        ("running", "قيد التنفيذ"),
    ],
    again: "ما زالت تفشل",
};

fn words(language: ChannelLanguage) -> &'static Words {
    match language {
        ChannelLanguage::En => &ENGLISH,
        ChannelLanguage::Ar => &ARABIC,
    }
}

fn word(list: &[(&'static str, &'static str)], key: Option<&str>) -> Option<&'static str> {
    let key = key?;
    list.iter()
        .find(|(name, _)| *name == key)
        .map(|(_, text)| *text)
}

/// What the run said, in the language of the channel where there is such a text.
fn said(payload: &Value, name: &str, language: ChannelLanguage) -> Value {
    let arabic = match language {
        ChannelLanguage::Ar => payload[format!("{name}Ar")].as_str(),
        ChannelLanguage::En => None,
    };
    arabic.map_or_else(|| payload[name].clone(), Value::from)
}

/// The values that templates see, made of what was stored when the message was decided. Every name is always there.
pub(crate) fn values(
    payload: &Value,
    language: ChannelLanguage,
    public_url: Option<&str>,
) -> Value {
    let words = words(language);
    let event = payload["event"].as_str();
    let is_reminder = payload["isReminder"] == true;
    let event_name = if is_reminder {
        words.again
    } else {
        word(words.events, event).unwrap_or_default()
    };
    let job_name = match language {
        ChannelLanguage::Ar => payload["job"]["nameAr"].as_str(),
        ChannelLanguage::En => None,
    };
    let execution = payload["execution"].as_str();
    let url = public_url.map(|base| {
        let base = base.trim_end_matches('/');
        match (execution, payload["job"]["id"].as_i64()) {
            (Some(execution), _) => format!("{base}/executions/{execution}"),
            (None, Some(job)) if job > 0 => format!("{base}/jobs/{job}"),
            _ => base.to_owned(),
        }
    });
    let items: Vec<Value> = payload["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| values(item, language, public_url))
        .collect();
    let mut all = Map::new();
    for name in [
        "event",
        "scheduledAt",
        "startedAt",
        "finishedAt",
        "at",
        "reason",
        "until",
        "execution",
        "status",
        "rule",
        "channel",
    ] {
        all.insert(name.to_owned(), payload[name].clone());
    }
    for name in ["error", "summary"] {
        all.insert(name.to_owned(), said(payload, name, language));
    }
    for name in ["failures", "unsaid", "count"] {
        all.insert(name.to_owned(), json!(payload[name].as_i64().unwrap_or(0)));
    }
    all.insert("isReminder".to_owned(), json!(is_reminder));
    all.insert("eventName".to_owned(), json!(event_name));
    let status_name = word(words.statuses, payload["status"].as_str());
    all.insert("statusName".to_owned(), json!(status_name));
    let name = job_name.or_else(|| payload["job"]["name"].as_str());
    all.insert(
        "job".to_owned(),
        json!({
            "id": payload["job"]["id"],
            "name": name.unwrap_or_default(),
            "taskFunction": payload["job"]["taskFunction"],
        }),
    );
    all.insert("url".to_owned(), json!(url));
    all.insert("items".to_owned(), json!(items));
    Value::Object(all)
}

/// Puts a message together.
///
/// # Errors
/// A sentence when one of a channel's own texts cannot be filled in.
pub(crate) fn message(
    values: &Value,
    language: ChannelLanguage,
    own: Option<&ChannelTemplate>,
) -> Result<Message, String> {
    let words = words(language);
    let of = |own: Option<&String>, built_in: &'static str| {
        own.map_or_else(|| built_in.to_owned(), Clone::clone)
    };
    let subject = of(own.and_then(|own| own.subject.as_ref()), words.subject);
    let text = of(own.and_then(|own| own.text.as_ref()), words.text);
    let html = of(own.and_then(|own| own.html.as_ref()), words.html);
    let named = |name: &str, filled: Result<String, String>| {
        filled.map_err(|reason| format!("template/{name}: {reason}"))
    };
    let subject = named("subject", fill_template(&subject, values))?;
    Ok(Message {
        // A name may hold anything; a subject is one line.
        subject: subject
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(MAX_SUBJECT)
            .collect(),
        text: named("text", fill_template(&text, values))?,
        html: named("html", fill_html_template(&html, values))?,
    })
}

/// The body of a call that understands Slack's messages: text for notifications, blocks for the channel.
pub(crate) fn slack(message: &Message, values: &Value) -> Value {
    let body = message
        .text
        .strip_prefix(&message.subject)
        .unwrap_or(&message.text)
        .trim();
    let mut blocks = vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "text": cut(&message.subject, 150), "emoji": false },
    })];
    if !body.is_empty() {
        blocks.push(json!({
            "type": "section",
            "text": { "type": "plain_text", "text": cut(body, 3_000), "emoji": false },
        }));
    }
    if let Some(url) = values["url"].as_str() {
        blocks.push(json!({
            "type": "context",
            "elements": [{ "type": "mrkdwn", "text": format!("<{}>", escaped(url)) }],
        }));
    }
    json!({ "text": escaped(&message.subject), "blocks": blocks })
}

/// A text in which Slack finds no mention and no link.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most - 1).collect();
    short.push('…');
    short
}

/// A payload that shows what a message looks like.
pub(crate) fn sample(now: &str) -> Value {
    json!({
        "event": "test",
        "at": now,
        "job": { "id": 0, "name": "Orloj", "nameAr": "أورلوي", "taskFunction": null },
        "count": 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload() -> Value {
        json!({
            "event": "failure", "at": "2026-03-02T10:00:05Z", "status": "failed", "failures": 3, "unsaid": 2, "count": 1,
            "job": { "id": 7, "name": "Nightly <b>\r\nBcc: x", "nameAr": "تقرير ليلي", "taskFunction": "report" },
            "execution": "0195566c-7200-7000-8000-000000000001",
            "scheduledAt": "2026-03-02T10:00:00Z", "startedAt": "2026-03-02T10:00:01Z", "finishedAt": "2026-03-02T10:00:05Z",
            "error": "no <script>", "errorAr": "لا <script>", "summary": null, "reason": null,
        })
    }

    #[test]
    fn english_and_arabic_say_the_same() {
        let values = values(&payload(), ChannelLanguage::En, Some("https://o.example/"));
        let english = message(&values, ChannelLanguage::En, None).unwrap();
        assert_eq!(english.subject, "Failed: Nightly <b>  Bcc: x");
        assert!(
            english
                .text
                .contains("Failures in a row: 3\nDue: 2026-03-02T10:00:00Z"),
            "{}",
            english.text
        );
        assert!(
            english
                .text
                .contains("Error: no <script>\nNot told meanwhile: 2")
        );
        assert!(
            english
                .text
                .ends_with("https://o.example/executions/0195566c-7200-7000-8000-000000000001")
        );
        assert!(english.html.contains("no &lt;script&gt;") && !english.html.contains("<script>"));
        let values = super::values(&payload(), ChannelLanguage::Ar, None);
        let arabic = message(&values, ChannelLanguage::Ar, None).unwrap();
        assert_eq!(arabic.subject, "فشل: تقرير ليلي");
        assert!(arabic.html.contains("dir=\"rtl\"") && arabic.html.contains("lang=\"ar\""));
        assert!(arabic.text.contains("مرات الفشل المتتالية: 3"));
        assert!(arabic.text.contains("الخطأ: لا <script>"), "{}", arabic.text);
        assert!(!english.text.contains("لا <"), "{}", english.text);
    }

    #[test]
    fn what_has_no_words_of_its_own_in_arabic_is_told_as_it_is() {
        let mut payload = payload();
        payload["errorAr"] = Value::Null;
        let values = values(&payload, ChannelLanguage::Ar, None);
        assert_eq!(values["error"], "no <script>");
        assert!(values.get("errorAr").is_none());
    }

    #[test]
    fn a_summary_lists_what_was_held() {
        let held = json!({ "event": "summary", "count": 2, "job": { "id": null, "name": "2" }, "items": [payload(), payload()] });
        for (language, error) in [
            (ChannelLanguage::En, "no &lt;script&gt;"),
            (ChannelLanguage::Ar, "لا &lt;script&gt;"),
        ] {
            let values = values(&held, language, None);
            let message = message(&values, language, None).unwrap();
            assert_eq!(
                message.text.matches("\n- 2026-03-02T10:00:05Z").count(),
                2,
                "{}",
                message.text
            );
            assert_eq!(message.html.matches(error).count(), 2);
        }
    }

    #[test]
    fn own_texts_take_the_place_of_built_in_ones() {
        let own = ChannelTemplate {
            subject: Some("[{{ event }}] {{ job.name }}".to_owned()),
            text: None,
            html: Some("<p>{{ error }}</p>".to_owned()),
        };
        let values = values(&payload(), ChannelLanguage::En, None);
        let filled = message(&values, ChannelLanguage::En, Some(&own)).unwrap();
        assert_eq!(filled.subject, "[failure] Nightly <b>  Bcc: x");
        assert_eq!(filled.html, "<p>no &lt;script&gt;</p>");
        let broken = ChannelTemplate {
            text: Some("{{ unknown }}".to_owned()),
            ..own
        };
        assert!(
            message(&values, ChannelLanguage::En, Some(&broken))
                .unwrap_err()
                .starts_with("template/text: ")
        );
    }

    #[test]
    fn slack_gets_text_that_mentions_nobody() {
        let mut payload = payload();
        payload["job"]["name"] = json!("<!channel> & co");
        let values = values(&payload, ChannelLanguage::En, Some("https://o.example"));
        let message = message(&values, ChannelLanguage::En, None).unwrap();
        let body = slack(&message, &values);
        assert_eq!(body["text"], "Failed: &lt;!channel&gt; &amp; co");
        assert_eq!(body["blocks"][0]["text"]["type"], "plain_text");
        assert!(
            body["blocks"][1]["text"]["text"]
                .as_str()
                .unwrap()
                .starts_with("Status: failed")
        );
    }
}
