//! What the settings of each kind are.

use serde_json::{Value, json};
use url::Url;

use super::ConnectionKind;
use crate::form::{Field, Form};
use crate::outbound::host_of;
use crate::schema::{ParameterError, Schema};
use crate::text::Text;

/// All kinds.
pub(super) fn all() -> Vec<ConnectionKind> {
    vec![
        sqlite(),
        database(
            "postgres",
            Text::fixed("PostgreSQL", "PostgreSQL"),
            Text::fixed(
                "A database on a PostgreSQL server.",
                "قاعدة بيانات على خادم PostgreSQL.",
            ),
            5432,
        ),
        database(
            "mysql",
            Text::fixed("MariaDB or MySQL", "MariaDB أو MySQL"),
            Text::fixed(
                "A database on a MariaDB or MySQL server.",
                "قاعدة بيانات على خادم MariaDB أو MySQL.",
            ),
            3306,
        ),
        smtp(),
        s3(),
        redis(),
        amqp(),
        http(),
    ]
}

/// What a schema cannot say about settings. Values that are missing or of another type are the schema's affair.
pub(super) fn further(key: &str, settings: &Value) -> Vec<ParameterError> {
    let mut errors = Vec::new();
    let text = |name: &str| settings.get(name).and_then(Value::as_str);
    if let Some(host) = text("host")
        && !host.is_empty()
        && host_of(host).is_none()
    {
        errors.push(ParameterError::new(
            "/host",
            "host",
            Text::fixed(
                "must be the name or address of a host, without scheme, port or path",
                "يجب أن يكون اسم مضيف أو عنوانه دون بروتوكول أو منفذ أو مسار",
            ),
        ));
    }
    if key == "sqlite"
        && let Some(path) = text("path")
        && !std::path::Path::new(path).is_absolute()
    {
        errors.push(ParameterError::new(
            "/path",
            "path",
            Text::fixed("must be an absolute path", "يجب أن يكون مسارًا مطلقًا"),
        ));
    }
    for name in ["url", "endpoint"] {
        if let Some(url) = text(name)
            && !is_web_address(url)
        {
            errors.push(ParameterError::new(
                format!("/{name}"),
                "url",
                Text::fixed(
                    "must be a web address beginning with http:// or https://, without name or password in it",
                    "يجب أن يكون عنوان ويب يبدأ بـ http:// أو https:// دون اسم مستخدم أو كلمة مرور بداخله",
                ),
            ));
        }
    }
    errors
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    })
}

fn kind(
    key: &'static str,
    icon: &'static str,
    name: Text,
    description: Text,
    form: Form,
) -> ConnectionKind {
    let schema = form.schema();
    ConnectionKind {
        key,
        name,
        description,
        icon,
        compiled: Schema::compile(&schema),
        schema,
        is_for_administrators: key == "sqlite",
    }
}

fn short_text() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 255 })
}

fn sealed_text() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 65_536 })
}

fn host(form: Form) -> Form {
    form.required(
        "host",
        short_text(),
        Field::new(
            Text::fixed("Host", "المضيف"),
            Text::fixed("Name or address of the server.", "اسم الخادم أو عنوانه."),
        )
        .ltr(),
    )
}

fn port(form: Form, usual: u16) -> Form {
    form.field(
        "port",
        json!({ "type": "integer", "minimum": 1, "maximum": 65_535, "default": usual }),
        Field::new(
            Text::fixed("Port", "المنفذ"),
            Text::new(format!("Usually {usual}."), format!("المعتاد هو {usual}.")),
        )
        .ltr(),
    )
}

fn username(form: Form) -> Form {
    form.field("username", short_text(), username_field())
}

fn username_field() -> Field {
    Field::new(
        Text::fixed("User name", "اسم المستخدم"),
        Text::fixed("The account there.", "الحساب على الطرف الآخر."),
    )
    .ltr()
}

fn password(form: Form) -> Form {
    form.field(
        "password",
        sealed_text(),
        Field::new(
            Text::fixed("Password", "كلمة المرور"),
            Text::fixed(
                "Stored encrypted and never shown again.",
                "تُخزَّن مشفّرة ولا تُعرض مرة أخرى.",
            ),
        )
        .widget("secret")
        .ltr(),
    )
}

fn certificate(form: Form) -> Form {
    form.field(
        "caCertificate",
        json!({ "type": "string", "maxLength": 65_536 }),
        Field::new(
            Text::fixed("Further root certificate", "شهادة جذر إضافية"),
            Text::fixed(
                "A certificate (PEM) to trust besides those of the system.",
                "شهادة (PEM) يوثق بها إضافة إلى شهادات النظام.",
            ),
        )
        .widget("textarea")
        .ltr(),
    )
}

