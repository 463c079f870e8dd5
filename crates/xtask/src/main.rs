//! `cargo xtask`: the tools of this repository that are not the product.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tools of the Bursar repository")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Look for broken rules of the house: tidy, edges, licences. `./test` does this too.
    Check,
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Check => check(),
    }
}

fn check() -> ExitCode {
    match bursar_xtask::check_all() {
        Ok(findings) if findings.is_empty() => {
            println!("no rule is broken");
            ExitCode::SUCCESS
        }
        Ok(findings) => {
            for finding in &findings {
                println!("{finding}");
            }
            println!("{} broken", findings.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
