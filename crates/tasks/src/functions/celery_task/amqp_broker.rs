//! The AMQP server (RabbitMQ) between Orloj and the workers: it takes tasks, and
//! with Celery's rpc backend it brings back their results.

use std::time::Duration;

use amqprs::callbacks::ChannelCallback;
use amqprs::channel::{
    BasicConsumeArguments, BasicPublishArguments, Channel, ConfirmSelectArguments, ConsumerMessage,
    QueueDeclareArguments,
};
use amqprs::connection::{Connection, OpenConnectionArguments};
use amqprs::error::Error;
use amqprs::tls::TlsAdaptor;
use amqprs::{
    Ack, BasicProperties, Cancel, CloseChannel, DELIVERY_MODE_PERSISTENT, FieldArray, FieldTable,
    FieldValue, Nack, Return,
};
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::TlsConnector;

use super::answer::{Answer, MAX_ANSWER};
use super::message::Message;
use crate::database::Trouble;
use crate::outbound::{AddressRules, TlsSettings, host_of, resolve};
use crate::outcome::Cause;
use crate::policy::Policy;

/// How long opening, and each question to the server, may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Seconds between two signs of life on an idle line.
const HEARTBEAT: u16 = 30;
/// Longest name that the protocol can say, in bytes.
const MAX_NAME: usize = 255;

/// What the host knows about the server. Members beyond these are its own affair.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    #[serde(rename = "type")]
    kind: String,
    host: String,
    port: Option<u16>,
    virtual_host: Option<String>,
    username: Option<String>,
    password: Option<String>,
    #[serde(default)]
    tls: bool,
    #[serde(default)]
    allow_private_addresses: bool,
}

/// An open line to the server.
pub(super) struct Broker {
    connection: Connection,
    /// The queue of this task's answers, while somebody listens to it.
    answers: Option<mpsc::UnboundedReceiver<ConsumerMessage>>,
    /// A channel that is dropped is closed, and its consumers with it.
    listening: Option<Channel>,
}

impl Broker {
    /// Connects. Messages never show a value of the settings, which may be a secret.
    pub(super) async fn open(settings: Value, policy: &Policy) -> Result<Self, Trouble> {
        let settings: Settings = serde_json::from_value(settings)
            .map_err(|_| Trouble::refused("the settings of the AMQP server are not complete"))?;
        if settings.kind != "amqp" {
            return Err(Trouble::refused(
                "the connection is not one to an AMQP server",
            ));
        }
        let virtual_host = settings.virtual_host.as_deref().unwrap_or("/");
        if virtual_host.len() > MAX_NAME {
            return Err(Trouble::refused(
                "the virtual host of the connection has more than 255 bytes",
            ));
        }
        let port = settings
            .port
            .unwrap_or(if settings.tls { 5671 } else { 5672 });
        let rules = AddressRules::new(&Policy {
            allow_private_addresses: policy.allow_private_addresses
                || settings.allow_private_addresses,
            allowed_hosts: policy.allowed_hosts.clone(),
            ..Policy::default()
        });
        let host = host_of(&settings.host).ok_or_else(|| {
            Trouble::refused("the connection's host is not a host name or address")
        })?;
        let host = match &host {
            url::Host::Domain(name) => url::Host::Domain(name.as_str()),
            url::Host::Ipv4(address) => url::Host::Ipv4(*address),
            url::Host::Ipv6(address) => url::Host::Ipv6(*address),
        };
        let found = resolve(host, port, &rules)
            .await
            .map_err(|refusal| network(refusal.to_string()))?;
        let address = found
            .first()
            .ok_or_else(|| network("the AMQP server has no address".to_owned()))?;
        let address = match address.ip() {
            std::net::IpAddr::V6(address) => format!("[{address}]"),
            std::net::IpAddr::V4(address) => address.to_string(),
        };
        let mut arguments = OpenConnectionArguments::new(
            &address,
            port,
            settings.username.as_deref().unwrap_or("guest"),
            settings.password.as_deref().unwrap_or("guest"),
        );
        arguments
            .virtual_host(virtual_host)
            .heartbeat(HEARTBEAT)
            .connection_name("orloj");
        if settings.tls {
            let tls = TlsSettings::default()
                .client(true)
                .map_err(Trouble::internal)?;
            // The certificate must be the name's, whatever address it has.
            arguments.tls_adaptor(TlsAdaptor::new(
                TlsConnector::from(tls),
                settings.host.clone(),
            ));
        }
        let connection = patiently(Connection::open(&arguments))
            .await
            .map_err(|mut trouble| {
                // Servers close the line without a word when they do not let somebody in.
                trouble
                    .message
                    .push_str("; a wrong name, password or virtual host looks like this too");
                trouble
            })?;
        Ok(Self {
            connection,
            answers: None,
            listening: None,
        })
    }

    /// Makes the queue in which the answer to a message will be.
    pub(super) async fn listen(&mut self, message: &Message) -> Result<(), Trouble> {
        let channel = patiently(self.connection.open_channel(None)).await?;
        let mut queue = QueueDeclareArguments::new(&message.reply_to);
        queue.exclusive(true).auto_delete(true);
        patiently(channel.queue_declare(queue)).await?;
        let mut consume = BasicConsumeArguments::new(&message.reply_to, "");
        consume.no_ack = true;
        let (_, answers) = patiently(channel.basic_consume_rx(consume)).await?;
        self.answers = Some(answers);
        self.listening = Some(channel);
        Ok(())
    }

