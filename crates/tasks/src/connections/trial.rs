//! Trying a connection out: as far into it as is possible without changing anything.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::database::{self, Trouble};
use crate::deposit::Store;
use crate::functions::{try_amqp_server, try_mail_server, try_redis_server};
use crate::outbound::{AddressRules, TlsSettings, client, explain};
use crate::policy::Policy;
use crate::text::Text;

/// Longest time that a trial takes.
const LIMIT: Duration = Duration::from_secs(15);

/// Tries a connection whose settings, `type` among them, are all in clear. Addresses are judged as for jobs.
///
/// # Errors
/// What does not work, in both languages. Settings are not repeated in it, but what a server answered may be.
pub async fn try_connection(settings: &Value, policy: &Policy) -> Result<Text, Text> {
    let trial = Box::pin(async {
        match settings.get("type").and_then(Value::as_str) {
            Some("sqlite" | "postgres" | "mysql") => database(settings, policy).await,
            Some("smtp") => try_mail_server(settings.clone(), policy, LIMIT)
                .await
                .map(|()| {
                    Text::fixed(
                        "the mail server answers and accepts who asks",
                        "خادم البريد يستجيب ويقبل الطالب",
                    )
                })
                .map_err(failed),
            Some("http") => web(settings, policy).await,
            Some("s3") => store(settings, policy).await,
            Some("redis") => broker(try_redis_server(settings.clone(), policy).await),
            Some("amqp") => broker(try_amqp_server(settings.clone(), policy).await),
            _ => Err(Text::fixed(
                "there is no such kind of connection",
                "لا يوجد نوع اتصال كهذا",
            )),
        }
    });
    tokio::time::timeout(LIMIT, trial)
        .await
        .unwrap_or_else(|_| Err(no_answer()))
}

/// Names of the tables of a database that the connection opens to jobs.
///
/// # Errors
/// The connection leads to no database, or the database does not answer; in both languages.
pub async fn connection_tables(settings: &Value, policy: &Policy) -> Result<Vec<String>, Text> {
    let reading = Box::pin(async {
        let settings = database::Settings::read(settings.clone()).map_err(failed)?;
        let listed = async {
            let mut link = settings.open(policy).await?;
            database::list_tables(&mut link, &settings).await
        };
        let tables = listed.await.map_err(|trouble| failed(trouble.message))?;
        Ok(tables.iter().map(database::Table::shown).collect())
    });
    tokio::time::timeout(LIMIT, reading)
        .await
        .unwrap_or_else(|_| Err(no_answer()))
}

fn no_answer() -> Text {
    Text::fixed(
        "there was no answer within 15 seconds",
        "لا استجابة خلال 15 ثانية",
    )
}

fn failed(reason: String) -> Text {
    let ar = format!("لا يعمل الاتصال: {reason}");
    Text::new(reason, ar)
}

async fn database(settings: &Value, policy: &Policy) -> Result<Text, Text> {
    let settings = database::Settings::read(settings.clone()).map_err(failed)?;
    match settings.open(policy).await {
        Ok(link) => {
            drop(link);
            Ok(Text::fixed("the database opens", "تُفتح قاعدة البيانات"))
        }
        Err(trouble) => Err(failed(trouble.message)),
    }
}

/// The rules for one connection: the administrator can open private addresses for it alone.
fn rules(settings: &Value, policy: &Policy) -> AddressRules {
    let is_open = settings.get("allowPrivateAddresses") == Some(&Value::Bool(true));
    AddressRules::new(&Policy {
        allow_private_addresses: policy.allow_private_addresses || is_open,
        allowed_hosts: policy.allowed_hosts.clone(),
        ..Policy::default()
    })
}

async fn web(settings: &Value, policy: &Policy) -> Result<Text, Text> {
    let text = |name: &str| settings.get(name).and_then(Value::as_str);
    let url: Url = text("url")
        .and_then(|url| url.parse().ok())
        .ok_or_else(|| Text::fixed("the address is not valid", "العنوان غير صالح"))?;
    let verify = settings.get("verifyTls") != Some(&Value::Bool(false));
    let client = client(
        &url,
        &rules(settings, policy),
        &TlsSettings::default(),
        verify,
    )
    .await
    .map_err(|error| {
        use crate::outbound::ClientError::{Internal, Refused, Unresolved};
        let (Refused(reason) | Unresolved(reason) | Internal(reason)) = error;
        failed(reason)
    })?;
    let mut request = client.head(url);
    if let Some(token) = text("token") {
        request = request.bearer_auth(token);
    } else if let Some(name) = text("username") {
        request = request.basic_auth(name, text("password"));
    }
    let answer = request
        .send()
        .await
        .map_err(|error| failed(explain(&error)))?;
    let status = answer.status();
    if matches!(status.as_u16(), 401 | 403) {
        return Err(Text::new(
            format!("the service answers, but refuses who asks ({status})"),
            format!("الخدمة تستجيب لكنها ترفض الطالب ({status})"),
        ));
    }
    if status.is_server_error() {
        return Err(Text::new(
            format!("the service answers with an error ({status})"),
            format!("الخدمة تستجيب بخطأ ({status})"),
        ));
    }
    Ok(Text::new(
        format!("the service answers ({status})"),
        format!("الخدمة تستجيب ({status})"),
    ))
}

async fn store(settings: &Value, policy: &Policy) -> Result<Text, Text> {
    let store = Store::open(settings.clone(), policy)
        .await
        .map_err(|trouble| failed(trouble.message))?;
    store
        .try_out()
        .await
        .map_err(|trouble| failed(trouble.message))?;
    Ok(Text::fixed(
        "the bucket is there, and the keys open it",
        "الحاوية موجودة والمفاتيح تفتحها",
    ))
}

fn broker(tried: Result<(), Trouble>) -> Result<Text, Text> {
    tried.map_err(|trouble| failed(trouble.message))?;
    Ok(Text::fixed(
        "the server answers and accepts who asks",
        "الخادم يستجيب ويقبل الطالب",
    ))
}
