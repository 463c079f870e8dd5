//! The command line: what is typed, and who runs it: this process, or the server that runs already.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bursar_store::sqlite::back_up;
use clap::{Args, Parser, Subcommand, ValueEnum};
use tokio::net::TcpListener;

use crate::app::{App, Roles};
use crate::commands::{self, Noun, settings};
use crate::config::{self, Config, Flags, Loaded};
use crate::console::{self, Console};
use crate::opening::{self, Opened};
use crate::serve::tls::Tls;
use crate::{demo, log, mcp, reports, serve, socket};

/// The treasury for AI agents: what they spend is decided, held, paid, booked and provable.
#[derive(Debug, Parser)]
#[command(name = "bursar", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Above what every command takes, in the help.
const EVERYWHERE: &str = "For every command";

/// What every command takes.
#[derive(Debug, Args)]
struct Global {
    /// The data directory [default: ./bursar-data]
    #[arg(long, global = true, value_name = "DIR", help_heading = EVERYWHERE)]
    data: Option<PathBuf>,
    /// A PostgreSQL database instead of the embedded one
    #[arg(long, global = true, value_name = "URL", help_heading = EVERYWHERE)]
    database_url: Option<String>,
    /// A file of settings; docs/settings.md names them
    #[arg(long, global = true, value_name = "FILE", help_heading = EVERYWHERE)]
    config: Option<PathBuf>,
    /// Answer with one JSON document
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve: API, pages and background work in one process
    Serve(Serve),
    /// Show the main job: a demo org and agent, a payment that is paid, one that waits for you; then keep serving
    Demo {
        /// Where to listen [default: 127.0.0.1:8480]
        #[arg(long, value_name = "ADDR")]
        listen: Option<String>,
    },
    /// The tools of the Model Context Protocol on stdin and stdout, for clients that start a program
    Mcp(mcp::Mcp),
    /// Copy the embedded database into a file, also while a server works on it
    Backup {
        /// The file to make; docs/running.md says how to restore it
        file: PathBuf,
    },
    /// Check the settings
    #[command(subcommand)]
    Config(settings::ConfigCommand),
    #[command(flatten)]
    Noun(Noun),
}

#[derive(Debug, Args)]
struct Serve {
    /// Where to listen [default: 127.0.0.1:8480]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Which parts of the work this process does
    #[arg(long, value_enum, value_delimiter = ',', default_value = "api,worker")]
    roles: Vec<Role>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Answer requests
    Api,
    /// Work through the jobs: rails, mails, deadlines
    Worker,
}

