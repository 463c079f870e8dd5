//! The table of who may do what, held against the description of the API, its page, and every path as every kind of
//! caller, on both engines.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

use std::collections::BTreeSet;
use std::path::PathBuf;

use bursar_base::Mode;
use bursar_identity::access::{Rule, TABLE, Who};
use bursar_identity::keys::Scope;
use bursar_identity::members::Role;
use bursar_spend::cases::{self, NewCase, service};
use bursar_store::Engine;
use bursar_testkit::app::{Answer, Client, TestApp, id_of};
use bursar_testkit::on_both_engines;
use http::Method;
use serde_json::{Value, json};

on_both_engines!(nobody_does_what_the_table_does_not_let_them);

/// Who calls, as far as the table is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nobody,
    Bot,
    Agent(Scope),
    AdminKey,
    Person,
    Member { role: Role, stepped_up: bool },
}

const KINDS: &[Kind] = &[
    Kind::Nobody,
    Kind::Bot,
    Kind::Person,
    Kind::Agent(Scope::Deploy),
    Kind::Agent(Scope::Card),
    Kind::Agent(Scope::Read),
    Kind::Agent(Scope::Spend),
    Kind::Member { role: Role::Viewer, stepped_up: true },
    Kind::Member { role: Role::Approver, stepped_up: true },
    Kind::Member { role: Role::Owner, stepped_up: false },
    Kind::Member { role: Role::Owner, stepped_up: true },
    Kind::AdminKey,
];

impl Kind {
    /// What the table says, read once more by somebody else.
    fn may(self, who: Who) -> bool {
        match (who, self) {
            (Who::Anyone, _) => true,
            (Who::Registered { .. }, Kind::Bot) => true,
            (Who::Registered { agents }, Kind::Agent(scope)) => agents.is_empty() || agents.contains(&scope),
            (Who::Person | Who::PersonOrAdminKey, Kind::Person | Kind::Member { .. }) => true,
            (Who::PersonOrAdminKey, Kind::AdminKey) => true,
            (Who::Member(needed), Kind::Member { role, .. }) => role.covers(needed),
            (Who::Org { agents, .. }, Kind::Agent(scope)) => agents.contains(&scope),
            (Who::Org { members, .. }, Kind::AdminKey) => members.is_some(),
            (Who::Org { members: Some(needed), step_up, .. }, Kind::Member { role, stepped_up }) => {
                let enough = match needed {
                    Role::Viewer => true,
                    Role::Approver => role != Role::Viewer,
                    Role::Owner => role == Role::Owner,
                };
                enough && (stepped_up || !step_up)
            }
            _ => false,
        }
    }
}