fn private_addresses(form: Form) -> Form {
    form.field(
        "allowPrivateAddresses",
        json!({ "type": "boolean", "default": false }),
        Field::new(
            Text::fixed("Allow private addresses", "السماح بالعناوين الخاصة"),
            Text::fixed(
                "Whether this connection may lead to this machine or the private network. Only administrators can switch it on.",
                "هل يجوز أن يصل هذا الاتصال إلى هذا الجهاز أو الشبكة الخاصة. لا يفعّله إلا المديرون.",
            ),
        ),
    )
}

fn encrypted(form: Form) -> Form {
    form.field(
        "tls",
        json!({ "type": "boolean", "default": false }),
        Field::new(
            Text::fixed("Encrypted", "اتصال مشفّر"),
            Text::fixed(
                "Whether the server expects TLS.",
                "هل يتوقع الخادم اتصال TLS.",
            ),
        ),
    )
}

fn verify(form: Form) -> Form {
    form.field(
        "verifyTls",
        json!({ "type": "boolean", "default": true }),
        Field::new(
            Text::fixed("Check the certificate", "التحقق من الشهادة"),
            Text::fixed(
                "Switch off only for servers with a certificate of their own making.",
                "لا تعطّله إلا للخوادم ذات الشهادات الموقّعة ذاتيًا.",
            ),
        ),
    )
}

fn sqlite() -> ConnectionKind {
    let form = Form::new().group("basic").required(
        "path",
        json!({ "type": "string", "minLength": 1, "maxLength": 4_096 }),
        Field::new(
            Text::fixed("File", "الملف"),
            Text::fixed(
                "Absolute path of the database file on the server.",
                "المسار المطلق لملف قاعدة البيانات على الخادم.",
            ),
        )
        .ltr(),
    );
    kind(
        "sqlite",
        "database",
        Text::fixed("SQLite file", "ملف SQLite"),
        Text::fixed(
            "A database file on the server. Only administrators can make these.",
            "ملف قاعدة بيانات على الخادم. لا ينشئه إلا المديرون.",
        ),
        form,
    )
}

fn database(key: &'static str, name: Text, description: Text, usual_port: u16) -> ConnectionKind {
    let form = port(host(Form::new().group("basic")), usual_port)
        .required(
            "database",
            short_text(),
            Field::new(
                Text::fixed("Database", "قاعدة البيانات"),
                Text::fixed("Its name on the server.", "اسمها على الخادم."),
            )
            .ltr(),
        )
        .required("username", short_text(), username_field());
    let form = password(form).group("advanced").field(
        "tls",
        json!({ "type": "string", "enum": ["off", "prefer", "require", "verify"], "default": "prefer" }),
        Field::new(
            Text::fixed("Encryption", "التشفير"),
            Text::fixed(
                "off: none; prefer: when the server can; require: always; verify: always, and the certificate must be the host's.",
                "off: دون تشفير؛ prefer: إن أمكن؛ require: دائمًا؛ verify: دائمًا مع التحقق من شهادة المضيف.",
            ),
        ),
    );
    let form = private_addresses(certificate(form));
    kind(key, "database", name, description, form)
}

fn smtp() -> ConnectionKind {
    let form = port(host(Form::new().group("basic")), 587).field(
        "security",
        json!({ "type": "string", "enum": ["starttls", "tls", "none"], "default": "starttls" }),
        Field::new(
            Text::fixed("Encryption", "التشفير"),
            Text::fixed(
                "starttls: after the greeting (usual port 587); tls: from the first byte (465); none: only without a password, or on this machine (25).",
                "starttls: بعد التحية (المنفذ المعتاد 587)؛ tls: من أول بايت (465)؛ none: دون كلمة مرور أو على هذا الجهاز فقط (25).",
            ),
        ),
    );
    let form = password(username(form)).required(
        "from",
        short_text(),
        Field::new(
            Text::fixed("Sender", "المرسل"),
            Text::fixed(
                "Address from which mail is sent, for example `Orloj <orloj@example.com>`.",
                "العنوان الذي يُرسل منه البريد، مثل `Orloj <orloj@example.com>`.",
            ),
        )
        .ltr(),
    );
    let form = form.group("advanced").field(
        "helloName",
        short_text(),
        Field::new(
            Text::fixed("Name in the greeting", "الاسم في التحية"),
            Text::fixed(
                "How this machine introduces itself; usually its own name.",
                "كيف يعرّف هذا الجهاز نفسه؛ والمعتاد اسمه.",
            ),
        )
        .ltr(),
    );
    let form = private_addresses(certificate(verify(form)));
    kind(
        "smtp",
        "mail",
        Text::fixed("Mail server", "خادم بريد"),
        Text::fixed(
            "A server that takes mail (SMTP).",
            "خادم يستقبل البريد للإرسال (SMTP).",
        ),
        form,
    )
}

