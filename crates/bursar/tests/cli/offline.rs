//! Without a server: the command line takes the directory's lock itself.

use serde_json::Value;

use crate::{House, mode_of, stderr, text_of};

#[test]
fn an_org_an_agent_and_their_keys() {
    let house = House::new();
    let org = house.json("org create Acme --admin-email owner@example.com --time-zone America/Sao_Paulo");
    let (org_id, admin_key) = (text_of(&org, "org_id"), text_of(&org, "admin_key"));
    assert!(org_id.starts_with("org_") && admin_key.starts_with("bur_test_"));
    let live = house.json("org create Real --admin-email owner@example.com --live");
    assert!(text_of(&live, "admin_key").starts_with("bur_live_"));
    assert_eq!(house.json("org list").as_array().unwrap().len(), 2);

    let agent = house.json(&format!("agent create --org {org_id} --name buyer --daily 100.00"));
    let agent_id = text_of(&agent, "agent_id");
    assert!(text_of(&agent, "api_key").starts_with("bur_test_"));

    let made = house.json(&format!("key create --agent {agent_id} --scopes read --name reader"));
    let key_id = text_of(&made, "key_id");
    let rotated = house.json(&format!("key rotate {key_id} --overlap 1h"));
    assert_ne!(text_of(&rotated, "key_id"), key_id);
    assert_ne!(text_of(&rotated, "api_key"), text_of(&made, "api_key"));
    house.json(&format!("key revoke {key_id}"));
    let keys = house.json(&format!("key list --org {org_id}"));
    let old = keys.as_array().unwrap().iter().find(|key| key["key_id"] == key_id.as_str()).unwrap();
    assert!(old["revoked_at"].is_string());
    assert!(!keys.to_string().contains("bur_test_"), "a list shows keys");
    let refusal = house.refused(&format!("key create --agent {agent_id} --scopes admin"), 1);
    assert!(refusal.contains("admin"), "{refusal}");

    assert_eq!(mode_of(&house.data().join("master.key")), 0o600);
    assert_eq!(mode_of(&house.data()), 0o700);
}

#[test]
fn members_and_payees() {
    let house = House::new();
    let org = text_of(&house.json("org create Acme --admin-email owner@example.com"), "org_id");
    house.json(&format!("member add --org {org} --email ann@example.com --role approver"));
    let refusal = house.refused(&format!("member remove --org {org} --email owner@example.com"), 1);
    assert!(refusal.contains("owner"), "{refusal}");
    house.json(&format!("member remove --org {org} --email ann@example.com"));
    assert_eq!(house.json(&format!("member list --org {org}")).as_array().unwrap().len(), 1);
    house.json(&format!("payee add --org {org} --merchant shop.example --category books"));
    let payees = house.json(&format!("payee list --org {org}"));
    assert_eq!(payees[0]["merchant"], "shop.example");
    house.json(&format!("org stripe --org {org} --customer cus_1 --payment-method pm_1"));
}

#[test]
fn a_time_zone_is_set_and_audited() {
    let house = House::new();
    let (org, _, _) = house.org_and_agent();
    let set = house.json(&format!("org time-zone --org {org} --time-zone America/Sao_Paulo"));
    assert_eq!((&set["org_id"], &set["time_zone"]), (&org.as_str().into(), &"America/Sao_Paulo".into()));
    assert_eq!(house.json("org list")[0]["time_zone"], "America/Sao_Paulo");
    let said = house.text(&format!("org time-zone --org {org} --time-zone Europe/Berlin"));
    assert!(said.contains("Europe/Berlin") && said.contains("keep their end"), "{said}");
    let refusal = house.refused(&format!("org time-zone --org {org} --time-zone Mars/Olympus"), 1);
    assert!(refusal.contains("time_zone") && refusal.contains("America/Sao_Paulo"), "{refusal}");
    let nobody = "org_00000000000000000000000000000000";
    assert!(house.refused(&format!("org time-zone --org {nobody} --time-zone UTC"), 1).contains("org"));
    house.refused("org time-zone --time-zone UTC", 2);

    house.text(&format!("audit export --org {org} --output export.jsonl"));
    let lines = std::fs::read_to_string(house.path("export.jsonl")).unwrap();
    let entries = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let set: Vec<Value> = entries.filter(|entry| entry["action"] == "org.time_zone_set").collect();
    assert_eq!(set.len(), 2, "{lines}");
    assert_eq!(set[0]["actor"], "cli");
    assert!(set[0].to_string().contains("America/Sao_Paulo"), "{}", set[0]);
    assert_eq!(house.json("audit verify")["broken_count"], 0);
}

