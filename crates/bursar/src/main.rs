//! The command `bursar`.

use std::process::ExitCode;

/// Every request makes and drops some dozens of small texts on several threads; the system's allocator spends a tenth of
/// the processor on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    bursar::cli::main().await
}