/// Runs what was typed.
pub async fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli).await {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            if !message.is_empty() {
                tell(&format!("error: {message}"));
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<u8, String> {
    let listen = match &cli.command {
        Command::Serve(Serve { listen, .. }) | Command::Demo { listen } => listen.clone(),
        Command::Mcp(_) | Command::Backup { .. } | Command::Config(_) | Command::Noun(_) => None,
    };
    let Global { data, database_url, config: file, json } = cli.global;
    let loaded = Config::load(&Flags { data, database_url, config: file, listen }, config::environment());
    match cli.command {
        Command::Config(settings::ConfigCommand::Check) => {
            let (text, code) = settings::check(&loaded, json);
            std::io::stdout().write_all(text.as_bytes()).map_err(quietly)?;
            Ok(code)
        }
        Command::Serve(serve) => {
            let config = usable(loaded)?;
            let reports = config.sentry_dsn.as_ref().map(|dsn| reports::open(&dsn.0)).transpose();
            let reports = reports.map_err(|error| format!("BURSAR_SENTRY_DSN: {error}"))?;
            log::start(&config, &config.log);
            let has = |role| serve.roles.contains(&role);
            let ended = server(config, Roles { api: has(Role::Api), worker: has(Role::Worker) }).await;
            // What is still to be told is told now.
            drop(reports);
            ended
        }
        Command::Demo { .. } => {
            let config = usable(loaded)?;
            log::start(&config, log::QUIET);
            demo::run(&config).await?;
            Ok(0)
        }
        Command::Mcp(mcp) => mcp::run(&mcp).await.map(|()| 0),
        Command::Backup { file } => backup(&usable(loaded)?, &file, json),
        Command::Noun(noun) => {
            let config = usable(loaded)?;
            log::start(&config, log::QUIET);
            command(&config, noun, json).await
        }
    }
}

/// The settings, where all can be used; what is only unknown is told.
fn usable(loaded: Loaded) -> Result<Config, String> {
    let config = loaded.config.map_err(|faults| format!("these settings cannot be used:\n{faults}"))?;
    for fault in &loaded.unknown {
        tell(&format!("warning: {fault}"));
    }
    Ok(config)
}

/// Listens where the settings say.
pub(crate) async fn listen(config: &Config) -> Result<TcpListener, String> {
    let listener = TcpListener::bind(config.listen).await;
    listener.map_err(|error| {
        format!(
            "{} cannot be listened on: {error}; choose another address with --listen or BURSAR_LISTEN",
            config.listen
        )
    })
}

async fn server(config: Config, roles: Roles) -> Result<u8, String> {
    let shutdown = serve::signals::shutdown().map_err(|error| error.to_string())?;
    serve::metrics::start();
    // Before anything is opened: a server that nobody can reach shall not begin to work.
    let tls = config.tls.as_ref().map(Tls::open).transpose().map_err(|error| error.to_string())?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let app = opening::open(&config, roles).await?;
    let listener = listen(&config).await?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let app = app.listening_on(address);
    for note in serve::notes(&app) {
        tracing::warn!("{note}");
    }
    let first_run =
        if roles.api { serve::first_run(&app).await.map_err(|error| error.to_string())? } else { None };
    let ready = || tell_out(&format!("listening on {scheme}://{address}\n{}", first_run.unwrap_or_default()));
    serve::run(app, listener, tls, shutdown, ready).await.map_err(|error| error.to_string())?;
    Ok(0)
}

/// Copies the database beside the server, not through it: the file belongs to whoever typed the command.
fn backup(config: &Config, file: &Path, json: bool) -> Result<u8, String> {
    if config.database_url.is_some() {
        return Err(
            "the database is PostgreSQL's: back it up with pg_dump, as docs/running.md says".to_owned()
        );
    }
    back_up(&config.data, file).map_err(|error| error.to_string())?;
    let name = file.display();
    tell_out(&if json {
        format!("{}\n", serde_json::json!({ "file": name.to_string() }))
    } else {
        format!("{name} has everything that was committed when this began. Keep the master key elsewhere.\n")
    });
    Ok(0)
}

/// Runs a command in the server that runs on the same data directory, or else here.
async fn command(config: &Config, mut noun: Noun, json: bool) -> Result<u8, String> {
    noun.load_files()?;
    match opening::open_or_join(config, Roles::NONE).await? {
        Opened::There(server) => socket::client::run(server, noun, json).await.map_err(quietly),
        Opened::Here(app) => here(*app, noun, json).await,
    }
}

async fn here(app: App, noun: Noun, json: bool) -> Result<u8, String> {
    let output = noun.output();
    let (console, frames) = Console::new();
    let running = tokio::spawn(async move {
        commands::run(&app, noun, json, &console).await;
        app
    });
    let code = console::show(frames, output).await.map_err(quietly);
    // Also when nobody reads any more, what has begun is finished.
    if let Ok(app) = running.await {
        app.close().await;
    }
    code
}

/// What went wrong; nothing where the reader of stdout went away, as `head` does.
fn quietly(error: std::io::Error) -> String {
    if error.kind() == ErrorKind::BrokenPipe { String::new() } else { error.to_string() }
}

/// Says something on stderr. Where nobody listens, there is nobody to tell.
fn tell(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// Says something on stdout, at once also where it is a pipe.
pub(crate) fn tell_out(text: &str) {
    let mut out = std::io::stdout();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_and_behind() {
        for line in ["bursar --data d --json org list", "bursar org list --data d --json"] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert!(cli.global.json && cli.global.data == Some("d".into()), "{line}");
        }
    }
}
