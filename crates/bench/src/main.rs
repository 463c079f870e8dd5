//! Measures payment decisions and card authorisations over HTTP, each figure beside the plainest thing that could do the job, in one run on one
//! machine. Ratios come first: they mean something on other machines too.

mod cards;
mod client;
mod cluster;
mod cpu;
mod echo;
mod load;
mod plain;
mod report;
mod requests;
mod server;
mod suite;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures payment decisions.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    /// The `bursar` binary to measure.
    #[arg(long)]
    bursar: Option<PathBuf>,
    /// Transactions to fill each store with before measuring once more; 0 leaves that out.
    #[arg(long, default_value_t = 0)]
    rows: u64,
    /// Seconds per measurement.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Connections at saturation.
    #[arg(long, default_value_t = 256)]
    connections: usize,
    /// Only these engines.
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    engines: Vec<String>,
}

/// What this program does when it is its own child.
#[derive(Debug, Subcommand)]
enum Part {
    /// Answers every request with its body.
    Echo,
    /// Decides with six statements a request.
    Plain {
        /// PostgreSQL.
        #[arg(long)]
        database_url: String,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.part {
        Some(Part::Echo) => echo::serve().await,
        Some(Part::Plain { database_url }) => plain::serve(database_url).await,
        None => suite::run(&arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whatever goes wrong ends the run with a sentence.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
