//! Everything that is measured, in order.

use std::time::Duration;

use tokio::process::Command;

use crate::cluster::Cluster;
use crate::cpu;
use crate::load::{Load, Outcome, send};
use crate::report::{Line, Ratio, print};
use crate::requests::{Keys, Sender};
use crate::server::{Bursar, Server};
use crate::{Arguments, Failure};

/// Orgs of a run with many.
const MANY: usize = 64;
/// Requests a second of the paced measurement.
const PACE: u64 = 10_000;

struct Suite<'a> {
    arguments: &'a Arguments,
    lines: Vec<Line>,
    ratios: Vec<Ratio>,
    notes: Vec<String>,
}

/// Measures and prints.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let binary = arguments.bursar.clone().ok_or("name the binary with --bursar")?;
    let mut suite = Suite { arguments, lines: Vec::new(), ratios: Vec::new(), notes: Vec::new() };
    let echo = suite.echo().await?;
    if arguments.engines.iter().any(|engine| engine == "sqlite") {
        let data = tempfile::tempdir()?;
        let bursar = Bursar { binary: &binary, data: data.path(), database_url: None };
        let rates = suite.engine("SQLite", &bursar, None).await?;
        suite.ratios.push(Ratio::new(
            "SQLite, one hot org, signed: share of the bare echo",
            rates.hot,
            echo,
            Some(20),
        ));
        suite.ratios.push(Ratio::new(
            "SQLite, many orgs, signed: share of the bare echo",
            rates.many,
            echo,
            Some(20),
        ));
        suite.filled("SQLite", &bursar, None, rates).await?;
    }
    if arguments.engines.iter().any(|engine| engine == "postgres") {
        let cluster = Cluster::start()?;
        let plain = suite.plain(&cluster).await?;
        let data = tempfile::tempdir()?;
        let url = cluster.database("bursar")?;
        let bursar = Bursar { binary: &binary, data: data.path(), database_url: Some(&url) };
        let rates = suite.engine("PostgreSQL", &bursar, Some(&cluster)).await?;
        suite.ratios.push(Ratio::new(
            "PostgreSQL, many agents: times six statements a request",
            rates.many,
            plain.many,
            Some(300),
        ));
        suite.ratios.push(Ratio::new(
            "PostgreSQL, one hot org: times six statements a request",
            rates.hot,
            plain.hot,
            Some(800),
        ));
        suite.filled("PostgreSQL", &bursar, Some(&cluster), rates).await?;
    }
    print(&suite.ratios, &suite.lines, &suite.notes);
    Ok(())
}

/// Requests a second.
#[derive(Debug, Clone, Copy)]
struct Rates {
    hot: u64,
    many: u64,
}

fn nobody(count: usize) -> Vec<Sender> {
    (0..count).map(|n| Sender { n, key_id: "key".to_owned(), api_key: "key".to_owned() }).collect()
}