#[test]
fn a_draft_is_tried_on_what_was_asked_for() {
    let house = House::new();
    let (_, agent, _) = house.org_and_agent();
    let draft = house.write("draft.toml", "daily = \"10.00\"\n");
    let line = format!("policy backtest --agent {agent} --file {} --since 7d", draft.display());
    assert!(house.text(&line).contains("asked for nothing since"));
    assert_eq!(house.json(&line)["requests"], 0);
    std::fs::write(&draft, "daily = 10\n").unwrap();
    let refusal = house.refused(&line, 1);
    assert!(refusal.contains("draft.toml") && refusal.contains("policy.daily"), "{refusal}");
    std::fs::write(&draft, "approvals = 9\n").unwrap();
    assert!(house.refused(&line, 1).contains("add approvers first"));
    let since = format!("policy backtest --agent {agent} --file {} --since lately", draft.display());
    std::fs::write(&draft, "").unwrap();
    assert!(house.refused(&since, 1).contains("such as 7d"));
    house.refused(&format!("{line} --limit 0"), 2);
}

#[test]
fn a_policy_is_set_from_a_file_and_tried_without_writing() {
    let house = House::new();
    let (_, agent, _) = house.org_and_agent();
    let check = format!("policy check --agent {agent} --merchant shop.example --amount");
    assert_eq!(house.json(&format!("{check} 12.50"))["status"], "approved");
    assert_eq!(house.json(&format!("{check} 30.00"))["status"], "pending");
    let declined = house.json(&format!("{check} 60.00"));
    assert_eq!((&declined["status"], &declined["reason"]), (&"declined".into(), &"per_tx_exceeded".into()));

    house.write("policy.toml", "per_transaction = \"5.00\"\n[merchants]\nblock = [\"shop.example\"]\n");
    let set = house.json(&format!("policy set --agent {agent} --file policy.toml"));
    assert_eq!(set["version"], 2);
    assert_eq!(house.json(&format!("{check} 1.00"))["reason"], "merchant_blocked");
    assert_eq!(house.json(&format!("policy history --agent {agent}")).as_array().unwrap().len(), 2);
    assert!(house.text(&format!("policy show --agent {agent}")).contains("per_transaction = \"5.00\""));

    house.write("wrong.toml", "daily = 5\n");
    let refusal = house.refused(&format!("policy set --agent {agent} --file wrong.toml"), 1);
    assert!(refusal.contains("wrong.toml") && refusal.contains("daily"), "{refusal}");
    assert!(house.refused(&format!("policy set --agent {agent} --file none.toml"), 1).contains("none.toml"));
}

#[test]
fn freezing_and_unfreezing() {
    let house = House::new();
    let (org, agent, _) = house.org_and_agent();
    assert_eq!(house.json(&format!("agent freeze {agent} --reason odd"))["status"], "frozen");
    let check = house.json(&format!("policy check --agent {agent} --amount 1.00 --merchant x.example"));
    assert_eq!(check["reason"], "agent_frozen");
    house.json(&format!("agent unfreeze --agent {agent} --reason fine"));
    assert_eq!(house.json(&format!("agent list --org {org}"))[0]["status"], "active");
}

