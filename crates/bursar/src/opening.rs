//! Opening the app with this machine's clock and randomness, or finding the server that has it open already.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bursar_base::{SystemClock, SystemRng};
use bursar_store::StoreError;
use tokio::net::UnixStream;

use crate::app::{App, AppError, Roles};
use crate::config::Config;
use crate::socket;

/// How long to wait for a command that has the directory for a moment, or for a server that is just starting.
const WAIT_FOR_OTHERS: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Who works on the installation.
pub(crate) enum Opened {
    /// This process.
    Here(Box<App>),
    /// A server, at the other end of this connection.
    There(UnixStream),
}

/// Opens the app, unless a server runs on the same data directory.
///
/// # Errors
/// A sentence about what is wrong, and what to do.
pub(crate) async fn open_or_join(config: &Config, roles: Roles) -> Result<Opened, String> {
    let began = Instant::now();
    loop {
        if config.database_url.is_none() {
            let server = socket::client::connect(&config.data).await;
            if let Some(stream) = server.map_err(|error| error.to_string())? {
                return Ok(Opened::There(stream));
            }
        }
        match App::open(config, Arc::new(SystemClock), Arc::new(SystemRng), roles).await {
            Ok(app) => return Ok(Opened::Here(Box::new(app))),
            Err(AppError::Store(StoreError::InUse(_))) if began.elapsed() < WAIT_FOR_OTHERS => {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Opens the app to serve it.
///
/// # Errors
/// A sentence about what is wrong, and what to do; also when another server runs on the same data directory.
pub(crate) async fn open(config: &Config, roles: Roles) -> Result<App, String> {
    match open_or_join(config, roles).await? {
        Opened::Here(app) => Ok(*app),
        Opened::There(_) => Err(format!(
            "{} is in use by another Bursar; stop it, or choose another directory with --data",
            config.data.display()
        )),
    }
}
