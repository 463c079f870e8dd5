//! What tests look up in the database itself.

use std::collections::BTreeMap;

use bursar_base::TimeUs;
use bursar_store::{Columns as _, Db, Engine, Tx};

const TABLES_SQLITE: &str =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
const TABLES_POSTGRES: &str = "SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables \
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name";
const ACTIONS: &str = "SELECT action FROM events WHERE org_id = $1 ORDER BY seq";

const DUE: &str =
    "SELECT id FROM jobs WHERE state = 'ready' AND (run_at_us <= $1 OR lease_until_us > $1) LIMIT 1";

const BEHIND: &str = "SELECT e.id FROM webhook_endpoints e JOIN heads h ON h.org_id = e.org_id \
    WHERE e.status = 'active' AND e.cursor_seq < h.seq LIMIT 1";

const UNSEEN: &str = "SELECT h.org_id FROM heads h JOIN orgs o ON o.id = h.org_id LEFT JOIN watches w ON w.org_id = h.org_id \
    WHERE w.org_id IS NULL OR w.cursor_seq < h.seq OR w.due_us <= $1 LIMIT 1";

/// Whether no job is due by now, and neither an endpoint nor what owners are told is behind the trail.
pub(super) async fn is_at_rest(db: &Db, now: TimeUs, works: bool) -> bool {
    let mut tx = db.read().await.expect("the database answers");
    // Where nobody works, nobody looks either; a test that has jobs done by hand does not wait for it.
    if works && tx.row(UNSEEN, &[now.into()]).await.expect("the orgs can be looked at").is_some() {
        return false;
    }
    // What is behind becomes jobs, so it is looked at before them.
    if tx.row(BEHIND, &[]).await.expect("the endpoints can be looked at").is_some() {
        return false;
    }
    tx.row(DUE, &[now.into()]).await.expect("the jobs can be looked at").is_none()
}

async fn tables(tx: &mut Tx, engine: Engine) -> Vec<String> {
    let sql = match engine {
        Engine::Sqlite => TABLES_SQLITE,
        Engine::Postgres => TABLES_POSTGRES,
    };
    let rows = tx.rows(sql, &[]).await.expect("the tables can be listed");
    rows.iter().map(|row| row.text("name").expect("a name")).collect()
}

/// How many rows each table has, but for what the look at the trail for owners keeps: it comes when it likes.
pub(super) async fn row_counts(db: &Db) -> BTreeMap<String, i64> {
    let mut tx = db.snapshot().await.expect("the database answers");
    let mut names = tables(&mut tx, db.engine()).await;
    names.retain(|name| !name.starts_with("watch"));
    let counts = names.iter().map(|name| format!("SELECT '{name}' AS name, COUNT(*) AS rows_in FROM {name}"));
    let sql = counts.collect::<Vec<_>>().join(" UNION ALL ");
    let rows = tx.rows(forever(sql), &[]).await.expect("the rows can be counted");
    rows.iter().map(|row| (row.text("name").expect("a name"), row.int("rows_in").expect("a count"))).collect()
}

const COLUMNS_SQLITE: &str = "SELECT name FROM pragma_table_info($1)";

/// Every row of every table, written as one text: where a test looks for what must not be stored.
pub(super) async fn all_texts(db: &Db) -> Vec<String> {
    let mut tx = db.snapshot().await.expect("the database answers");
    let mut texts = Vec::new();
    let tables = tables(&mut tx, db.engine()).await.into_iter();
    // What the library of migrations keeps for itself are no texts.
    for table in tables.filter(|table| !table.starts_with("_sqlx")) {
        let sql = match db.engine() {
            Engine::Postgres => format!("SELECT CAST(t AS TEXT) AS words FROM {table} t"),
            Engine::Sqlite => {
                let columns = tx.rows(COLUMNS_SQLITE, &[(&table).into()]).await.expect("columns are listed");
                let column = |row: &bursar_store::Row| row.text("name").expect("a name");
                let words = columns.iter().map(|row| format!("COALESCE(CAST({} AS TEXT), '')", column(row)));
                let words = words.collect::<Vec<_>>().join(" || ' ' || ");
                format!("SELECT {words} AS words FROM {table}")
            }
        };
        let rows = tx.rows(forever(sql), &[]).await.expect("the rows can be read");
        texts.extend(rows.iter().map(|row| row.text("words").expect("words")));
    }
    texts
}

/// The store takes fixed texts only; a test's few may live as long as the process.
fn forever(sql: String) -> &'static str {
    Box::leak(sql.into_boxed_str())
}

const CARD: &str = "INSERT INTO cards (id, org_id, agent_id, currency, single_use, reveal, reason, actor, status, wanted, \
    wanted_controls, calls, attempt, stripe_id, created_us, updated_us) \
    VALUES ($1, $2, $3, 'USD', 0, 0, 'a test', 'testkit', 'active', 'active', '{}', 0, 0, $4, $5, $5)";

/// A card that Stripe made for an agent, as if it had been asked for.
pub(super) async fn put_card(db: &Db, [id, org, agent, stripe_id]: [&str; 4], now: TimeUs) {
    let mut tx = db.write().await.expect("the database answers");
    let args = [id.into(), org.into(), agent.into(), stripe_id.into(), now.into()];
    tx.execute(CARD, &args).await.expect("a card can be written");
    tx.commit().await.expect("a card can be written");
}

/// The actions of an org's audit trail, oldest first.
pub(super) async fn actions_of(db: &Db, org: &str) -> Vec<String> {
    let mut tx = db.read().await.expect("the database answers");
    let rows = tx.rows(ACTIONS, &[org.into()]).await.expect("the trail can be read");
    rows.iter().map(|row| row.text("action").expect("an action")).collect()
}