fn s3() -> ConnectionKind {
    let form = Form::new()
        .group("basic")
        .required(
            "endpoint",
            json!({ "type": "string", "minLength": 1, "maxLength": 2_048 }),
            Field::new(
                Text::fixed("Address", "العنوان"),
                Text::fixed("Web address of the store.", "عنوان الويب للمخزن."),
            )
            .ltr(),
        )
        .field(
            "region",
            short_text(),
            Field::new(
                Text::fixed("Region", "المنطقة"),
                Text::fixed("As the store names it.", "كما يسمّيها المخزن."),
            )
            .ltr(),
        )
        .required(
            "bucket",
            short_text(),
            Field::new(
                Text::fixed("Bucket", "الحاوية"),
                Text::fixed("Where objects are kept.", "حيث تُحفظ الكائنات."),
            )
            .ltr(),
        )
        .required(
            "accessKeyId",
            short_text(),
            Field::new(
                Text::fixed("Access key", "مفتاح الوصول"),
                Text::fixed(
                    "The public half of the key pair.",
                    "النصف العلني من زوج المفاتيح.",
                ),
            )
            .ltr(),
        )
        .required(
            "secretAccessKey",
            sealed_text(),
            Field::new(
                Text::fixed("Secret access key", "مفتاح الوصول السري"),
                Text::fixed(
                    "Stored encrypted and never shown again.",
                    "يُخزَّن مشفّرًا ولا يُعرض مرة أخرى.",
                ),
            )
            .widget("secret")
            .ltr(),
        )
        .group("advanced")
        .field(
            "pathStyle",
            json!({ "type": "boolean", "default": true }),
            Field::new(
                Text::fixed("Bucket in the path", "الحاوية ضمن المسار"),
                Text::fixed(
                    "Whether the bucket is part of the path, not of the host name.",
                    "هل تكون الحاوية جزءًا من المسار لا من اسم المضيف.",
                ),
            ),
        );
    kind(
        "s3",
        "archive",
        Text::fixed("Object store", "مخزن كائنات"),
        Text::fixed("A store that speaks S3.", "مخزن متوافق مع S3."),
        private_addresses(verify(form)),
    )
}

fn redis() -> ConnectionKind {
    let form = password(username(port(host(Form::new().group("basic")), 6379))).field(
        "database",
        json!({ "type": "integer", "minimum": 0, "maximum": 65_535, "default": 0 }),
        Field::new(
            Text::fixed("Database", "قاعدة البيانات"),
            Text::fixed("Its number.", "رقمها."),
        ),
    );
    kind(
        "redis",
        "layers",
        Text::fixed("Redis", "Redis"),
        Text::fixed(
            "A Redis server, as a broker or for results.",
            "خادم Redis وسيطًا للرسائل أو لحفظ النتائج.",
        ),
        private_addresses(encrypted(form.group("advanced"))),
    )
}

fn amqp() -> ConnectionKind {
    let form = password(username(port(host(Form::new().group("basic")), 5672))).field(
        "virtualHost",
        short_text(),
        Field::new(
            Text::fixed("Virtual host", "المضيف الافتراضي"),
            Text::fixed("Usually `/`.", "المعتاد `/`."),
        )
        .ltr(),
    );
    kind(
        "amqp",
        "waypoints",
        Text::fixed("RabbitMQ (AMQP)", "RabbitMQ (AMQP)"),
        Text::fixed(
            "A message broker that speaks AMQP 0-9-1.",
            "وسيط رسائل يدعم AMQP 0-9-1.",
        ),
        private_addresses(encrypted(form.group("advanced"))),
    )
}

fn http() -> ConnectionKind {
    let form = Form::new().group("basic").required(
        "url",
        json!({ "type": "string", "minLength": 1, "maxLength": 2_048 }),
        Field::new(
            Text::fixed("Address", "العنوان"),
            Text::fixed("Web address of the service.", "عنوان الويب للخدمة."),
        )
        .ltr(),
    );
    let form = password(username(form)).field(
        "token",
        sealed_text(),
        Field::new(
            Text::fixed("Token", "الرمز"),
            Text::fixed(
                "Sent as a bearer token instead of name and password. Stored encrypted and never shown again.",
                "يُرسل رمزَ حامل بدل اسم المستخدم وكلمة المرور. يُخزَّن مشفّرًا ولا يُعرض مرة أخرى.",
            ),
        )
        .widget("secret")
        .ltr(),
    );
    kind(
        "http",
        "globe",
        Text::fixed("Web service", "خدمة ويب"),
        Text::fixed(
            "A service on the web, with what proves who asks.",
            "خدمة على الويب مع ما يثبت هوية الطالب.",
        ),
        private_addresses(verify(form.group("advanced"))),
    )
}
