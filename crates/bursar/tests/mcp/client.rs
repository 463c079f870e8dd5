//! Clients of other authors, each told what to do line by line.

use std::path::PathBuf;
use std::process::Stdio;

use bursar_testkit::app::TestApp;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// A client that talks to a server.
pub struct Client {
    _child: Child,
    wishes: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    /// What it learned on connecting.
    pub hello: Value,
}

/// Which client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    TypeScript,
    Python,
}

pub fn interop() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop")
}

impl Client {
    /// Over HTTP.
    pub async fn http(kind: Kind, app: &TestApp, key: &str) -> Client {
        Client::to(kind, &json!({ "url": format!("{}/mcp", app.url()), "key": key })).await
    }

    /// By `bursar mcp`, which the client starts.
    pub async fn stdio(kind: Kind, app: &TestApp, key: &str) -> Client {
        let env = json!({ "BURSAR_URL": app.url(), "BURSAR_API_KEY": key, "NO_PROXY": "*" });
        Client::to(kind, &json!({ "command": env!("CARGO_BIN_EXE_bursar"), "args": ["mcp"], "env": env }))
            .await
    }

    async fn to(kind: Kind, target: &Value) -> Client {
        let python = std::env::var("BURSAR_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let (program, script) = match kind {
            Kind::TypeScript => ("node", "mcp.mjs"),
            Kind::Python => (python.as_str(), "mcp_client.py"),
        };
        let mut command = Command::new(program);
        command.arg(script).arg(target.to_string()).current_dir(interop()).kill_on_drop(true);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap_or_else(|error| {
                panic!("{program} cannot be started: {error}; run `./test`, which installs what it needs")
            });
        let wishes = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut client = Client { _child: child, wishes, answers, hello: Value::Null };
        client.hello = client.answer().await;
        client
    }

    async fn answer(&mut self) -> Value {
        let line = self.answers.next_line().await.unwrap().expect("the client says something");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("the client said: {line}"))
    }

    /// Has it do something; what it got, or its error.
    pub async fn ask(&mut self, wish: &Value) -> Value {
        self.wishes.write_all(format!("{wish}\n").as_bytes()).await.unwrap();
        self.answer().await
    }

    /// The tools that it sees.
    pub async fn tools(&mut self) -> Vec<Value> {
        let listed = self.ask(&json!({})).await;
        listed["ok"]["tools"].as_array().cloned().unwrap_or_else(|| panic!("no tools: {listed:#}"))
    }

    /// The names of the tools that it sees.
    pub async fn names(&mut self) -> Vec<String> {
        let tools = self.tools().await;
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }

    /// A tool's result.
    pub async fn result(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.ask(&json!({ "call": tool, "arguments": arguments })).await;
        assert!(answer["ok"].is_object(), "{tool} failed: {answer:#}");
        answer["ok"].clone()
    }

    /// The structured content of a call that is in order.
    pub async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.result(tool, arguments).await;
        assert_ne!(result["isError"], json!(true), "{tool}: {result:#}");
        result["structuredContent"].clone()
    }

    /// The words of a call that is wrong.
    pub async fn wrong(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.result(tool, arguments).await;
        assert_eq!(result["isError"], json!(true), "{tool}: {result:#}");
        assert!(result["structuredContent"].is_null(), "{result:#}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }
}
