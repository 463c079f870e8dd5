//! Accepting connections, plain or with TLS: slow clients are cut, and at the end what was accepted is finished.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use bursar_base::limits;
use bursar_http::peer::Peer;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::Service;
use tower::util::MapRequest;

use super::signals::requested;
use super::tls::Tls;

/// Pause after a connection could not be accepted, such as when no file descriptor is left.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(100);

/// Every request carries the address that it came from.
fn from(
    peer: SocketAddr,
    router: Router,
) -> impl Service<http::Request<Incoming>, Response = Response, Error = Infallible, Future: Send> + Clone {
    MapRequest::new(router, move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        request
    })
}

/// Answers requests until `shutdown` says so; then accepts no more, and returns when every connection is done.
pub(super) async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits::REQUEST_READ_TIMEOUT);
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = requested(&mut shutdown) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(PAUSE_AFTER_ERROR).await;
                continue;
            }
        };
        // Answers are small and complete; holding them back to fill a packet only makes them late.
        drop(stream.set_nodelay(true));
        let service = from(peer, router.clone());
        let (http, watcher) = (http.clone(), graceful.watcher());
        match &tls {
            None => {
                tokio::spawn(answer(http, stream, service, watcher));
            }
            Some(tls) => {
                // Agreeing on keys counts as a part of the request: whoever is slow at it is cut as well.
                let agreed =
                    tokio::time::timeout(limits::REQUEST_READ_TIMEOUT, tls.acceptor().accept(stream));
                let mut ending = shutdown.clone();
                tokio::spawn(async move {
                    let agreed = tokio::select! {
                        agreed = agreed => agreed,
                        // Nothing was asked yet, so there is nothing to finish.
                        () = requested(&mut ending) => return,
                    };
                    match agreed {
                        Ok(Ok(stream)) => answer(http, stream, service, watcher).await,
                        Ok(Err(error)) => {
                            tracing::debug!(%error, "a client does not speak TLS as this server does")
                        }
                        Err(_) => tracing::debug!("a client began to speak TLS and did not go on"),
                    }
                });
            }
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Answers what comes over one connection, until it ends or the server does.
async fn answer<T, S>(http: http1::Builder, stream: T, service: S, watcher: Watcher)
where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
    S: Service<http::Request<Incoming>, Response = Response, Error = Infallible, Future: Send> + Clone,
{
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
