//! The database seen from outside: made, asked and removed by the harness, never through the program under test.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use tokio::runtime::Runtime;

/// A database of its own on a PostgreSQL server; removed when dropped.
pub(crate) struct Database {
    server: String,
    name: String,
    runtime: Runtime,
}

impl Database {
    /// Makes a database on the server of `TEST_POSTGRES_URL`; `None` when there is none.
    pub(crate) fn make(purpose: &str) -> Option<Self> {
        match std::env::var("TEST_POSTGRES_URL") {
            Ok(server) => Some(Self::on(server, purpose)),
            Err(_) => {
                assert!(
                    std::env::var_os("CI").is_none(),
                    "TEST_POSTGRES_URL is not set; `cargo xtask test` sets it"
                );
                println!("skipped: TEST_POSTGRES_URL is not set");
                None
            }
        }
    }

    /// Makes a database on this server.
    pub(crate) fn on(server: String, purpose: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let database = Self {
            server,
            name: format!("{purpose}_{}", std::process::id()),
            runtime,
        };
        database.administer(&format!("CREATE DATABASE {}", database.name));
        database
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        let (base, _) = self.server.rsplit_once('/').unwrap();
        format!("{base}/{}", self.name)
    }

    /// The rows of a statement.
    pub(crate) fn rows(&self, statement: &str) -> Vec<PgRow> {
        self.runtime.block_on(async {
            let mut connection = PgConnection::connect(&self.url()).await.unwrap();
            let rows = connection
                .fetch_all(AssertSqlSafe(statement.to_owned()))
                .await
                .unwrap();
            connection.close().await.unwrap();
            rows
        })
    }

    /// The one number that a statement answers.
    pub(crate) fn number(&self, statement: &str) -> i64 {
        self.rows(statement)[0].get(0)
    }

    fn administer(&self, statement: &str) {
        self.runtime.block_on(async {
            let mut connection = PgConnection::connect(&self.server).await.unwrap();
            connection
                .execute(AssertSqlSafe(statement.to_owned()))
                .await
                .unwrap();
        });
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let server = self.server.clone();
        // The server may be one that the test has ended.
        self.runtime.block_on(async {
            if let Ok(mut connection) = PgConnection::connect(&server).await {
                let _ = connection.execute(AssertSqlSafe(statement)).await;
            }
        });
    }
}
