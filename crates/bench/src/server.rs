//! The measured servers as child processes.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use bursar_store::Db;

use crate::Failure;
use crate::cards;
use crate::requests::Sender;

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    /// `host:port`.
    pub address: String,
}

impl Server {
    /// Starts a command that prints `listening on http://…`.
    pub async fn start(command: &mut Command) -> Result<Server, Failure> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let stdout = child.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(stdout).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some((_, address)) = line.split_once("listening on http://") {
                let address = address.trim().to_owned();
                // Whatever else it says must not fill the pipe.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Server { child, address });
            }
        }
        Err("the server ended before it was ready".into())
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// Ends it and waits until it has.
    pub async fn stop(mut self) -> Result<(), Failure> {
        self.child.kill().await?;
        Ok(())
    }
}

/// Bursar over one store.
pub struct Bursar<'a> {
    /// The binary.
    pub binary: &'a Path,
    /// The data directory.
    pub data: &'a Path,
    /// PostgreSQL instead of the file.
    pub database_url: Option<&'a str>,
}

impl Bursar<'_> {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.binary);
        command.arg("--data").arg(self.data).args(words);
        if let Some(url) = self.database_url {
            command.args(["--database-url", url]);
        }
        // The breaker would stop exactly what is measured; everything else is as it comes.
        command.env("BURSAR_BREAKER_REQUESTS", "1000000000").env("BURSAR_LOG", "error");
        command.env("BURSAR_MASTER_KEY", "5".repeat(64));
        // Stripe is not called by what is measured, and is nowhere.
        command.env("BURSAR_STRIPE_KEY", "sk_test_bench").env("BURSAR_STRIPE_URL", "http://127.0.0.1:9");
        command.env("BURSAR_STRIPE_WEBHOOK_SECRET", cards::WEBHOOK_SECRET);
        command
    }

    async fn json(&self, words: &[&str]) -> Result<Value, Failure> {
        let mut words = words.to_vec();
        words.push("--json");
        let output = self.command(&words).stdin(Stdio::null()).output().await?;
        if !output.status.success() {
            return Err(format!("{words:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Makes `orgs` orgs with money, each with an agent that has three windows.
    pub async fn people(&self, orgs: usize) -> Result<Vec<Sender>, Failure> {
        let text = |value: &Value, name: &str| -> Result<String, Failure> {
            Ok(value[name].as_str().ok_or_else(|| format!("no {name}"))?.to_owned())
        };
        let mut senders = Vec::with_capacity(orgs);
        for n in 0..orgs {
            let org = self.json(&["org", "create", "bench", "--admin-email", "owner@example.com"]).await?;
            let org = text(&org, "org_id")?;
            self.json(&["wallet", "deposit", "--org", &org, "1000000000", "--reason", "bench"]).await?;
            let limit = "900000000";
            let limits = ["--daily", limit, "--weekly", limit, "--monthly", limit, "--per-tx", "10"];
            let words = [&["agent", "create", "--org", &org, "--name", "bench"][..], &limits].concat();
            let agent = self.json(&words).await?;
            let keys = self.json(&["key", "list", "--org", &org]).await?;
            let list = keys.as_array().or_else(|| keys["data"].as_array()).ok_or("no keys")?;
            let agent_id = text(&agent, "agent_id")?;
            let key =
                list.iter().find(|key| key["agent_id"] == agent_id.as_str()).ok_or("no key of the agent")?;
            let (key_id, api_key) = (text(key, "key_id")?, text(&agent, "api_key")?);
            senders.push(Sender { n, org_id: org, agent_id, key_id, api_key });
        }
        Ok(senders)
    }

    /// Gives cards to their agents; no server may run.
    pub async fn cards(&self, senders: &[Sender]) -> Result<(), Failure> {
        let db = match self.database_url {
            Some(url) => Db::postgres(url, 1).await?,
            None => Db::sqlite(self.data).await?,
        };
        cards::issue(&db, senders).await
    }

    /// Starts the server; deciding is measured, so rails wait.
    pub async fn serve(&self) -> Result<Server, Failure> {
        Server::start(&mut self.command(&["serve", "--listen", "127.0.0.1:0", "--roles", "api"])).await
    }

    /// Whether the ledger is what its transfers say.
    pub async fn check(&self) -> Result<(), Failure> {
        self.json(&["ledger", "check"]).await.map(drop)
    }
}
