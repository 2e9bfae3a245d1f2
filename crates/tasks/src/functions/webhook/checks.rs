//! What the schema of `webhook` cannot say.

use std::collections::BTreeSet;

use reqwest::header::{HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use super::parameters::{Auth, Method, Parameters};
use crate::outbound::{AddressRules, judge_url};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, pointer_step};
use crate::template;
use crate::text::Text;

/// Headers that belong to the connection or are made from other settings.
const OWN_HEADERS: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Reads parameters that are fit to run.
pub(super) fn read(
    schema: &Schema,
    parameters: &Value,
    policy: &Policy,
) -> Result<Parameters, Vec<ParameterError>> {
    let parameters: Parameters = schema.read(parameters)?;
    let mut errors = Vec::new();
    check_url(&parameters, policy, &mut errors);
    check_headers(&parameters, &mut errors);
    check_auth(&parameters, &mut errors);
    check_body(&parameters, &mut errors);
    if parameters.templates {
        check_templates(&parameters, &mut errors);
    }
    if errors.is_empty() {
        Ok(parameters)
    } else {
        Err(errors)
    }
}

/// The part of an address before its first placeholder must already name the host.
fn check_url(parameters: &Parameters, policy: &Policy, errors: &mut Vec<ParameterError>) {
    let mut wrong = |code: &str, message: Text| {
        errors.push(ParameterError::new("/url", code, message));
    };
    if parameters.url.chars().any(char::is_control) {
        wrong(
            "control",
            Text::fixed(
                "must not contain line breaks or other control characters",
                "يجب ألا يحتوي على فواصل أسطر أو محارف تحكم",
            ),
        );
        return;
    }
    let fixed = match parameters.url.find("{{").filter(|_| parameters.templates) {
        Some(at) => {
            let fixed = parameters.url.get(..at).unwrap_or_default();
            let after_host = fixed
                .split_once("://")
                .is_some_and(|(_, rest)| rest.contains(['/', '?', '#']));
            if !after_host {
                wrong(
                    "template",
                    Text::fixed(
                        "may have placeholders only after the host",
                        "يُسمح بالعناصر النائبة بعد اسم المضيف فقط",
                    ),
                );
                return;
            }
            fixed
        }
        None => &parameters.url,
    };
    match Url::parse(fixed) {
        Ok(url) => {
            if let Err((code, message)) = judge_url(&url, &AddressRules::new(policy)) {
                wrong(code, message);
            }
        }
        Err(error) => wrong(
            "url",
            Text::new(
                format!("is not a web address: {error}"),
                "ليس عنوان ويب صالحًا",
            ),
        ),
    }
}

fn check_headers(parameters: &Parameters, errors: &mut Vec<ParameterError>) {
    let mut seen = BTreeSet::new();
    for (name, value) in &parameters.headers {
        let pointer = format!("/headers{}", pointer_step(name));
        let lower = name.to_ascii_lowercase();
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            errors.push(ParameterError::new(
                pointer,
                "header_name",
                Text::fixed("is not a name for a header", "ليس اسمًا صالحًا لترويسة"),
            ));
        } else if OWN_HEADERS.contains(&lower.as_str()) {
            errors.push(ParameterError::new(
                pointer,
                "reserved",
                Text::fixed(
                    "is set by the connection itself and cannot be chosen",
                    "ترويسة يضبطها الاتصال نفسه ولا يمكن اختيارها",
                ),
            ));
        } else if HeaderValue::from_bytes(value.as_bytes()).is_err() {
            errors.push(ParameterError::new(
                pointer,
                "header_value",
                Text::fixed(
                    "must not contain line breaks or other control characters",
                    "يجب ألا يحتوي على فواصل أسطر أو محارف تحكم",
                ),
            ));
        } else if !seen.insert(lower) {
            errors.push(ParameterError::new(
                pointer,
                "duplicate",
                Text::fixed(
                    "is there twice (names of headers ignore upper and lower case)",
                    "مكرّرة (أسماء الترويسات لا تفرّق بين الأحرف الكبيرة والصغيرة)",
                ),
            ));
        }
    }
}

fn check_auth(parameters: &Parameters, errors: &mut Vec<ParameterError>) {
    let Some(auth) = &parameters.auth else {
        return;
    };
    if parameters
        .headers
        .keys()
        .any(|name| name.eq_ignore_ascii_case("authorization"))
    {
        errors.push(ParameterError::new(
            "/auth",
            "contradiction",
            Text::fixed(
                "cannot be combined with an Authorization header",
                "لا يُجمع مع ترويسة Authorization",
            ),
        ));
    }
    let unusable = match auth {
        Auth::Basic { username, .. } if username.contains(':') => Some("/auth/username"),
        Auth::Bearer { token } if !token.chars().all(|c| c.is_ascii_graphic()) => {
            Some("/auth/token")
        }
        Auth::Basic { .. } | Auth::Bearer { .. } => None,
    };
    if let Some(pointer) = unusable {
        errors.push(ParameterError::new(
            pointer,
            "characters",
            Text::fixed(
                "contains characters that cannot be sent",
                "يحتوي على محارف لا يمكن إرسالها",
            ),
        ));
    }
}

fn check_body(parameters: &Parameters, errors: &mut Vec<ParameterError>) {
    let given: Vec<&str> = [
        ("/json", parameters.json.is_some()),
        ("/body", parameters.body.is_some()),
        ("/form", parameters.form.is_some()),
    ]
    .into_iter()
    .filter_map(|(pointer, given)| given.then_some(pointer))
    .collect();
    for pointer in given.iter().skip(1) {
        errors.push(ParameterError::new(
            *pointer,
            "contradiction",
            Text::fixed(
                "only one of json, body and form can be sent",
                "يمكن إرسال واحد فقط من json و body و form",
            ),
        ));
    }
    if let Some(first) = given.first()
        && parameters.method == Method::Get
    {
        errors.push(ParameterError::new(
            *first,
            "contradiction",
            Text::fixed("cannot be sent with GET", "لا يمكن إرساله مع الطريقة GET"),
        ));
    }
}

fn check_templates(parameters: &Parameters, errors: &mut Vec<ParameterError>) {
    let mut check = |pointer: String, source: &str| {
        if let Err(reason) = template::check(source) {
            errors.push(ParameterError::new(
                pointer,
                "template",
                Text::new(
                    format!("has a placeholder that cannot be read: {reason}"),
                    format!("فيه عنصر نائب غير مقروء: {reason}"),
                ),
            ));
        }
    };
    check("/url".to_owned(), &parameters.url);
    for (name, value) in &parameters.headers {
        check(format!("/headers{}", pointer_step(name)), value);
    }
    if let Some(body) = &parameters.body {
        check("/body".to_owned(), body);
    }
    let query = parameters.query.iter().map(|pair| ("query", pair));
    let form = parameters.form.iter().flatten().map(|pair| ("form", pair));
    for (field, (name, value)) in query.chain(form) {
        if let Some(text) = value.as_str() {
            check(format!("/{field}{}", pointer_step(name)), text);
        }
    }
    if let Some(json) = &parameters.json {
        each_text(json, "/json".to_owned(), &mut check);
    }
}

fn each_text(value: &Value, pointer: String, visit: &mut impl FnMut(String, &str)) {
    match value {
        Value::String(text) => visit(pointer, text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                each_text(item, format!("{pointer}/{index}"), visit);
            }
        }
        Value::Object(map) => {
            for (name, value) in map {
                each_text(value, format!("{pointer}{}", pointer_step(name)), visit);
            }
        }
        _ => {}
    }
}
