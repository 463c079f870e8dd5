//! `bursar mcp`: what an agent's machine starts. It reads no settings of a server and opens no database.

use bursar_base::{Clock as _, SystemClock, SystemRng, ids};
use bursar_http::credentials::ApiKey;
use bursar_mcp::stdio;
use clap::Args;

/// The variable with the agent's key; an argument would be seen by everybody on the machine.
const KEY: &str = "BURSAR_API_KEY";

/// What `bursar mcp` takes.
#[derive(Debug, Args)]
pub(crate) struct Mcp {
    /// The running server; the agent's key is read from BURSAR_API_KEY
    #[arg(long, value_name = "URL", env = "BURSAR_URL", default_value = "http://127.0.0.1:8480")]
    url: String,
}

/// Hands messages on until stdin ends.
///
/// # Errors
/// A sentence that says what to set.
pub(crate) async fn run(mcp: &Mcp) -> Result<(), String> {
    let key = std::env::var(KEY).ok().and_then(|text| ApiKey::parse(text.trim()));
    let key = key.ok_or_else(|| {
        format!("{KEY} is not set to a key of Bursar; set it to the agent's, such as `bursar agent create` shows once")
    })?;
    let session = ids::uuid_v7_hex(SystemClock.now(), &SystemRng);
    stdio::run(&mcp.url, &key, &session).await.map_err(|error| error.to_string())
}
