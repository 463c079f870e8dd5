//! The built binary, used as people use it: offline, and through a running server.
#![allow(clippy::unwrap_used)] // the test configuration knows only functions that are tests themselves

mod cards;
mod demo;
mod deploy;
mod offline;
mod server;
mod tls;
mod wallets;
mod webhooks;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A data directory and the binary working on it, with nothing of this machine's settings.
struct House {
    dir: tempfile::TempDir,
}

impl House {
    fn new() -> House {
        House { dir: tempfile::tempdir().unwrap() }
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bursar"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("BURSAR_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.dir.path()).arg("--data").arg(self.data()).args(line.split(' '));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    /// Runs a command that must succeed, and reads the JSON it answers with.
    fn json(&self, line: &str) -> Value {
        let output = self.run(&format!("{line} --json"));
        assert_eq!(output.status.code(), Some(0), "{line}: {}", stderr(&output));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// Runs a command that must succeed, and reads what it says to people.
    fn text(&self, line: &str) -> String {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(0), "{line}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must fail with this code, and reads what it says about it.
    fn refused(&self, line: &str, code: i32) -> String {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(code), "{line}: {}", stderr(&output));
        stderr(&output)
    }

    /// Makes an org with money and an agent: 100.00 a day, 50.00 a payment, a human is asked above 20.00.
    fn org_and_agent(&self) -> (String, String, String) {
        let org = text_of(&self.json("org create Acme --admin-email owner@example.com"), "org_id");
        let made = self.json(&format!(
            "agent create --org {org} --name buyer --daily 100.00 --per-tx 50.00 --approve-above 20.00"
        ));
        self.json(&format!("wallet deposit --org {org} 500.00 --reason seed"));
        (org, text_of(&made, "agent_id"), text_of(&made, "api_key"))
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::File::create(&path).unwrap().write_all(content.as_bytes()).unwrap();
        path
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text_of(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

/// A server that is killed when the test ends, however it ends.
struct Server {
    child: Child,
    url: String,
    /// Lines of stdout after the first.
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Server {
    fn start(house: &House, line: &str) -> Server {
        let mut command = house.command(line);
        // Nobody reads it, and a full pipe would hold the server up.
        command.stderr(Stdio::null());
        Server::from(command)
    }

    fn from(mut command: Command) -> Server {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap_or_else(|| panic!("no word of the server")).unwrap();
        let url = first.strip_prefix("listening on ").unwrap_or_else(|| panic!("{first}")).to_owned();
        Server { child, url, lines }
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(signal).arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// The exit code, once it has ended.
    fn ended(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn client() -> reqwest::Client {
    bursar_http::outgoing::client().no_proxy().build().unwrap()
}

async fn get(url: &str, key: &str) -> (u16, Value) {
    answer(client().get(url).bearer_auth(key)).await
}

async fn post(url: &str, key: &str, body: &Value) -> (u16, Value) {
    answer(client().post(url).bearer_auth(key).json(body)).await
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn mode_of(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
