//! Everything that is measured, in order.

use std::time::Duration;

use tokio::process::Command;

use crate::cluster::Cluster;
use crate::cpu;
use crate::load::{Asks, Load, Outcome, send};
use crate::report::{Figure, Line, print, share};
use crate::requests::{Keys, Sender};
use crate::server::{Bursar, Server};
use crate::{Arguments, Failure};

/// Orgs of a run with many.
const MANY: usize = 64;
/// How often each of two is measured, in turn.
const ROUNDS: usize = 3;
/// What a filled store keeps of an empty one's rate, at least, in hundredths.
const FILLED_FLOOR: u64 = 70;
/// Requests a second of the paced measurement.
const PACE: u64 = 10_000;
/// Within what 99 of 100 card authorisations are answered at half of what the server can answer.
const CARD_P99: Duration = Duration::from_millis(50);

/// What is asked with a bare API key.
const BARE: Asks = Asks::Payments { keys: Keys::Ordered, signed: false };

struct Suite<'a> {
    arguments: &'a Arguments,
    lines: Vec<Line>,
    figures: Vec<Figure>,
    notes: Vec<String>,
}

/// Measures and prints.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let binary = arguments.bursar.clone().ok_or("name the binary with --bursar")?;
    let mut suite = Suite { arguments, lines: Vec::new(), figures: Vec::new(), notes: Vec::new() };
    if arguments.engines.iter().any(|engine| engine == "sqlite") {
        let data = tempfile::tempdir()?;
        let bursar = Bursar { binary: &binary, data: data.path(), database_url: None };
        let echo = Server::start(Command::new(std::env::current_exe()?).arg("echo")).await?;
        let load = suite.load(&echo, &nobody(1));
        let beside = |others: &str| Contestant {
            what: format!("bare echo, in turn with {others}"),
            load: load.clone(),
            pids: vec![echo.pid()],
        };
        let plain = Plain {
            hot: beside("one hot org"),
            many: beside("many orgs"),
            ratio: "share of the bare echo",
            floors: (20, 20),
        };
        suite.engine("SQLite", &bursar, None, &plain).await?;
        echo.stop().await?;
        let data = tempfile::tempdir()?;
        let empty = Bursar { binary: &binary, data: data.path(), database_url: None };
        suite.filled("SQLite", &bursar, &empty, None).await?;
    }
    if arguments.engines.iter().any(|engine| engine == "postgres") {
        let cluster = Cluster::start()?;
        let plain_url = cluster.database("plain")?;
        let mut command = Command::new(std::env::current_exe()?);
        let six = Server::start(command.args(["plain", "--database-url", &plain_url])).await?;
        let mut pids = cpu::tree(cluster.pid());
        pids.push(six.pid());
        let beside = |others: &str, senders: usize| Contestant {
            what: format!("PostgreSQL, six statements a request, {others}"),
            load: Load { asks: BARE, ..suite.load(&six, &nobody(senders)) },
            pids: pids.clone(),
        };
        let plain = Plain {
            hot: beside("one hot org", 1),
            many: beside("many agents", MANY),
            ratio: "times six statements a request",
            floors: (800, 300),
        };
        let data = tempfile::tempdir()?;
        let url = cluster.database("bursar")?;
        let bursar = Bursar { binary: &binary, data: data.path(), database_url: Some(&url) };
        suite.engine("PostgreSQL", &bursar, Some(&cluster), &plain).await?;
        six.stop().await?;
        let (data, url) = (tempfile::tempdir()?, cluster.database("empty")?);
        let empty = Bursar { binary: &binary, data: data.path(), database_url: Some(&url) };
        suite.filled("PostgreSQL", &bursar, &empty, Some(&cluster)).await?;
    }
    print(&suite.figures, &suite.lines, &suite.notes);
    Ok(())
}

/// Who is measured, under which load.
struct Contestant {
    what: String,
    load: Load,
    pids: Vec<u32>,
}

/// The plainest thing that could do the job, and what is said of us beside it.
struct Plain {
    hot: Contestant,
    many: Contestant,
    ratio: &'static str,
    /// In hundredths: one hot org, many.
    floors: (u64, u64),
}

fn nobody(count: usize) -> Vec<Sender> {
    let text = |what: &str| what.to_owned();
    let sender = |n| Sender {
        n,
        org_id: text("org"),
        agent_id: text("agent"),
        key_id: text("key"),
        api_key: text("key"),
    };
    (0..count).map(sender).collect()
}

