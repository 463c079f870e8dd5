//! One connection, and statements that travel together.

use std::collections::HashMap;

use bursar_base::limits;
use bursar_store::StoreError;
use bursar_store::db::LIMITS_POSTGRES;
use bursar_store::postgres::Server;
use futures_util::future::join_all;
use tokio_postgres::{Client, Row, Statement};

use super::super::storage::{Answer, CommitError};
use super::rows::Arguments;
use super::sql;

/// A connection to PostgreSQL.
pub struct Connection {
    client: Client,
    /// What was prepared on this connection.
    statements: HashMap<&'static str, Statement>,
}

/// Statements that are sent one after the other without waiting for answers. PostgreSQL runs them in this order; once one
/// fails, it refuses the rest of the transaction.
#[derive(Default)]
pub struct Pipeline<'a> {
    begins: bool,
    steps: Vec<(&'static str, Arguments<'a>)>,
}

impl<'a> Pipeline<'a> {
    /// One that begins a transaction first.
    pub fn beginning() -> Pipeline<'a> {
        Pipeline { begins: true, steps: Vec::new() }
    }

    /// Adds a statement about rows, and says so; about none there is nothing to send.
    pub fn add(&mut self, sql: &'static str, arguments: impl Into<Arguments<'a>>) -> bool {
        let arguments = arguments.into();
        let sends = !arguments.is_empty();
        if sends {
            self.steps.push((sql, arguments));
        }
        sends
    }
}

impl Connection {
    /// Connects. Nobody waits longer than [`limits::DATABASE_WAIT`].
    pub async fn open(server: &Server) -> Answer<Connection> {
        let connected = tokio::time::timeout(limits::DATABASE_WAIT, server.connect()).await;
        let client = match connected {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => {
                tracing::error!(%error, "PostgreSQL cannot be reached");
                return Err(StoreError::Unreachable);
            }
            Err(_) => return Err(StoreError::Unreachable),
        };
        let standstill = limits::DATABASE_STANDSTILL.as_millis().to_string();
        let lock_wait = limits::DATABASE_LOCK_WAIT.as_millis().to_string();
        client.execute(LIMITS_POSTGRES, &[&standstill, &lock_wait]).await?;
        client.execute(sql::PLANS, &[]).await?;
        Ok(Connection { client, statements: HashMap::new() })
    }

    /// Whether it broke.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Sends everything, then reads the answers: those of each statement, in order.
    pub async fn run(&mut self, pipeline: Pipeline<'_>) -> Answer<Vec<Vec<Row>>> {
        self.prepare(&pipeline).await?;
        let begin = async { if pipeline.begins { self.client.batch_execute("BEGIN").await } else { Ok(()) } };
        // Both are polled in this order, and polling for the first time is what sends.
        let (begun, answers) = tokio::join!(biased; begin, self.send(&pipeline));
        begun?;
        Ok(answers.into_iter().collect::<Result<_, _>>()?)
    }

    /// Sends everything and COMMIT behind it.
    pub async fn commit(&mut self, pipeline: Pipeline<'_>) -> Result<(), CommitError> {
        self.prepare(&pipeline).await.map_err(CommitError::Failed)?;
        let (answers, committed) =
            tokio::join!(biased; self.send(&pipeline), self.client.batch_execute("COMMIT"));
        for answer in answers {
            if let Err(error) = answer {
                // Where PostgreSQL itself refused a statement, it took the COMMIT behind it for a ROLLBACK.
                let refused = error.as_db_error().is_some();
                let error = StoreError::from(error);
                return Err(if refused { CommitError::Failed(error) } else { CommitError::Unknown(error) });
            }
        }
        committed.map_err(|error| CommitError::Unknown(error.into()))
    }

    /// Gives the transaction up.
    pub async fn rollback(&self) -> Answer<()> {
        Ok(self.client.batch_execute("ROLLBACK").await?)
    }

    async fn send(&self, pipeline: &Pipeline<'_>) -> Vec<Result<Vec<Row>, tokio_postgres::Error>> {
        let sent = pipeline.steps.iter().filter_map(|(sql, arguments)| {
            let statement = self.statements.get(sql)?;
            Some(async move { self.client.query(statement, &arguments.params()).await })
        });
        join_all(sent).await
    }

    async fn prepare(&mut self, pipeline: &Pipeline<'_>) -> Answer<()> {
        for (sql, _) in &pipeline.steps {
            if !self.statements.contains_key(sql) {
                self.statements.insert(sql, self.client.prepare(sql).await?);
            }
        }
        Ok(())
    }
}
