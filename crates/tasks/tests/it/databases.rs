//! Real databases for tests: an SQLite file, PostgreSQL where `TEST_POSTGRES_URL`
//! says, and a MariaDB server of the test's own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, Row};

static NEXT: AtomicU32 = AtomicU32::new(1);

/// A password with everything in it that option files stumble over.
pub(crate) const PASSWORD: &str = r#"p'a"s#s:w\o rd"#;

/// A database with nothing in it.
pub(crate) struct Database {
    pub(crate) kind: &'static str,
    /// As the host hands it to functions.
    pub(crate) settings: Value,
    folder: tempfile::TempDir,
    server: Option<Child>,
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            drop(server.kill());
            drop(server.wait());
        }
    }
}

/// All databases that can be had here; says so loudly when one cannot.
pub(crate) async fn databases() -> Vec<Database> {
    let mut all = vec![Database::sqlite()];
    all.extend(Database::postgres().await);
    all.extend(Database::mariadb().await);
    all
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("shop.db");
        std::fs::write(&path, b"").expect("a file");
        Self {
            kind: "sqlite",
            settings: json!({ "type": "sqlite", "path": path, "allowedTables": ["*"] }),
            folder,
            server: None,
        }
    }

    pub(crate) async fn postgres() -> Option<Self> {
        let Ok(url) = std::env::var("TEST_POSTGRES_URL") else {
            skipped("PostgreSQL", "TEST_POSTGRES_URL is not set");
            return None;
        };
        let name = format!(
            "tasks_{}_{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let mut admin = PgConnection::connect(&url).await.expect("PostgreSQL");
        for sql in [
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name}"),
        ] {
            sqlx::query(AssertSqlSafe(sql))
                .execute(&mut admin)
                .await
                .expect("a new database");
        }
        let url = url::Url::parse(&url).expect("an address");
        Some(Self {
            kind: "postgres",
            settings: json!({
                "type": "postgres",
                "host": url.host_str().expect("a host"),
                "port": url.port().unwrap_or(5432),
                "database": name,
                "username": url.username(),
                "password": url.password().unwrap_or_default(),
                "tls": "off",
                "allowedTables": ["*"],
                "allowPrivateAddresses": true,
            }),
            folder: tempfile::tempdir().expect("a folder"),
            server: None,
        })
    }

    pub(crate) async fn mariadb() -> Option<Self> {
        Self::mariadb_with(&[]).await
    }

    /// A server with more settings.
    pub(crate) async fn mariadb_with(more: &[String]) -> Option<Self> {
        if !Path::new("/usr/sbin/mariadbd").exists() {
            skipped("MariaDB", "the package mariadb-server is not installed");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let made = Command::new("mariadb-install-db")
            .args(["--no-defaults", "--skip-test-db", "--user=root"])
            .arg("--auth-root-authentication-method=normal")
            .arg(format!("--datadir={}", data.display()))
            // Two installations at a time would take each other's temporary tables.
            .env("TMPDIR", folder.path())
            .output()
            .expect("mariadb-install-db");
        assert!(made.status.success(), "{made:?}");
        let port = crate::ports::free_port();
        let init = folder.path().join("init.sql");
        let escaped = PASSWORD.replace('\\', "\\\\").replace('\'', "''");
        std::fs::write(
            &init,
            format!(
                "CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE USER shop@'%' IDENTIFIED BY '{escaped}'; GRANT ALL ON *.* TO shop@'%';\n"
            )
            .replace("; ", ";\n"),
        )
        .expect("a file");
        let server = Command::new("/usr/sbin/mariadbd")
            .args(["--no-defaults", "--user=root", "--bind-address=127.0.0.1"])
            .args(["--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve"])
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", folder.path().join("sock").display()))
            .arg(format!("--port={port}"))
            .arg(format!("--init-file={}", init.display()))
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("log")).expect("a log"))
            .spawn()
            .expect("mariadbd");
        let database = Self {
            kind: "mysql",
            settings: json!({
                "type": "mysql",
                "host": "127.0.0.1",
                "port": port,
                "database": "shop",
                "username": "shop",
                "password": PASSWORD,
                "tls": "off",
                "allowedTables": ["*"],
                "allowPrivateAddresses": true,
            }),
            folder,
            server: Some(server),
        };
        let start = Instant::now();
        while let Err(error) = database.mysql().await {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "MariaDB does not come up: {error}\n{}",
                std::fs::read_to_string(database.folder.path().join("log")).unwrap_or_default()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Some(database)
    }

    /// The word of this database among `[SQLite, PostgreSQL, MariaDB]`.
    pub(crate) fn pick<'a>(&self, words: [&'a str; 3]) -> &'a str {
        match self.kind {
            "sqlite" => words[0],
            "postgres" => words[1],
            _ => words[2],
        }
    }

    async fn mysql(&self) -> Result<MySqlConnection, sqlx::Error> {
        let options = sqlx::mysql::MySqlConnectOptions::new()
            .host("127.0.0.1")
            .port(
                u16::try_from(self.settings["port"].as_u64().unwrap_or_default())
                    .unwrap_or_default(),
            )
            .username("shop")
            .password(PASSWORD)
            .database(self.settings["database"].as_str().unwrap_or_default())
            .ssl_mode(sqlx::mysql::MySqlSslMode::Disabled);
        MySqlConnection::connect_with(&options).await
    }

    /// The address of a PostgreSQL database, with the superuser.
    pub(crate) fn url(&self) -> String {
        let mut url =
            url::Url::parse(&std::env::var("TEST_POSTGRES_URL").expect("set")).expect("an address");
        url.set_path(self.settings["database"].as_str().expect("a name"));
        url.into()
    }

    async fn pg(&self) -> PgConnection {
        PgConnection::connect(&self.url())
            .await
            .expect("PostgreSQL")
    }

    async fn file(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new()
            .filename(self.settings["path"].as_str().expect("a path"))
            .busy_timeout(Duration::from_secs(20));
        SqliteConnection::connect_with(&options)
            .await
            .expect("a file")
    }

    /// Runs statements, as the owner of the database.
    pub(crate) async fn exec(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        let done = match self.kind {
            "sqlite" => sqlx::raw_sql(sql)
                .execute(&mut self.file().await)
                .await
                .map(drop),
            "postgres" => sqlx::raw_sql(sql)
                .execute(&mut self.pg().await)
                .await
                .map(drop),
            _ => sqlx::raw_sql(sql)
                .execute(&mut self.mysql().await.expect("MariaDB"))
                .await
                .map(drop),
        };
        done.expect("the statement");
    }

    /// The only number of an answer.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.kind {
            "sqlite" => sqlx::query(sql)
                .fetch_one(&mut self.file().await)
                .await
                .expect("a row")
                .get(0),
            "postgres" => sqlx::query(sql)
                .fetch_one(&mut self.pg().await)
                .await
                .expect("a row")
                .get(0),
            _ => sqlx::query(sql)
                .fetch_one(&mut self.mysql().await.expect("MariaDB"))
                .await
                .expect("a row")
                .get(0),
        }
    }

    /// The only text of an answer.
    pub(crate) async fn text(&self, sql: &str) -> String {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.kind {
            "sqlite" => sqlx::query(sql)
                .fetch_one(&mut self.file().await)
                .await
                .expect("a row")
                .get(0),
            "postgres" => sqlx::query(sql)
                .fetch_one(&mut self.pg().await)
                .await
                .expect("a row")
                .get(0),
            _ => sqlx::query(sql)
                .fetch_one(&mut self.mysql().await.expect("MariaDB"))
                .await
                .expect("a row")
                .get(0),
        }
    }

    /// Where the file of an SQLite database is, whatever its settings say.
    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("shop.db")
    }

    /// The settings with some of them changed.
    pub(crate) fn settings_with(&self, more: Value) -> Value {
        let mut settings = self.settings.clone();
        for (name, value) in more.as_object().expect("an object") {
            settings[name] = value.clone();
        }
        settings
    }

    /// Removes the database from a server that others use too.
    pub(crate) async fn remove(self) {
        if self.kind == "postgres" {
            let url = std::env::var("TEST_POSTGRES_URL").expect("set");
            let mut admin = PgConnection::connect(&url).await.expect("PostgreSQL");
            let name = self.settings["database"].as_str().expect("a name");
            sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
                .execute(&mut admin)
                .await
                .expect("gone");
        }
    }
}

#[expect(clippy::print_stderr, reason = "a test that does not run must be seen")]
pub(crate) fn skipped(what: &str, why: &str) {
    eprintln!("SKIPPED: tests against {what} do not run: {why}");
}
