//! What bots read: how to use this server, made of what it really serves.

use askama::Template;

/// What the files for bots have to be told.
#[derive(Debug, Clone)]
pub struct SkillView {
    /// The version of the server.
    pub version: String,
    /// Where it is reached, without a slash at the end.
    pub base: String,
    /// Its host.
    pub host: String,
    /// What a bot may call.
    pub calls: Vec<CallLine>,
    /// What it may do only so often.
    pub limits: Vec<String>,
    /// Beyond how many requests a bot is frozen.
    pub breaker: String,
    /// What it may be told instead of yes.
    pub refusals: Vec<RefusalLine>,
}

/// One path.
#[derive(Debug, Clone)]
pub struct CallLine {
    /// Such as `POST`.
    pub method: String,
    /// Below `/v1`.
    pub path: String,
    /// What it is for.
    pub summary: String,
}

/// One code of an error.
#[derive(Debug, Clone)]
pub struct RefusalLine {
    /// Stable.
    pub code: String,
    /// What it means.
    pub means: String,
    /// What to do next.
    pub advice: String,
}

impl SkillView {
    fn has(&self, method: &str, path: &str) -> bool {
        self.calls.iter().any(|call| call.method == method && call.path == path)
    }
}

#[derive(Template)]
#[template(path = "skill/skill.md", escape = "none")]
struct Skill<'a> {
    s: &'a SkillView,
}

#[derive(Template)]
#[template(path = "skill/spending.md", escape = "none")]
struct Spending<'a> {
    s: &'a SkillView,
}

#[derive(Template)]
#[template(path = "skill/heartbeat.md", escape = "none")]
struct Heartbeat<'a> {
    s: &'a SkillView,
}

/// `/skill.md`: all that a bot has to know.
pub fn skill(view: &SkillView) -> String {
    Skill { s: view }.to_string()
}

/// `/spending.md`: how to pay.
pub fn spending(view: &SkillView) -> String {
    Spending { s: view }.to_string()
}

/// `/heartbeat.md`: what to do now and then.
pub fn heartbeat(view: &SkillView) -> String {
    Heartbeat { s: view }.to_string()
}