impl Suite<'_> {
    fn load(&self, server: &Server, senders: &[Sender]) -> Load {
        Load {
            address: server.address.clone(),
            senders: senders.to_vec(),
            keys: Keys::Ordered,
            signed: true,
            connections: self.arguments.connections,
            lasting: Duration::from_secs(self.arguments.seconds),
            rate: None,
        }
    }

    async fn measure(&mut self, what: &str, load: &Load, pids: &[u32]) -> Result<Outcome, Failure> {
        eprintln!("measuring: {what}");
        let before = cpu::ticks(pids);
        let outcome = send(load).await?;
        let cpu_micros = cpu::micros_per_request(cpu::ticks(pids) - before, outcome.answered);
        self.lines.push(Line { what: what.to_owned(), outcome: outcome.clone(), cpu_micros });
        Ok(outcome)
    }

    async fn echo(&mut self) -> Result<u64, Failure> {
        let server = Server::start(Command::new(std::env::current_exe()?).arg("echo")).await?;
        let load = self.load(&server, &nobody(1));
        let rate = self.measure("bare echo", &load, &[server.pid()]).await?.per_second;
        server.stop().await?;
        Ok(rate)
    }

    async fn plain(&mut self, cluster: &Cluster) -> Result<Rates, Failure> {
        let url = cluster.database("plain")?;
        let mut command = Command::new(std::env::current_exe()?);
        let server = Server::start(command.args(["plain", "--database-url", &url])).await?;
        let mut pids = cpu::tree(cluster.pid());
        pids.push(server.pid());
        let hot = Load { signed: false, ..self.load(&server, &nobody(1)) };
        let hot = self.measure("PostgreSQL, six statements a request, one hot org", &hot, &pids).await?;
        let many = Load { signed: false, ..self.load(&server, &nobody(MANY)) };
        let many = self.measure("PostgreSQL, six statements a request, many agents", &many, &pids).await?;
        server.stop().await?;
        Ok(Rates { hot: hot.per_second, many: many.per_second })
    }

    async fn engine(
        &mut self,
        name: &str,
        bursar: &Bursar<'_>,
        cluster: Option<&Cluster>,
    ) -> Result<Rates, Failure> {
        eprintln!("preparing {name}");
        let many = bursar.people(MANY).await?;
        let hot = &many[..1];
        let server = bursar.serve().await?;
        let idle = cpu::resident_kb(server.pid()) / 1024;
        let mut pids = cluster.map(|cluster| cpu::tree(cluster.pid())).unwrap_or_default();
        pids.push(server.pid());
        let lone = Load { connections: 1, ..self.load(&server, hot) };
        self.measure(&format!("{name}, one connection"), &lone, &pids).await?;
        let paced = Load { rate: Some(PACE), connections: 64, ..self.load(&server, hot) };
        self.measure(&format!("{name}, one hot org, {PACE} a second"), &paced, &pids).await?;
        let load = self.load(&server, hot);
        let hot_rate =
            self.measure(&format!("{name}, one hot org, saturated"), &load, &pids).await?.per_second;
        let load = self.load(&server, &many);
        let many_rate =
            self.measure(&format!("{name}, {MANY} orgs, saturated"), &load, &pids).await?.per_second;
        let load = Load { keys: Keys::Arbitrary, ..self.load(&server, &many) };
        self.measure(&format!("{name}, {MANY} orgs, saturated, arbitrary keys"), &load, &pids).await?;
        let load = Load { signed: false, ..self.load(&server, &many) };
        self.measure(&format!("{name}, {MANY} orgs, saturated, bare keys"), &load, &pids).await?;
        server.stop().await?;
        bursar.check().await?;
        self.notes
            .push(format!("{name}: an idle server has {idle} MB; the ledger checked clean after the run"));
        Ok(Rates { hot: hot_rate, many: many_rate })
    }

    /// Fills the store with real requests and measures once more.
    async fn filled(
        &mut self,
        name: &str,
        bursar: &Bursar<'_>,
        cluster: Option<&Cluster>,
        empty: Rates,
    ) -> Result<(), Failure> {
        let rows = self.arguments.rows;
        if rows == 0 {
            return Ok(());
        }
        let senders = bursar.people(MANY).await?;
        let server = bursar.serve().await?;
        let mut filled = 0;
        while filled < rows {
            let load = Load { lasting: Duration::from_secs(20), ..self.load(&server, &senders) };
            filled += send(&load).await?.answered;
            eprintln!("{name}: {filled} of {rows} transactions");
        }
        let mut pids = cluster.map(|cluster| cpu::tree(cluster.pid())).unwrap_or_default();
        pids.push(server.pid());
        let load = self.load(&server, &senders);
        let what = format!("{name}, {MANY} orgs, saturated, after {filled} transactions");
        let rate = self.measure(&what, &load, &pids).await?.per_second;
        let what = format!("{name}: rate after {filled} transactions, share of the rate at none");
        self.ratios.push(Ratio::new(what, rate, empty.many, Some(70)));
        server.stop().await
    }
}
