//! `bursar serve` as a child process, and what can be done to it.

use std::fs::File;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::until::PATIENCE;

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pid: u32,
    /// Such as `http://127.0.0.1:40123`.
    pub url: String,
}

impl Server {
    /// Starts it and waits until it is ready; what it logs is added to `log`.
    pub async fn start(command: &mut Command, log: File) -> Server {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let pid = child.id().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some((_, address)) = line.split_once("listening on ") {
                    return address.trim().to_owned();
                }
            }
            panic!("the server ended before it was ready");
        };
        let url = tokio::time::timeout(PATIENCE, ready).await.expect("the server was not ready in time");
        Server { child, pid, url }
    }

    /// `kill -9`: it has no chance to finish anything.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// `kill -9` at once; whoever waits for its end does so later.
    pub fn strike(&mut self) {
        self.child.start_kill().unwrap();
    }

    /// SIGTERM: it is asked to finish and stop.
    pub async fn ask_to_stop(&self) {
        self.signal("TERM").await;
    }

    /// SIGSTOP: it stands still where it is.
    pub async fn freeze(&self) {
        self.signal("STOP").await;
    }

    /// SIGCONT: it goes on, as if no time had passed.
    pub async fn thaw(&self) {
        self.signal("CONT").await;
    }

    /// Its end.
    pub async fn ended(mut self) -> ExitStatus {
        let end = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        end.expect("the server did not end in time").unwrap()
    }

    /// Whether it has not ended.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    async fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.pid);
        let sent = Command::new("sh").args(["-c", &kill]).status().await.unwrap();
        assert!(sent.success(), "{kill}: {sent}");
    }
}
