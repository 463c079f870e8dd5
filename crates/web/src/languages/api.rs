//! A member's language over JSON.

use axum::Json;
use bursar_base::Language;
use bursar_http::Problem;
use bursar_identity::languages::service as languages;
use bursar_identity::members::Member;
use bursar_spend::context::store_problem;
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::door::InOrg;

/// In which language you are written to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LanguageBody {
    /// `en` or `pt-BR`.
    #[schema(value_type = String)]
    pub language: Language,
    /// Whether it is yours: chosen by you, or taken from the browser that you first signed in with. Else it is the
    /// server's.
    pub is_own: bool,
}

/// In which language you want to be written to.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LanguageChange {
    /// `en` or `pt-BR`.
    pub language: String,
}

async fn body_of(web: &Web, member: &Member) -> Result<Json<LanguageBody>, Problem> {
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let own = languages::of(&mut tx, &member.email).await.map_err(store_problem)?;
    Ok(Json(LanguageBody { language: own.unwrap_or(web.settings.language), is_own: own.is_some() }))
}

/// The language of the mails that you get.
#[utoipa::path(get, path = "/dashboard/members/me/language", tag = "dashboard",
    responses((status = 200, body = LanguageBody)))]
pub async fn get(of: InOrg) -> Result<Json<LanguageBody>, Problem> {
    let member = of.web.member_of(&of.caller).await?;
    body_of(&of.web, &member).await
}

/// Choose the language of the mails that you get, here and in every other org that you are in.
#[utoipa::path(put, path = "/dashboard/members/me/language", tag = "dashboard",
    request_body = LanguageChange, responses((status = 200, body = LanguageBody)))]
pub async fn put(of: InOrg) -> Result<Json<LanguageBody>, Problem> {
    let change: LanguageChange = of.json()?;
    let language = change.language.parse::<Language>();
    let language = language.map_err(|error| Problem::field("language", error.to_string()))?;
    let member = of.web.member_of(&of.caller).await?;
    let mut org = of.web.lock_for(&of.caller).await?;
    let chosen = languages::choose(&mut org, &member, language, &of.caller.actor()).await;
    chosen.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    body_of(&of.web, &member).await
}