#[test]
fn the_ledger_and_the_audit_trail_are_proved_and_a_tampered_row_is_named() {
    let house = House::new();
    let (org, _, _) = house.org_and_agent();
    assert_eq!(house.json("ledger check")["difference_count"], 0);
    assert_eq!(house.json("audit verify")["broken_count"], 0);
    house.text(&format!("audit checkpoint --org {org} --output kept.jsonl"));
    assert_eq!(house.json(&format!("audit verify --org {org} --checkpoint kept.jsonl"))["broken_count"], 0);
    house.text(&format!("audit export --org {org} --output export.jsonl"));
    let lines = std::fs::read_to_string(house.path("export.jsonl")).unwrap();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!((&first["seq"], &first["action"]), (&1.into(), &"org.created".into()));

    let db = rusqlite::Connection::open(house.data().join("bursar.db")).unwrap();
    db.execute_batch(
        "DROP TRIGGER events_no_update; UPDATE events SET actor = 'nobody' WHERE seq = 3;
         UPDATE accounts SET credits_posted = credits_posted + 1 WHERE id LIKE 'wallet:%';",
    )
    .unwrap();
    drop(db);
    let verified = house.run("audit verify --json");
    assert_eq!(verified.status.code(), Some(1), "{}", stderr(&verified));
    let report: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(report["broken"][0]["seq"], 3);
    let checked = house.run("ledger check");
    assert_eq!(checked.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&checked.stdout).contains(&format!("wallet:{org}")));
}

#[test]
fn what_is_wrong_is_said_and_has_its_exit_code() {
    let house = House::new();
    house.refused("agent create --org nonsense --name x", 2);
    house.refused("no-such-command", 2);
    house.refused("wallet deposit 5.00 --reason nobody", 2);
    let org = "org_00000000000000000000000000000000";
    assert!(house.refused(&format!("agent list --org {org}"), 1).contains("bursar org list"));
    let agent = "agt_00000000000000000000000000000000";
    assert!(house.refused(&format!("policy show --agent {agent}"), 1).contains(agent));
    assert!(house.refused("jobs retry job_00000000000000000000000000000000", 1).contains("jobs list --dead"));
    assert_eq!(house.json("jobs retry --all")["retried"], serde_json::json!([]));
    assert_eq!(house.json("migrate")["engine"], "sqlite");
}

#[test]
fn config_check_names_every_mistake() {
    let house = House::new();
    assert_eq!(house.json("config check")["ok"], true);
    let mut command = house.command("config check");
    command.env("BURSAR_LISTEN", "nowhere").env("BURSAR_STRIPE_KEY", "pk_x").env("BURSAR_MAIL_ULR", "file:x");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for name in ["BURSAR_LISTEN", "BURSAR_STRIPE_KEY", "BURSAR_MAIL_ULR", "BURSAR_MAIL_URL"] {
        assert!(said.contains(name), "{name} is not in {said}");
    }
    let mut command = house.command("org list");
    let output = command.env("BURSAR_LISTEN", "nowhere").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(!house.data().exists(), "something was made with settings that cannot be used");
}

#[test]
fn a_database_refuses_a_master_key_that_is_not_its_own() {
    let house = House::new();
    house.json("org create Acme --admin-email owner@example.com");
    std::fs::rename(house.data().join("master.key"), house.path("kept.key")).unwrap();
    let refusal = house.refused("org list", 1);
    assert!(refusal.contains("BURSAR_MASTER_KEY"), "{refusal}");
    std::fs::rename(house.path("kept.key"), house.data().join("master.key")).unwrap();
    house.json("org list");
}

#[test]
fn a_test_mail_is_written_to_its_directory() {
    let house = House::new();
    house.json("mail test --to ann@example.com");
    let mails = std::fs::read_dir(house.data().join("mail")).unwrap().count();
    assert_eq!(mails, 1);
}

#[test]
fn postgres_without_a_master_key_is_refused_before_anything_else_is_done() {
    let house = House::new();
    // Port 1 refuses connections, so no database answers; the words must still be about what to do.
    let refusal = house.refused("--database-url postgres://nobody@127.0.0.1:1/none org list", 1);
    assert!(refusal.contains("BURSAR_MASTER_KEY"), "{refusal}");
}
