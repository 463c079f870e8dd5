//! A private PostgreSQL cluster for the run, with PostgreSQL's own defaults: durable, not tuned.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Failure;

/// A running cluster; stopped and removed when dropped.
pub struct Cluster {
    dir: tempfile::TempDir,
    bin: PathBuf,
    port: u16,
    as_user: bool,
}

impl Cluster {
    /// Makes and starts one.
    pub fn start() -> Result<Cluster, Failure> {
        let bin = binaries()?;
        let dir = tempfile::Builder::new().prefix("bursar-bench-").tempdir()?;
        // PostgreSQL refuses to run as root; its own user owns the directory then.
        let as_user = is_root()?;
        if as_user {
            run(Command::new("chown").arg("postgres").arg(dir.path()))?;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let cluster = Cluster { dir, bin, port, as_user };
        let data = cluster.data();
        run(cluster
            .command("initdb")
            .args(["--auth=trust", "--username=bursar", "--locale=C", "--encoding=UTF8", "-D"])
            .arg(&data))?;
        let options = format!("-p {port} -k {} -c listen_addresses=127.0.0.1", cluster.dir.path().display());
        let log = cluster.dir.path().join("log");
        run(cluster
            .command("pg_ctl")
            .arg("-D")
            .arg(&data)
            .arg("-l")
            .arg(log)
            .args(["-w", "-o", &options, "start"]))?;
        Ok(cluster)
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let path = self.bin.join(program);
        if !self.as_user {
            return Command::new(path);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(path);
        command
    }

    /// Makes a database and returns its URL.
    pub fn database(&self, name: &str) -> Result<String, Failure> {
        let base = format!("postgres://bursar@127.0.0.1:{}", self.port);
        run(self.command("psql").args([
            "-q",
            "-d",
            &format!("{base}/postgres"),
            "-c",
            &format!("CREATE DATABASE {name}"),
        ]))?;
        Ok(format!("{base}/{name}"))
    }

    /// The cluster's main process.
    pub fn pid(&self) -> u32 {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        file.lines().next().and_then(|line| line.trim().parse().ok()).unwrap_or(0)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let stopped =
            run(self.command("pg_ctl").arg("-D").arg(self.data()).args(["-m", "immediate", "stop"]));
        if let Err(error) = stopped {
            eprintln!("the PostgreSQL of this run did not stop: {error}");
        }
    }
}

fn is_root() -> Result<bool, Failure> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(std::fs::metadata("/proc/self")?.uid() == 0)
}

fn binaries() -> Result<PathBuf, Failure> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|dir| dir.filter_map(|entry| entry.ok().map(|entry| entry.path().join("bin"))).collect())
        .unwrap_or_default();
    found.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect::<Vec<_>>());
    let has = |dir: &PathBuf| Path::new(dir).join("initdb").exists() && dir.join("pg_ctl").exists();
    found
        .into_iter()
        .find(has)
        .ok_or_else(|| "PostgreSQL is missing: install the package `postgresql`".into())
}

fn run(command: &mut Command) -> Result<(), Failure> {
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
}
