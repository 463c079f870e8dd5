//! `bursar migrate`

use bursar_store::Engine;
use serde_json::json;

use super::{Answer, Context};

/// Opening the app has done it, here or in the running server.
pub(super) fn run(context: &Context<'_>) -> Answer {
    let engine = match context.spend().identity.db.engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    Answer::new(
        json!({ "engine": engine, "schema": "newest" }),
        format!("The {engine} database has the newest schema.\n"),
    )
}