    /// Puts a message onto a queue, and waits until the server has it safely.
    pub(super) async fn push(&mut self, queue: &str, message: &Message) -> Result<(), Trouble> {
        self.make_queue(queue).await?;
        let channel = patiently(self.connection.open_channel(None)).await?;
        let (sender, verdict) = oneshot::channel();
        let ear = Ear {
            verdict: Some(sender),
        };
        patiently(channel.register_callback(ear)).await?;
        patiently(channel.confirm_select(ConfirmSelectArguments::default())).await?;
        let mut properties = BasicProperties::default();
        properties
            .with_content_type("application/json")
            .with_content_encoding("utf-8")
            .with_headers(table(&message.headers))
            .with_delivery_mode(DELIVERY_MODE_PERSISTENT)
            .with_priority(0)
            .with_correlation_id(&message.id)
            .with_reply_to(&message.reply_to);
        let mut publish = BasicPublishArguments::new("", queue);
        publish.mandatory = true;
        patiently(channel.basic_publish(properties, message.body.clone().into_bytes(), publish))
            .await?;
        let taken = tokio::time::timeout(PATIENCE, verdict)
            .await
            .map_err(|_| network("the AMQP server did not confirm the task in time".to_owned()))?
            .map_err(|_| network("the AMQP server closed the channel".to_owned()))?;
        drop(channel.close().await);
        taken.map_err(|reason| Trouble {
            cause: Cause::Other,
            message: format!("the AMQP server did not take the task: {reason}"),
        })
    }

    /// Makes the workers' queue as they would, unless there is one.
    async fn make_queue(&self, queue: &str) -> Result<(), Trouble> {
        let channel = patiently(self.connection.open_channel(None)).await?;
        let mut look = QueueDeclareArguments::new(queue);
        look.passive(true);
        if patiently(channel.queue_declare(look)).await.is_ok() {
            drop(channel.close().await);
            return Ok(());
        }
        // The server closes a channel on which something was looked for in vain.
        let channel = patiently(self.connection.open_channel(None)).await?;
        let made = channel.queue_declare(QueueDeclareArguments::durable_client_named(queue));
        patiently(made).await?;
        drop(channel.close().await);
        Ok(())
    }

    /// Waits for the next thing that the workers say about the task.
    pub(super) async fn answer(&mut self, id: &str) -> Result<Answer, Trouble> {
        let gone = || network("the AMQP server closed the connection".to_owned());
        let answers = self.answers.as_mut().ok_or_else(gone)?;
        loop {
            let message = answers.recv().await.ok_or_else(gone)?;
            let correlation = message
                .basic_properties
                .as_ref()
                .and_then(|properties| properties.correlation_id().cloned());
            if correlation.is_some_and(|correlation| correlation != id) {
                continue;
            }
            let bytes = message.content.unwrap_or_default();
            if bytes.len() > MAX_ANSWER {
                return Err(Answer::too_long());
            }
            return Answer::read(&bytes);
        }
    }

    /// Says goodbye; the server need not find out by itself.
    pub(super) async fn close(mut self) {
        self.listening = None;
        drop(tokio::time::timeout(Duration::from_secs(2), self.connection.close()).await);
    }
}

/// What happens to the one message of a channel.
struct Ear {
    verdict: Option<oneshot::Sender<Result<(), String>>>,
}

impl Ear {
    fn tell(&mut self, verdict: Result<(), String>) {
        if let Some(waiting) = self.verdict.take() {
            drop(waiting.send(verdict));
        }
    }
}

#[async_trait]
impl ChannelCallback for Ear {
    async fn close(&mut self, _: &Channel, close: CloseChannel) -> Result<(), Error> {
        self.tell(Err(crate::text_of(close.to_string().as_bytes())));
        Ok(())
    }

    async fn cancel(&mut self, _: &Channel, _: Cancel) -> Result<(), Error> {
        Ok(())
    }

    async fn flow(&mut self, _: &Channel, active: bool) -> Result<bool, Error> {
        Ok(active)
    }

    async fn publish_ack(&mut self, _: &Channel, _: Ack) {
        self.tell(Ok(()));
    }

    async fn publish_nack(&mut self, _: &Channel, _: Nack) {
        self.tell(Err("it has no room for it".to_owned()));
    }

    async fn publish_return(&mut self, _: &Channel, _: Return, _: BasicProperties, _: Vec<u8>) {
        self.tell(Err("there is no such queue".to_owned()));
    }
}

fn network(message: String) -> Trouble {
    Trouble {
        cause: Cause::Network,
        message,
    }
}

/// Waits for the server, but not for ever.
async fn patiently<T>(asked: impl Future<Output = Result<T, Error>>) -> Result<T, Trouble> {
    tokio::time::timeout(PATIENCE, asked)
        .await
        .map_err(|_| network("the AMQP server did not answer in time".to_owned()))?
        .map_err(|error| {
            let text = crate::text_of(error.to_string().as_bytes());
            let text: String = text.chars().take(400).collect();
            network(format!("AMQP says: {text}"))
        })
}

/// A JSON object as the protocol's table. Its names are short ones of ours.
fn table(value: &Value) -> FieldTable {
    let mut table = FieldTable::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        if let Ok(name) = name.as_str().try_into() {
            table.insert(name, field(value));
        }
    }
    table
}

fn field(value: &Value) -> FieldValue {
    match value {
        Value::Null => FieldValue::V,
        Value::Bool(value) => FieldValue::t(*value),
        Value::Number(number) => match number.as_i64() {
            Some(number) => FieldValue::l(number),
            None => FieldValue::d(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => text
            .as_str()
            .try_into()
            .map_or(FieldValue::V, FieldValue::S),
        Value::Array(items) => {
            let items: Vec<FieldValue> = items.iter().map(field).collect();
            FieldArray::try_from(items).map_or(FieldValue::V, FieldValue::A)
        }
        Value::Object(_) => FieldValue::F(table(value)),
    }
}
