//! The command `bursar`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    bursar::cli::main().await
}
