//! One installation of Bursar: its data, its settings, and its command line.

use std::fs::{File, OpenOptions};
use std::process::Stdio;

use bursar_store::Db;
use serde_json::Value;
use tokio::process::Command;

use crate::database::Database;
use crate::server::Server;

/// Seals what the database keeps, for every process of the installation.
pub const MASTER_KEY: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";
/// What every Stripe simulator takes.
pub const STRIPE_KEY: &str = "sk_test_chaos";
/// What proves that a webhook is the simulator's.
pub const WEBHOOK_SECRET: &str = "whsec_chaos";

/// An installation; gone when dropped.
#[derive(Debug)]
pub struct House {
    data: tempfile::TempDir,
    database: Option<Database>,
    settings: Vec<(&'static str, String)>,
}

/// Who pays, and who asks.
#[derive(Debug, Clone)]
pub struct People {
    pub org_id: String,
    pub admin_key: String,
    pub agent_id: String,
    pub api_key: String,
}

impl House {
    /// On the embedded database.
    pub fn sqlite() -> House {
        House::over(None)
    }

    /// On a fresh database of the tests' PostgreSQL.
    pub async fn postgres() -> House {
        House::over(Some(Database::new().await))
    }

    pub fn over(database: Option<Database>) -> House {
        let data = tempfile::tempdir().unwrap();
        let mut settings = vec![
            ("BURSAR_MASTER_KEY", MASTER_KEY.to_owned()),
            // The breaker would stop exactly what the load is for.
            ("BURSAR_BREAKER_REQUESTS", "1000000000".to_owned()),
            ("BURSAR_LOG", "warn".to_owned()),
        ];
        if let Some(database) = &database {
            settings.push(("BURSAR_DATABASE_URL", database.url()));
        }
        House { data, database, settings }
    }

    /// The same with the rail `stripe`, which is a simulator.
    pub fn with_stripe(mut self, url: String) -> House {
        self.settings.push(("BURSAR_STRIPE_KEY", STRIPE_KEY.to_owned()));
        self.settings.push(("BURSAR_STRIPE_URL", url));
        self.settings.push(("BURSAR_STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()));
        self
    }

    /// Its settings as environment variables, the data directory included.
    pub fn settings(&self) -> Vec<(String, String)> {
        let data = ("BURSAR_DATA".to_owned(), self.data.path().display().to_string());
        let own = self.settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        own.chain([data]).collect()
    }

    /// Its data directory.
    pub fn data(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Where its mails lie.
    pub fn mails(&self) -> std::path::PathBuf {
        self.data.path().join("mail")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bursar"));
        command.args(words).envs(self.settings()).kill_on_drop(true);
        command
    }

    fn log(&self) -> File {
        let path = self.data.path().join("serve.log");
        OpenOptions::new().create(true).append(true).open(path).unwrap()
    }

    /// Starts a server.
    pub async fn serve(&self) -> Server {
        Server::start(&mut self.command(&["serve", "--listen", "127.0.0.1:0"]), self.log()).await
    }

    /// Runs a command that must succeed, and reads its answer.
    pub async fn run(&self, words: &[&str]) -> Value {
        let words = [words, &["--json"]].concat();
        let output = self.command(&words).stdin(Stdio::null()).output().await.unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "bursar {words:?}: {}\n{out}\n{err}", output.status);
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("bursar {words:?}: {error}: {out}"))
    }

    /// Whether a command succeeds.
    pub async fn runs(&self, words: &[&str]) -> bool {
        let mut command = self.command(words);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().await.unwrap().success()
    }

    /// Makes an org with `money`, and an agent with `limits`.
    pub async fn people(&self, money: &str, limits: &[&str]) -> People {
        let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
        let org = self.run(&["org", "create", "Acme", "--admin-email", "owner@example.com"]).await;
        let (org_id, admin_key) = (text(&org, "org_id"), text(&org, "admin_key"));
        self.run(&["wallet", "deposit", "--org", &org_id, money, "--reason", "to begin with"]).await;
        if self.settings.iter().any(|(name, _)| *name == "BURSAR_STRIPE_KEY") {
            let card = ["--customer", "cus_demo", "--payment-method", "pm_card_visa"];
            self.run(&[&["org", "stripe", "--org", &org_id][..], &card].concat()).await;
        }
        let words = [&["agent", "create", "--org", &org_id, "--name", "shopper"][..], limits].concat();
        let agent = self.run(&words).await;
        People { org_id, admin_key, agent_id: text(&agent, "agent_id"), api_key: text(&agent, "api_key") }
    }

    /// What the org's wallet can still spend, as the command line shows it with an agent that draws on it.
    pub async fn available(&self, people: &People) -> String {
        let agents = self.run(&["agent", "list", "--org", &people.org_id]).await;
        agents[0]["available"].as_str().unwrap().to_owned()
    }

    /// The ledger is what its transfers say, and no link of any chain is broken.
    pub async fn assert_sound(&self) {
        self.run(&["ledger", "check"]).await;
        self.run(&["audit", "verify"]).await;
    }

    /// Ends the leases and the pauses of all jobs that were tried, as time would: what the dead have begun can be taken
    /// over at once.
    pub async fn end_leases(&self) {
        let db = match &self.database {
            Some(database) => Db::postgres(&database.url(), 1).await.unwrap(),
            None => Db::sqlite(self.data.path()).await.unwrap(),
        };
        let mut tx = db.write().await.unwrap();
        let tried =
            "UPDATE jobs SET run_at_us = 0, lease_until_us = 0 WHERE state = 'ready' AND attempts > 0";
        tx.execute(tried, &[]).await.unwrap();
        tx.commit().await.unwrap();
        db.close().await;
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.data.path().join("serve.log")).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(40).collect();
            println!(
                "the end of the servers' log:\n{}",
                tail.into_iter().rev().collect::<Vec<_>>().join("\n")
            );
        }
    }
}
