//! The plain way: a transaction of six statements a request over sixteen connections to PostgreSQL. No signature, no
//! hash chain, one window: everything it leaves out is in its favour.

mod sql;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use http::StatusCode;
use serde_json::{Value, json};
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio::net::TcpListener;

use crate::Failure;

/// Connections, as many as a conventional service has.
const CONNECTIONS: u32 = 16;

/// Serves until killed, over a database of its own making.
pub async fn serve(database_url: &str) -> Result<(), Failure> {
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(database_url).await?;
    sqlx::raw_sql(sql::SCHEMA).execute(&pool).await?;
    let app = Router::new().route("/v1/payment-request", post(decide)).with_state(pool);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

async fn decide(State(pool): State<PgPool>, Json(body): Json<Value>) -> Result<Json<Value>, StatusCode> {
    six_statements(&pool, &body).await.map(Json).map_err(|error| {
        eprintln!("plain: {error}");
        StatusCode::INTERNAL_SERVER_ERROR
    })
}

async fn six_statements(pool: &PgPool, body: &Value) -> Result<Value, Failure> {
    let (org, agent) = (format!("org{}", body["context"]["n"]), format!("agent{}", body["context"]["n"]));
    let key = body["idempotency_key"].as_str().unwrap_or_default();
    let amount = 10_000_i64;
    let mut tx = pool.begin().await?;
    let earlier: Option<i64> =
        sqlx::query_scalar(sql::EARLIER).bind(&agent).bind(key).fetch_optional(&mut *tx).await?;
    if let Some(id) = earlier {
        return Ok(json!({ "id": id, "idempotent": true }));
    }
    let (daily, used): (i64, i64) = sqlx::query_as(sql::LOCK_BUDGET).bind(&agent).fetch_one(&mut *tx).await?;
    let status = if used + amount <= daily { "approved" } else { "declined" };
    let id: i64 = sqlx::query_scalar(sql::INSERT_REQUEST)
        .bind(&agent)
        .bind(key)
        .bind(body.to_string())
        .bind(amount)
        .bind(status)
        .fetch_one(&mut *tx)
        .await?;
    sqlx::query(sql::SPEND).bind(&agent).bind(amount).execute(&mut *tx).await?;
    sqlx::query(sql::DRAW).bind(&org).bind(amount).execute(&mut *tx).await?;
    sqlx::query(sql::INSERT_AUDIT)
        .bind(&org)
        .bind("payment.approved")
        .bind(body.to_string())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(json!({ "id": id, "status": status }))
}
