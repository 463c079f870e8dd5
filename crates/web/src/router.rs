//! Every path of people and newcomers in one router, and the description that is made from it.

use axum::Router;
use axum::routing::{get, post};
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{
    Web, bots, first_run, invitations, languages, members, oidc, passkeys, reference, sessions, sign_ins,
    skill, stand_ins,
};

fn v1() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(bots::api::register))
        .routes(routes!(bots::api::status))
        .routes(routes!(bots::owner::claim))
        .routes(routes!(bots::owner::list))
        .routes(routes!(bots::owner::claim_waiting))
        .routes(routes!(bots::owner::refuse))
        .routes(routes!(bots::owner::resend))
        .routes(routes!(bots::owner::make_pairing_code))
        .routes(routes!(sign_ins::api::ask))
        .routes(routes!(sign_ins::api::complete))
        .routes(routes!(sessions::api::get, sessions::api::put, sessions::api::delete))
        .routes(routes!(sessions::api::list, sessions::api::end_others))
        .routes(routes!(sessions::api::end))
        .routes(routes!(passkeys::api::list, passkeys::api::begin_add))
        .routes(routes!(passkeys::api::finish_add))
        .routes(routes!(passkeys::api::remove))
        .routes(routes!(passkeys::api::begin_sign_in))
        .routes(routes!(passkeys::api::finish_sign_in))
        .routes(routes!(passkeys::api::begin_step_up))
        .routes(routes!(passkeys::api::finish_step_up))
        .routes(routes!(languages::api::get, languages::api::put))
        .routes(routes!(members::api::list))
        .routes(routes!(members::api::set_role, members::api::remove))
        .routes(routes!(stand_ins::api::list))
        .routes(routes!(stand_ins::api::set_mine, stand_ins::api::end_mine))
        .routes(routes!(stand_ins::api::set, stand_ins::api::end))
        .routes(routes!(invitations::api::list, invitations::api::invite))
        .routes(routes!(invitations::api::withdraw))
        .routes(routes!(invitations::api::mine))
        .routes(routes!(invitations::api::accept))
}

/// What people and newcomers add to the API's description.
pub fn openapi() -> Document {
    let mut document = OpenApiRouter::new().nest("/v1", v1()).into_openapi();
    bursar_spend::description::complete(&mut document);
    document
}

/// Every path: `/v1`, the same at `/api/v1`, the pages, and what bots read, which is made of the whole API's description.
pub fn router(web: Web, description: &Document) -> Router {
    let (v1, _) = v1().split_for_parts();
    let description = serde_json::to_value(description).unwrap_or_default();
    let files = skill::api::routes(&web, &description).merge(reference::api::routes(&description));
    Router::new().nest("/v1", v1.clone()).nest("/api/v1", v1).merge(pages()).merge(files).with_state(web)
}

fn pages() -> Router<Web> {
    let (sign_in, claim) = (sign_ins::page::show, bots::page::show_claim);
    Router::new()
        .route("/first-run/{token}", get(first_run::page::show).post(first_run::page::run))
        .route("/sign-in", get(sign_in).post(sign_ins::page::ask))
        .route("/sign-in/oidc", post(oidc::page::begin))
        .route(oidc::CALLBACK_PATH, get(oidc::page::callback))
        .route("/sign-in/{token}", get(sign_ins::page::show_link).post(sign_ins::page::use_link))
        .route("/claim", get(claim).post(bots::page::claim))
        .route("/refuse/{token}", get(bots::page::show_refusal).post(bots::page::refuse))
        .route("/account", get(sessions::page::show).post(sessions::page::act))
}
