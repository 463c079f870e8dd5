//! `bursar serve`: the server around the app.
//!
//! Invariants: what was accepted is finished, or the drain's time is over; a request's line in the log names the route,
//! never the path, because paths carry tokens.

mod accept;
mod access;
mod health;
pub mod metrics;
pub mod signals;
pub mod tls;

use std::any::Any;
use std::io;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use bursar_base::limits;
use bursar_http::Problem;
use bursar_mcp::Door;
use bursar_spend::requests::wait::Stopping;
use bursar_store::{Engine, StoreError};
use bursar_web::Web;
use http::StatusCode;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;

use self::tls::Tls;
use crate::app::App;
use crate::socket;

/// Everything that answers on the server's port, according to the app's roles.
pub fn router(app: &App) -> Router {
    let own = health::router(app);
    let api = || {
        let description = openapi();
        let web = Web::new(app.spend.clone(), app.oidc.clone());
        let people = bursar_web::router::router(web.clone(), &description);
        let api = bursar_spend::router::api(app.spend.clone(), &description);
        let door = Door::new(&app.spend, api.clone(), &description);
        let api = api.merge(people);
        let dashboard = bursar_web::dashboard::router(web, api.clone());
        api.merge(bursar_mcp::router(door)).merge(dashboard)
    };
    let all = if app.roles.api { own.merge(api()) } else { own };
    let all = all.layer(axum::middleware::from_fn(bursar_http::language::keep));
    all.layer(CatchPanicLayer::custom(panicked)).layer(axum::middleware::from_fn(access::note))
}

/// What the API is, as `openapi.json` has it.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = bursar_spend::router::openapi();
    document.merge(bursar_web::router::openapi());
    document.merge(health::openapi());
    document
}

/// A mistake of ours must cost one answer, not the connection; the panic itself is on stderr.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    let detail = "a mistake inside of Bursar; whether something was done is unknown, so ask before repeating";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).into_response()
}

/// Serves until `shutdown` says so, then finishes what was accepted, within [`limits::DRAIN_WITHIN`]; with `tls`, nothing
/// is answered without. `ready` is called once requests and commands are taken.
///
/// # Errors
/// When the command line's socket cannot be made, or signals cannot be listened to.
pub async fn run(
    app: App,
    listener: TcpListener,
    tls: Option<Tls>,
    shutdown: watch::Receiver<bool>,
    ready: impl FnOnce(),
) -> io::Result<()> {
    let app = app.listening_on(listener.local_addr()?);
    let commands = match app.spend.identity.db.engine() {
        // One process serves an embedded database, so the command line must go through it. PostgreSQL takes all comers.
        Engine::Sqlite => Some(socket::server::bind(&app.config.data)?),
        Engine::Postgres => None,
    };
    // Heard from before anybody is told that the server is ready: by itself, SIGHUP ends a process.
    let tls = tls.map(|tls| Ok::<_, io::Error>((tls, signal(SignalKind::hangup())?))).transpose()?;
    ready();
    let router = router(&app).layer(axum::Extension(Stopping(shutdown.clone())));
    let requests =
        accept::serve(listener, tls.as_ref().map(|(tls, _)| tls.clone()), router, shutdown.clone());
    let commands = {
        let (app, shutdown) = (app.clone(), shutdown.clone());
        async move {
            if let Some(socket) = commands {
                socket::server::serve(socket, app, shutdown).await;
            }
        }
    };
    let workers = {
        let (spend, shutdown, wanted) = (app.spend.clone(), shutdown.clone(), app.roles.worker);
        async move {
            if wanted {
                bursar_spend::worker::run(spend, shutdown).await;
            }
        }
    };
    let upkeep = {
        let (counts, shutdown) = (metrics::upkeep(shutdown.clone()), shutdown.clone());
        async move {
            match tls {
                Some((tls, hangups)) => drop(tokio::join!(counts, tls.keep(hangups, shutdown))),
                None => counts.await,
            }
        }
    };
    let all =
        async { tokio::join!(requests, tokio::spawn(commands), tokio::spawn(workers), tokio::spawn(upkeep)) };
    tokio::select! {
        _ = all => tracing::info!("everything that was accepted is finished"),
        () = out_of_time(shutdown) => tracing::warn!("the time to finish is over; the rest is resumed at the next start"),
    }
    app.close().await;
    Ok(())
}

async fn out_of_time(mut shutdown: watch::Receiver<bool>) {
    signals::requested(&mut shutdown).await;
    tokio::time::sleep(limits::DRAIN_WITHIN).await;
}

/// What to tell whoever starts a server without any org: the link to the page that makes the first one. It goes to stdout
/// alone, because logs are kept and the link is a secret. A new start ends the link of the one before.
///
/// # Errors
/// [`StoreError`].
pub async fn first_run(app: &App) -> Result<Option<String>, StoreError> {
    let token = bursar_identity::first_run::service::begin(&app.spend.identity).await?;
    Ok(token.map(|token| {
        let link = format!("{}/first-run/{token}", app.spend.settings.public_url);
        format!(
            "There is no org yet. Make yourself its owner here, within a day (the link works once, and until the next \
             start):\n\n  {link}\n\n"
        )
    }))
}

/// What the operator should know at start.
pub fn notes(app: &App) -> Vec<String> {
    let url = &app.spend.settings.public_url;
    let host = crate::app::host_of(url);
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let loopback = host == "localhost" || address.is_ok_and(|ip| ip.is_loopback());
    let links = loopback.then(|| {
        format!(
            "links in mails begin with {url}, which only this machine can open; set \
             BURSAR_PUBLIC_URL to where people reach it"
        )
    });
    let chats = (app.config.telegram_token.is_some() && !url.starts_with("https://")).then(|| {
        format!(
            "Telegram calls https addresses only, and links here begin with {url}: nobody can link a chat until \
             BURSAR_PUBLIC_URL is https"
        )
    });
    links.into_iter().chain(chats).chain(app.config.mail_url.warning()).collect()
}
