//! A PostgreSQL of the test's own, that it can stop and start.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

/// A private cluster; stopped and removed when dropped.
#[derive(Debug)]
pub struct Cluster {
    dir: tempfile::TempDir,
    bin: PathBuf,
    port: u16,
    /// PostgreSQL refuses to run as root; its own user owns the directory then.
    as_postgres: bool,
}

impl Cluster {
    /// Makes and starts one.
    pub async fn start() -> Cluster {
        let dir = tempfile::Builder::new().prefix("bursar-chaos-").tempdir().unwrap();
        let as_postgres = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        if as_postgres {
            succeed(Command::new("chown").arg("postgres").arg(dir.path())).await;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Cluster { dir, bin: binaries(), port, as_postgres };
        let new = ["--auth=trust", "--username=bursar", "--locale=C", "--encoding=UTF8", "--no-sync", "-D"];
        succeed(cluster.command("initdb").args(new).arg(cluster.data())).await;
        cluster.go_on().await;
        cluster
    }

    /// What connects to its database for maintenance.
    pub fn url(&self) -> String {
        format!("postgres://bursar@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops it as a crash would: no goodbye to anybody, nothing written out.
    pub async fn crash(&self) {
        succeed(self.command("pg_ctl").arg("-D").arg(self.data()).args(["-m", "immediate", "-w", "stop"]))
            .await;
    }

    /// Starts it again on the same data.
    pub async fn go_on(&self) {
        let options =
            format!("-p {} -k {} -c listen_addresses=127.0.0.1", self.port, self.dir.path().display());
        let log = self.dir.path().join("log");
        let mut start = self.command("pg_ctl");
        start.arg("-D").arg(self.data()).arg("-l").arg(log).args(["-w", "-o", &options, "start"]);
        succeed(&mut start).await;
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let path = self.bin.join(program);
        if !self.as_postgres {
            return Command::new(path);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(path);
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = self.command("pg_ctl");
        stop.arg("-D").arg(self.data()).args(["-m", "immediate", "stop"]);
        let stopped =
            stop.as_std_mut().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !stopped.is_ok_and(|status| status.success()) {
            println!("the test's own PostgreSQL did not stop, or had stopped before");
        }
    }
}

/// Where PostgreSQL's programs are.
pub fn binaries() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut places: Vec<PathBuf> =
        versions.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
    places.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect::<Vec<_>>());
    let has = |dir: &PathBuf| Path::new(dir).join("initdb").exists() && dir.join("pg_ctl").exists();
    places.into_iter().find(has).expect("PostgreSQL is missing: install the package `postgresql`")
}

async fn succeed(command: &mut Command) {
    // What it starts must not inherit a pipe, or this would wait for its end.
    let status =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().await.unwrap();
    assert!(status.success(), "{command:?}: {status}");
}
