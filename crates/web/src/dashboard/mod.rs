//! The dashboard: pages for members, made of what the API answers to their own session.
//!
//! Invariants: a page asks the API in this process, with the cookie that the browser sent, so who may see and do what is
//! decided in one place; what a form does is a call of the API, which refuses forms of other sites.

mod agents;
mod ask;
mod export;
mod page;
mod shell;

use axum::Router;
use axum::routing::get;

use crate::Web;
use ask::Api;

/// What the dashboard's handlers need.
#[derive(Debug, Clone)]
pub(crate) struct Dashboard {
    web: Web,
    api: Api,
}

/// The dashboard's pages, over the API that answers them.
pub fn router(web: Web, api: Router) -> Router {
    Router::new()
        .route("/dashboard", get(page::overview))
        .route("/dashboard/approvals", get(page::approvals).post(page::decide))
        .route("/dashboard/transactions", get(page::transactions))
        .route("/dashboard/transactions/export", get(export::transactions))
        .route("/dashboard/transactions/{id}", get(page::transaction))
        .route("/dashboard/agents", get(agents::list).post(agents::act))
        .route("/dashboard/agents/{id}", get(agents::get).post(agents::set))
        .route("/dashboard/analytics", get(page::analytics))
        .route("/dashboard/stop", get(page::stop).post(page::act_on_org))
        .with_state(Dashboard { web, api: Api::over(api) })
}

/// A part of a path, whatever is in it.
fn escaped(part: &str) -> String {
    url::form_urlencoded::byte_serialize(part.as_bytes()).collect()
}
