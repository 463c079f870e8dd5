//! The bare echo: what the same HTTP server does when it decides nothing.

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use tokio::net::TcpListener;

use crate::Failure;

/// Serves until killed.
pub async fn serve() -> Result<(), Failure> {
    let app = Router::new().route("/v1/payment-request", post(|body: Bytes| async move { body }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
