//! Transfers, audit entries, checkpoints and policies are insert-only on both engines.

use bursar_base::SeededRng;
use bursar_money::audit::{self, CheckpointKey};
use bursar_store::{Engine, MasterKey};

use crate::engine::Scratch;
use crate::on_both_engines;
use crate::story::Story;

on_both_engines!(every_trigger_is_there, every_change_is_refused);

const TABLES: [&str; 4] = ["checkpoints", "events", "policies", "transfers"];

async fn every_trigger_is_there(scratch: &Scratch) {
    let third = match scratch.db.engine() {
        Engine::Sqlite => "replace",
        Engine::Postgres => "truncate",
    };
    let expected: Vec<String> = TABLES
        .iter()
        .flat_map(|table| {
            let mut names = ["delete", third, "update"].map(|what| format!("{table}_no_{what}"));
            names.sort();
            names
        })
        .collect();
    assert_eq!(scratch.triggers().await, expected);
}

async fn every_change_is_refused(scratch: &Scratch) {
    let story = Story::begin(&scratch.db).await;
    story.tell().await;
    let key = CheckpointKey::derive(&MasterKey::generate(&SeededRng::new(1)));
    audit::checkpoint_all(&scratch.db, &key, &story.clock).await.unwrap();
    for table in TABLES {
        let mut statements =
            vec![format!("UPDATE {table} SET org_id = org_id"), format!("DELETE FROM {table}")];
        match scratch.db.engine() {
            Engine::Sqlite => {
                statements.push(format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"));
                statements.push(format!("REPLACE INTO {table} SELECT * FROM {table}"));
                statements.push(format!("UPDATE OR REPLACE {table} SET org_id = org_id"));
            }
            Engine::Postgres => {
                let key = match table {
                    "checkpoints" | "events" => "org_id, seq",
                    "policies" => "agent_id, version",
                    _ => "org_id, seq, part",
                };
                statements.push(format!("TRUNCATE {table}"));
                statements.push(format!(
                    "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({key}) DO UPDATE SET org_id = 'x'"
                ));
            }
        }
        for sql in statements {
            let mut tx = scratch.db.write().await.unwrap();
            // Leaked: a statement's text lives for ever, and a test does not.
            let error = tx.execute(Box::leak(sql.clone().into_boxed_str()), &[]).await.unwrap_err();
            let says = format!("{table} is insert-only");
            assert!(error.to_string().contains(&says), "{sql}: {error}");
        }
    }
    assert!(audit::verify(&scratch.db, &audit::Verify::default(), &mut |_| {}).await.unwrap().is_clean());
}