/// An org with one of everything, a stranger's beside it, and everybody who may call.
struct World {
    app: TestApp,
    org: bursar_testkit::app::Org,
    agent: bursar_testkit::app::Agent,
    stranger: bursar_testkit::app::Org,
    strange_agent: bursar_testkit::app::Agent,
    bot_key: String,
    /// What stands for `{id}`, by what stands before it.
    ids: Vec<(&'static str, String)>,
}

/// One that is open.
async fn a_case(app: &TestApp, org: &bursar_testkit::app::Org) -> String {
    let new = NewCase {
        kind: cases::Kind::IntentDrift,
        reference: "a test".to_owned(),
        agent_id: None,
        transaction_id: None,
        cause: "A test.".to_owned(),
        ours: "1".to_owned(),
        theirs: "2".to_owned(),
        at_stake: bursar_base::Money::usd_micros(1_000_000),
        is_told: false,
        source: "intent",
        since: app.spend().now(),
    };
    let spend = app.spend();
    let mut tx = spend.identity.lock(&org.id).await.unwrap();
    let opened = service::open(&spend, &mut tx, &org.id, &new).await.unwrap();
    tx.commit().await.unwrap();
    opened.id.to_string()
}

impl World {
    async fn new(engine: Engine) -> World {
        let app = TestApp::start(engine).await;
        let org = app.org().await;
        for (email, role) in [("app@acme.example", Role::Approver), ("val@acme.example", Role::Viewer)] {
            org.member(email, role).await;
        }
        org.member("target@acme.example", Role::Viewer).await;
        let stranger = app.new_org("Other", "eve@other.example", Mode::Test, "UTC").await;
        let (agent, strange_agent) = (org.free_agent().await, stranger.free_agent().await);
        let paid = agent.paid("1.00", "shop.example").await;
        let bot = app.register_bot("Waiting", &org.owner).await;
        let owner = app.session_of(&org.owner, true).await;
        let members = owner.get("/dashboard/members").await.expect(200);
        let target = members["data"].as_array().unwrap().iter();
        let target = target.clone().find(|member| member["email"] == "target@acme.example").unwrap();
        let invite = json!({ "email": "new@acme.example", "role": "viewer" });
        let invitation = org.admin().post("/dashboard/invitations", &invite).await.expect(201);
        let hook = json!({ "url": "https://bot.example/hook" });
        let endpoint = agent.client().post("/webhook-endpoints", &hook).await.expect(201);
        let sessions = owner.get("/sessions").await.expect(200);
        let stop = json!({ "agent_id": org.free_agent().await.id, "reason": "a test" });
        let freeze = org.admin().post("/dashboard/freeze", &stop).await.expect(200);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let ids = vec![
            ("transactions", id_of(&paid).to_owned()),
            ("agents", agent.id.clone()),
            ("bots", text(&bot["bot_id"])),
            ("members", text(&target["member_id"])),
            ("cases", a_case(&app, &org).await),
            ("freeze", text(&freeze["freeze_id"])),
            ("invitations", text(&invitation["invitation_id"])),
            ("sessions", text(&sessions["data"][0]["session_id"])),
            ("links", "lnk_00000000000000000000000000000000".to_owned()),
            ("webhook-endpoints", text(&endpoint["endpoint_id"])),
            ("cards", "card_00000000000000000000000000000000".to_owned()),
            ("passkeys", "psk_00000000000000000000000000000000".to_owned()),
            ("payment-methods", "pmt_00000000000000000000000000000000".to_owned()),
        ];
        let bot_key = text(&bot["api_key"]);
        World { app, org, agent, stranger, strange_agent, bot_key, ids }
    }

    /// Signs in anew each time, because some of what is called signs out.
    async fn client(&self, kind: Kind) -> Client {
        let (app, org) = (&self.app, &self.org);
        match kind {
            Kind::Nobody => app.client(),
            Kind::Bot => app.client().with_key(&self.bot_key),
            Kind::Agent(scope) => app.client().with_key(&org.key(&self.agent, scope.as_str()).await.1),
            Kind::AdminKey => org.admin(),
            Kind::Person => app.session_of("nobody@nowhere.example", true).await,
            Kind::Member { role: Role::Owner, stepped_up } => app.session_of(&org.owner, stepped_up).await,
            Kind::Member { role: Role::Approver, stepped_up } => {
                app.session_of("app@acme.example", stepped_up).await
            }
            Kind::Member { role: Role::Viewer, stepped_up } => {
                app.session_of("val@acme.example", stepped_up).await
            }
        }
    }

    async fn strangers(&self) -> [Client; 3] {
        let owner = self.app.session_of(&self.stranger.owner, true).await;
        [owner, self.stranger.admin(), self.strange_agent.client()]
    }

    fn path(&self, rule: &Rule) -> String {
        let path = rule.path.strip_prefix("/v1").unwrap();
        let path = &path.replace("{delivery_id}", "whd_00000000000000000000000000000000");
        let Some((before, _)) = path.split_once("/{") else { return path.to_owned() };
        let noun = before.rsplit('/').next().unwrap();
        let id = self.ids.iter().find(|(known, _)| *known == noun);
        let (_, id) = id.unwrap_or_else(|| panic!("no {noun} stands ready for {}", rule.path));
        path.replace("{id}", id)
    }