impl Suite<'_> {
    fn load(&self, server: &Server, senders: &[Sender]) -> Load {
        Load {
            address: server.address.clone(),
            senders: senders.to_vec(),
            asks: Asks::Payments { keys: Keys::Ordered, signed: true },
            connections: self.arguments.connections,
            lasting: Duration::from_secs(self.arguments.seconds),
            rate: None,
        }
    }

    async fn measure(&mut self, what: &str, load: &Load, pids: &[u32]) -> Result<Outcome, Failure> {
        let line = self.once(what, load, pids).await?;
        let outcome = line.outcome.clone();
        self.lines.push(line);
        Ok(outcome)
    }

    /// Measures both in turn, several times, so that whatever else the machine does meets both alike. Notes the middle
    /// round of each and the middle ratio.
    async fn duel(
        &mut self,
        ours: &Contestant,
        plain: &Contestant,
        what: String,
        floor: u64,
    ) -> Result<(), Failure> {
        let (mut theirs, mut own) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            for (contestant, rounds) in [(plain, &mut theirs), (ours, &mut own)] {
                rounds.push(self.once(&contestant.what, &contestant.load, &contestant.pids).await?);
            }
        }
        let mut ratios: Vec<u64> = own
            .iter()
            .zip(&theirs)
            .map(|(own, theirs)| share(own.outcome.per_second, theirs.outcome.per_second))
            .collect();
        ratios.sort_unstable();
        self.figures.push(Figure::ratio(what, ratios[ROUNDS / 2], floor));
        let mut middle = |mut rounds: Vec<Line>| {
            rounds.sort_unstable_by_key(|line| line.outcome.per_second);
            self.lines.push(rounds.swap_remove(ROUNDS / 2));
        };
        middle(theirs);
        middle(own);
        Ok(())
    }

    async fn once(&self, what: &str, load: &Load, pids: &[u32]) -> Result<Line, Failure> {
        eprintln!("measuring: {what}");
        let before = cpu::ticks(pids);
        let outcome = send(load).await?;
        let cpu_micros = cpu::micros_per_request(cpu::ticks(pids) - before, outcome.answered);
        Ok(Line { what: what.to_owned(), outcome, cpu_micros })
    }

    /// Measures everything on one engine.
    async fn engine(
        &mut self,
        name: &str,
        bursar: &Bursar<'_>,
        cluster: Option<&Cluster>,
        plain: &Plain,
    ) -> Result<(), Failure> {
        eprintln!("preparing {name}");
        let many = bursar.people(MANY).await?;
        bursar.cards(&many).await?;
        let hot = &many[..1];
        let server = bursar.serve().await?;
        let idle = cpu::resident_kb(server.pid()) / 1024;
        let mut pids = cluster.map(|cluster| cpu::tree(cluster.pid())).unwrap_or_default();
        pids.push(server.pid());
        let lone = Load { connections: 1, ..self.load(&server, hot) };
        self.measure(&format!("{name}, one connection"), &lone, &pids).await?;
        let paced = Load { rate: Some(PACE), ..self.load(&server, hot) };
        self.measure(&format!("{name}, one hot org, {PACE} a second"), &paced, &pids).await?;
        let saturated = |who: &str, senders: &[Sender], suite: &Self| Contestant {
            what: format!("{name}, {who}, saturated"),
            load: suite.load(&server, senders),
            pids: pids.clone(),
        };
        let ratio = |who: &str| format!("{name}, {who}, signed: {}", plain.ratio);
        let ours = saturated("one hot org", hot, self);
        self.duel(&ours, &plain.hot, ratio("one hot org"), plain.floors.0).await?;
        let ours = saturated(&format!("{MANY} orgs"), &many, self);
        self.duel(&ours, &plain.many, ratio("many orgs"), plain.floors.1).await?;
        let load = Load {
            asks: Asks::Payments { keys: Keys::Arbitrary, signed: true },
            ..self.load(&server, &many)
        };
        self.measure(&format!("{name}, {MANY} orgs, saturated, arbitrary keys"), &load, &pids).await?;
        let load = Load { asks: BARE, ..self.load(&server, &many) };
        self.measure(&format!("{name}, {MANY} orgs, saturated, bare keys"), &load, &pids).await?;
        self.cards(name, &Load { asks: Asks::Cards, ..self.load(&server, &many) }, &pids).await?;
        server.stop().await?;
        bursar.check().await?;
        self.notes
            .push(format!("{name}: an idle server has {idle} MB; the ledger checked clean after the run"));
        Ok(())
    }

    /// Measures how soon the card network has its answer: at most, and at half of that.
    async fn cards(&mut self, name: &str, load: &Load, pids: &[u32]) -> Result<(), Failure> {
        let most = self.measure(&format!("{name}, card authorisations, saturated"), load, pids).await?;
        let half = Load { rate: Some((most.per_second / 2).max(1)), ..load.clone() };
        let what = format!("{name}, card authorisations, half of that");
        let outcome = self.measure(&what, &half, pids).await?;
        let what = format!("{name}, card authorisations at half of saturation: p99 in ms");
        self.figures.push(Figure::time(what, outcome.p99, CARD_P99));
        Ok(())
    }

    /// Fills a store with real requests, then measures it in turn with an empty one.
    async fn filled(
        &mut self,
        name: &str,
        filled: &Bursar<'_>,
        empty: &Bursar<'_>,
        cluster: Option<&Cluster>,
    ) -> Result<(), Failure> {
        let wanted = self.arguments.rows;
        if wanted == 0 {
            return Ok(());
        }
        let senders = filled.people(MANY).await?;
        let server = filled.serve().await?;
        let mut rows = 0;
        while rows < wanted {
            let load = Load { lasting: Duration::from_secs(20), ..self.load(&server, &senders) };
            rows += send(&load).await?.answered;
            eprintln!("{name}: {rows} of {wanted} transactions");
        }
        let others = empty.people(MANY).await?;
        let other = empty.serve().await?;
        let contestant = |what: String, server: &Server, senders: &[Sender], suite: &Self| {
            let mut pids = cluster.map(|cluster| cpu::tree(cluster.pid())).unwrap_or_default();
            pids.push(server.pid());
            Contestant { what, load: suite.load(server, senders), pids }
        };
        let what = format!("{name}, {MANY} orgs, saturated, after {rows} transactions");
        let ours = contestant(what, &server, &senders, self);
        let what = format!("{name}, {MANY} orgs, saturated, at none, in turn");
        let theirs = contestant(what, &other, &others, self);
        let what = format!("{name}: rate after {rows} transactions, share of the rate at none");
        self.duel(&ours, &theirs, what, FILLED_FLOOR).await?;
        server.stop().await?;
        other.stop().await
    }
}
