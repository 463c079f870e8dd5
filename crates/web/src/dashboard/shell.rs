//! Who looks at a page of the dashboard, and what stands around it.

use axum::extract::{FromRequest, Request};
use axum::response::Response;
use bursar_base::{Language, Mode};
use bursar_http::Problem;
use bursar_identity::members::Role;
use bursar_identity::orgs::{Org, service as orgs};
use bursar_pages::dashboard::answers::{List, Transaction};
use bursar_pages::dashboard::{Place, Shell};
use bursar_spend::context::store_problem;
use http::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Dashboard;
use super::ask::Call;
use crate::page::{Visitor, see_other};
use crate::problems::what_happened;

/// A member who looks.
pub(super) struct Guest {
    dashboard: Dashboard,
    visitor: Visitor,
}

impl FromRequest<Dashboard> for Guest {
    type Rejection = Response;

    async fn from_request(request: Request, dashboard: &Dashboard) -> Result<Guest, Response> {
        let visitor = Visitor::from_request(request, &dashboard.web).await?;
        if visitor.session.member.is_none() {
            return Err(see_other("/account"));
        }
        Ok(Guest { dashboard: dashboard.clone(), visitor })
    }
}

impl Guest {
    /// Reads from the API, as this member.
    ///
    /// # Errors
    /// The API's own.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        self.dashboard.api.get(&self.visitor.parts, path).await
    }

    /// Does something by the API, as this member.
    ///
    /// # Errors
    /// The API's own.
    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Problem> {
        let call = Call { method: &Method::POST, path, body: Some(body), version: None };
        self.dashboard.api.send(&self.visitor.parts, call).await
    }

    /// Replaces something by the API, as this member, if this version of it is in force.
    ///
    /// # Errors
    /// The API's own.
    pub(super) async fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
        version: Option<i64>,
    ) -> Result<T, Problem> {
        let call = Call { method: &Method::PUT, path, body: Some(body), version };
        self.dashboard.api.send(&self.visitor.parts, call).await
    }

    /// What the form sent; what is missing is empty.
    pub(super) fn form<T: DeserializeOwned + Default>(&self) -> T {
        crate::page::form(&self.visitor.body)
    }

    /// What the address asks for; what is missing is empty.
    pub(super) fn query<T: DeserializeOwned + Default>(&self) -> T {
        crate::page::form(self.visitor.parts.uri.query().unwrap_or_default().as_bytes())
    }

    /// The reader's language.
    pub(super) fn language(&self) -> Language {
        self.visitor.language
    }

    /// The reader's clock.
    pub(super) fn now(&self) -> bursar_base::TimeUs {
        self.dashboard.web.now()
    }

    /// The org's time zone, by its name (IANA).
    ///
    /// # Errors
    /// 403 in no org; 503.
    pub(super) async fn zone(&self) -> Result<String, Problem> {
        Ok(self.org().await?.time_zone)
    }

    async fn org(&self) -> Result<Org, Problem> {
        let member = self.visitor.session.member.as_ref();
        let member = member.ok_or_else(|| Problem::forbidden("you are in no org yet"))?;
        let mut tx = self.dashboard.web.identity.db.read().await.map_err(store_problem)?;
        let org = orgs::find(&mut tx, &member.org_id).await.map_err(store_problem)?;
        org.ok_or_else(|| Problem::not_found("org"))
    }

    /// What stands around a page.
    ///
    /// # Errors
    /// 403 where the member may not look; 503.
    pub(super) async fn shell(&self, place: Place, problem: Option<&Problem>) -> Result<Shell, Problem> {
        let session = &self.visitor.session;
        let Some(member) = &session.member else { return Err(Problem::forbidden("you are in no org yet")) };
        let waiting: List<Transaction> = self.get("/v1/dashboard/approvals?limit=100").await?;
        let org = self.org().await?;
        Ok(Shell {
            place,
            org: org.name,
            zone: org.time_zone,
            currency: org.currency.to_string(),
            is_test: member.mode == Mode::Test,
            is_frozen: session.org_is_frozen,
            email: session.email.clone(),
            is_owner: member.role == Role::Owner,
            can_decide: matches!(member.role, Role::Owner | Role::Approver),
            waiting: waiting.data.len(),
            problem: problem.map(|problem| what_happened(problem, self.visitor.language)),
        })
    }
}

/// The status of a page that says what did not work.
pub(super) fn status_of(problem: Option<&Problem>) -> StatusCode {
    problem.map_or(StatusCode::OK, |problem| problem.status)
}