    async fn call(&self, client: &Client, rule: &Rule) -> Answer {
        let method: Method = rule.method.parse().unwrap();
        let call = client.call(method.clone(), &self.path(rule));
        if method == Method::GET { call.send().await } else { call.json(&body_of(rule)).send().await }
    }
}

/// A body that is refused for nothing but who sends it.
fn body_of(rule: &Rule) -> Value {
    match rule.path {
        "/v1/dashboard/transactions/{id}/resolve" => json!({ "outcome": "failed", "evidence": "seen" }),
        "/v1/dashboard/cases/{id}/resolve" => json!({ "resolution": "looked", "evidence": "seen" }),
        "/v1/dashboard/members/me/language" => json!({ "language": "en" }),
        "/v1/dashboard/members/{id}" => json!({ "role": "viewer" }),
        _ => json!({}),
    }
}

/// The rules that a caller is held against: those of the API that not just anybody may use.
fn guarded() -> impl Iterator<Item = &'static Rule> {
    TABLE.iter().filter(|rule| rule.path.starts_with("/v1/") && rule.who != Who::Anyone)
}

fn is_refused(answer: &Answer) -> bool {
    matches!(answer.status.as_u16(), 401 | 403)
}

/// What an owner is told who may do it, and has to prove once more that it is them, or is in no org.
fn is_asked_for_more(answer: &Answer) -> bool {
    let code = answer.json()["code"].as_str().unwrap_or("").to_owned();
    ["step_up_required", "sign_in_again", "no_org"].contains(&code.as_str())
}

async fn nobody_does_what_the_table_does_not_let_them(engine: Engine) {
    let world = World::new(engine).await;
    for rule in guarded() {
        // Those who may not come first, while everything is still there.
        for kind in KINDS.iter().filter(|kind| !kind.may(rule.who)) {
            let answer = world.call(&world.client(*kind).await, rule).await;
            assert!(is_refused(&answer), "{kind:?} may use {rule:?}: {}", answer.text());
        }
        for stranger in world.strangers().await {
            let answer = world.call(&stranger, rule).await;
            let told = answer.text();
            let ours = [world.org.id.as_str(), &world.agent.id, &world.org.owner, id_of_payment(&world)];
            assert!(ours.iter().all(|word| !told.contains(word)), "a stranger sees ours by {rule:?}: {told}");
            if rule.path.contains("{id}") {
                let status = answer.status.as_u16();
                assert!([401, 403, 404].contains(&status), "a stranger may use {rule:?}: {status} {told}");
            }
        }
    }
    for rule in guarded() {
        for kind in KINDS.iter().filter(|kind| kind.may(rule.who)) {
            let answer = world.call(&world.client(*kind).await, rule).await;
            let refused = is_refused(&answer) && !is_asked_for_more(&answer);
            assert!(!refused, "{kind:?} may not use {rule:?}: {}", answer.text());
        }
    }
    world.app.must_balance().await;
}

fn id_of_payment(world: &World) -> &str {
    &world.ids[0].1
}

#[test]
fn the_table_and_the_description_have_the_same_paths() {
    let document = std::fs::read_to_string(root().join("openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys().map(|method| method.to_uppercase());
            methods.map(|method| (path.clone(), method)).collect::<Vec<_>>()
        })
        .collect();
    let is_page =
        |path: &str| !path.starts_with("/v1/") && !["/healthz", "/readyz", "/metrics"].contains(&path);
    let known = TABLE.iter().filter(|rule| !is_page(rule.path));
    let known: BTreeSet<_> = known.map(|rule| (rule.path.to_owned(), rule.method.to_owned())).collect();
    assert_eq!(known, described);
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_page_shows_the_table() {
    let page = std::fs::read_to_string(root().join("docs/access.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let table: Vec<String> = TABLE
        .iter()
        .map(|rule| format!("| `{} {}` | {} |", rule.method, rule.path, rule.who.words()))
        .collect();
    assert_eq!(
        rows,
        table,
        "docs/access.md and access::TABLE differ; these lines belong there:\n{}",
        table.join("\n")
    );
}
