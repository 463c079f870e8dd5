//! `cargo xtask`: the tools of this repository that are not the product.

use std::path::PathBuf;
use std::process::ExitCode;

use bursar_xtask::dist::Binary;
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
    /// Write `openapi.json` anew, as the code says it.
    Openapi,
    /// Build the product and pack it: one archive with binary, licence notices, checksums and a systemd unit.
    Dist {
        /// The profile of cargo's to build with.
        #[arg(long, default_value = "release")]
        profile: String,
        /// Pack this binary instead of building one.
        #[arg(long, value_name = "FILE", conflicts_with = "profile")]
        binary: Option<PathBuf>,
        /// Where the archive goes [default: target/dist]
        #[arg(long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// Measure payment decisions beside the plainest things that could do the job; `--help` after `--` lists the options.
    Bench {
        /// Passed on, such as `--rows 5000000` or `--engines sqlite`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Check => check(),
        Command::Openapi => openapi(),
        Command::Dist { profile, binary, output } => dist(profile, binary, output),
        Command::Bench { options } => bench(&options),
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

/// Has the code print its description, and keeps it.
fn openapi() -> ExitCode {
    let print = ["run", "--quiet", "--locked", "--package", "bursar", "--example", "openapi"];
    let file = bursar_xtask::tree::root().join("openapi.json");
    let written = bursar_xtask::tree::run(env!("CARGO"), &print)
        .map_err(|error| error.to_string())
        .and_then(|text| std::fs::write(&file, text).map_err(|error| error.to_string()));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: openapi.json: {error}");
            ExitCode::from(2)
        }
    }
}

/// Packs the release archive, and says where it is.
fn dist(profile: String, binary: Option<PathBuf>, output: Option<PathBuf>) -> ExitCode {
    let binary = binary.map_or(Binary::Build(profile), Binary::At);
    let output = output.unwrap_or_else(|| bursar_xtask::tree::root().join("target/dist"));
    match bursar_xtask::dist::make(&binary, &output) {
        Ok(archive) => {
            println!("{}", archive.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Builds the product and the measuring program with optimisation, then measures.
fn bench(options: &[String]) -> ExitCode {
    let build = ["build", "--release", "--locked", "-p", "bursar", "-p", "bursar-bench"];
    if let Err(code) = run(std::process::Command::new(env!("CARGO")).args(build)) {
        return code;
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), std::path::PathBuf::from);
    let release = target.join("release");
    let mut measure = std::process::Command::new(release.join("bursar-bench"));
    match run(measure.arg("--bursar").arg(release.join("bursar")).args(options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => code,
    }
}

fn run(command: &mut std::process::Command) -> Result<(), ExitCode> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(ExitCode::FAILURE),
        Err(error) => {
            eprintln!("error: {command:?}: {error}");
            Err(ExitCode::from(2))
        }
    }
}
