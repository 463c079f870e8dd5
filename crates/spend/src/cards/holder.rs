//! Who an org's cards are issued to. Stripe issues cards to people and companies, not to programs; so an org has one
//! cardholder, whom its owners name, and each card says which agent it is for.
//!
//! Invariant: nothing is made up. What Stripe wants to know is what the owners wrote, and what is missing is shown.

use std::collections::BTreeMap;

use bursar_base::{OrgId, TimeUs, limits};
use bursar_http::Problem;
use bursar_identity::{OrgTx, valid_email};
use bursar_store::events::NewEvent;
use bursar_store::{Columns as _, Row, StoreError, Tx};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::sql;
use super::stripe::{NotDone, account_of, is_certain};
use crate::Spend;
use crate::rails::stripe::StripeRail;
use crate::rails::stripe::cardholders::{
    Address, Billing, CardIssuing, Holder, HolderForm, Individual, ORG_ID, TermsAcceptance,
};
use crate::reconcile::Scope;

/// Longest name: what fits on a card, in characters.
const NAME_CHARS_MAX: usize = 24;
/// Longest line of an address, in characters.
const LINE_CHARS_MAX: usize = 200;

/// What kind of cardholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person.
    Individual,
    /// A company.
    Company,
}

/// A cardholder as its owners write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// A person or a company. It cannot be changed later.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What stands on the cards. It cannot be changed later.
    #[schema(min_length = 1, max_length = 24, example = "Acme Ltd")]
    pub name: String,
    /// Whom Stripe may write to.
    pub email: String,
    /// In the form of E.164; needed for cards of the European Union.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "+15551234567")]
    pub phone_number: Option<String>,
    /// Where they live, or have their seat.
    pub address: Address,
    /// Of a person, as in their passport.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Of a person, as in their passport.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// When this person accepted the terms of the bank behind the card; needed for people in the US.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub terms_accepted_at: Option<TimeUs>,
    /// From which address of the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "203.0.113.7")]
    pub terms_accepted_from: Option<String>,
}

/// An org's cardholder.
#[derive(Debug, Clone)]
pub struct Cardholder {
    /// Whose.
    pub org_id: OrgId,
    /// As its owners wrote it.
    pub details: Details,
    /// Grows with every change of the details.
    pub version: i64,
    /// The version that Stripe has; 0 is none.
    pub told_version: i64,
    asked: Option<String>,
    asked_at: Option<TimeUs>,
    attempt: i64,
    /// `ich_…`, once it is made.
    pub stripe_id: Option<String>,
    /// Stripe's names of what it still wants to know.
    pub requirements: Vec<String>,
    /// What went wrong last at Stripe.
    pub last_error: Option<String>,
}

impl Details {
    /// Checks everything that Stripe would refuse.
    ///
    /// # Errors
    /// 400 that names the field.
    pub fn check(mut self) -> Result<Details, Problem> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "/ -&:().'".contains(c);
        self.name = self.name.trim().to_owned();
        let chars = self.name.chars().count();
        if chars == 0 || chars > NAME_CHARS_MAX || !self.name.chars().all(fits) {
            let message =
                "1 to 24 characters that a card can show: letters from a to z, digits, and / -&:().'";
            return Err(Problem::field("name", message));
        }
        self.email = valid_email(&self.email).map_err(|message| Problem::field("email", message))?;
        let is_number = |number: &str| {
            let digits = number.strip_prefix('+').unwrap_or_default();
            (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
        };
        if self.phone_number.as_deref().is_some_and(|number| !is_number(number)) {
            return Err(Problem::field("phone_number", "a + and 8 to 15 digits, such as +15551234567"));
        }
        check_address(&self.address)?;
        for (field, name) in [("first_name", &self.first_name), ("last_name", &self.last_name)] {
            match (self.kind, name) {
                (Kind::Individual, None) => return Err(Problem::field(field, "people have one; write it")),
                (Kind::Company, Some(_)) => return Err(Problem::field(field, "companies have none")),
                (Kind::Individual, Some(name)) => line(field, name)?,
                (Kind::Company, None) => {}
            }
        }
        match (&self.terms_accepted_at, &self.terms_accepted_from) {
            (None, None) => {}
            (Some(_), Some(from)) if from.parse::<std::net::IpAddr>().is_ok() => {}
            _ => {
                let message =
                    "an address of the network, such as 203.0.113.7, together with terms_accepted_at";
                return Err(Problem::field("terms_accepted_from", message));
            }
        }
        Ok(self)
    }

    fn form(&self, org_id: &OrgId) -> HolderForm {
        let terms = self.terms_accepted_at.zip(self.terms_accepted_from.clone());
        let card_issuing = terms.map(|(at, ip)| CardIssuing {
            user_terms_acceptance: TermsAcceptance { date: at.seconds(), ip },
        });
        let names = self.first_name.clone().zip(self.last_name.clone());
        let kind = match self.kind {
            Kind::Individual => "individual",
            Kind::Company => "company",
        };
        HolderForm {
            kind: Some(kind.to_owned()),
            name: Some(self.name.clone()),
            email: self.email.clone(),
            phone_number: self.phone_number.clone(),
            billing: Billing { address: self.address.clone() },
            individual: names.map(|(first_name, last_name)| Individual {
                first_name,
                last_name,
                card_issuing,
            }),
            metadata: BTreeMap::from([(ORG_ID.to_owned(), org_id.to_string())]),
        }
    }
}

fn line(field: &str, text: &str) -> Result<(), Problem> {
    let chars = text.chars().count();
    if text.trim().is_empty() || chars > LINE_CHARS_MAX || text.chars().any(char::is_control) {
        return Err(Problem::field(field, format!("1 to {LINE_CHARS_MAX} characters")));
    }
    Ok(())
}

fn check_address(address: &Address) -> Result<(), Problem> {
    line("address.line1", &address.line1)?;
    line("address.city", &address.city)?;
    line("address.postal_code", &address.postal_code)?;
    for (field, text) in [("address.line2", &address.line2), ("address.state", &address.state)] {
        text.as_ref().map_or(Ok(()), |text| line(field, text))?;
    }
    let country = &address.country;
    if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(Problem::field("address.country", "two capital letters, such as US"));
    }
    if country == "US" && address.state.is_none() {
        return Err(Problem::field("address.state", "addresses in the US have one, such as TX"));
    }
    Ok(())
}

/// An org's cardholder, where its owners named one.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, org_id: &OrgId) -> Result<Option<Cardholder>, StoreError> {
    tx.row(sql::HOLDER, &[org_id.as_str().into()]).await?.as_ref().map(from_row).transpose()
}

fn from_row(row: &Row) -> Result<Cardholder, StoreError> {
    let damaged = |what: &str| StoreError::Damaged(format!("cardholders.{what}"));
    Ok(Cardholder {
        org_id: OrgId::from_store(&row.text("org_id")?),
        details: serde_json::from_str(&row.text("details")?).map_err(|_| damaged("details"))?,
        version: row.int("version")?,
        told_version: row.int("told_version")?,
        asked: row.opt_text("asked")?,
        asked_at: row.opt_time("asked_us")?,
        attempt: row.int("attempt")?,
        stripe_id: row.opt_text("stripe_id")?,
        requirements: serde_json::from_str(&row.text("requirements")?)
            .map_err(|_| damaged("requirements"))?,
        last_error: row.opt_text("last_error")?,
    })
}

/// Writes down whom an org's cards are issued to, in a transaction that the caller has begun.
///
/// # Errors
/// 409 `cardholder_fixed` when name or type would change of one that Stripe knows, 503.
pub async fn put(org: &mut OrgTx, org_id: &OrgId, details: &Details, actor: &str) -> Result<(), Problem> {
    let before = find(&mut org.tx, org_id).await.map_err(crate::context::store_problem)?;
    let known = before.filter(|before| before.asked_at.is_some());
    if known.is_some_and(|known| known.details.kind != details.kind || known.details.name != details.name) {
        let detail =
            "Stripe lets nobody change the name or the type of a cardholder; only the rest can be changed";
        return Err(Problem::new(StatusCode::CONFLICT, "cardholder_fixed", detail));
    }
    write(org, org_id, details, actor).await.map_err(crate::context::store_problem)
}

async fn write(org: &mut OrgTx, org_id: &OrgId, details: &Details, actor: &str) -> Result<(), StoreError> {
    let text = serde_json::to_string(details).map_err(|error| StoreError::Damaged(error.to_string()))?;
    org.tx.execute(sql::PUT_HOLDER, &[org_id.as_str().into(), (&text).into(), org.now.into()]).await?;
    // Who they are is theirs: the trail says that it was set, and what stands on the cards.
    let detail = json!({ "name": details.name, "type": details.kind });
    org.record(NewEvent::new("org.cardholder_set", actor, &detail)).await
}

async fn save(org: &mut OrgTx, holder: &Cardholder) -> Result<(), StoreError> {
    let requirements = serde_json::to_string(&holder.requirements)
        .map_err(|error| StoreError::Damaged(error.to_string()))?;
    let args = [
        holder.org_id.as_str().into(),
        holder.told_version.into(),
        holder.asked.as_deref().into(),
        holder.asked_at.into(),
        holder.attempt.into(),
        holder.stripe_id.as_deref().into(),
        (&requirements).into(),
        holder.last_error.as_deref().into(),
        org.now.into(),
    ];
    org.tx.execute(sql::SAVE_HOLDER, &args).await?;
    Ok(())
}

/// The org's cardholder at Stripe (`ich_…`), made or brought up to date where that is needed.
///
/// # Errors
/// [`NotDone`].
pub(super) async fn ensure(spend: &Spend, stripe: &StripeRail, org_id: &OrgId) -> Result<String, NotDone> {
    let missing = || NotDone::Holder("the org has no cardholder yet".to_owned());
    let mut org = spend.identity.lock(org_id).await?;
    let mut holder = find(&mut org.tx, org_id).await?.ok_or_else(missing)?;
    if let (Some(id), true) = (&holder.stripe_id, holder.told_version == holder.version) {
        return Ok(id.clone());
    }
    let version = holder.version;
    let answer = match holder.stripe_id.clone() {
        Some(id) => {
            drop(org);
            stripe.update_holder(&id, &holder.details.form(org_id)).await
        }
        None => {
            let old = holder.asked_at.is_some_and(|at| org.now.since(at) >= limits::CARD_NEVER_ARRIVED_AFTER);
            if holder.asked.is_none() || old {
                // A second cardholder of one that never came to be known costs nothing: no card is of the first.
                let form = holder.details.form(org_id);
                let text =
                    serde_json::to_string(&form).map_err(|error| StoreError::Damaged(error.to_string()))?;
                (holder.asked, holder.asked_at) = (Some(text), Some(org.now));
                holder.attempt += 1;
                save(&mut org, &holder).await?;
                org.commit().await?;
            } else {
                drop(org);
            }
            let text = holder.asked.as_deref().unwrap_or_default();
            let form: HolderForm = serde_json::from_str(text)
                .map_err(|_| StoreError::Damaged("cardholders.asked".to_owned()))?;
            let key = format!("bursar-cardholder-{org_id}-{}", holder.attempt);
            stripe.create_holder(&form, &key).await
        }
    };
    let created = holder.stripe_id.is_none();
    let mut org = spend.identity.lock(org_id).await?;
    let mut holder = find(&mut org.tx, org_id).await?.ok_or_else(missing)?;
    let outcome = match answer {
        Ok(known) => {
            holder.last_error = None;
            noted(&mut holder, &known, if created { 0 } else { version });
            Ok(known.id)
        }
        Err(error) => {
            holder.last_error = Some(error.to_string());
            if created && is_certain(&error) {
                // Refused as it was written: it can be written anew.
                (holder.asked, holder.asked_at) = (None, None);
            }
            Err(NotDone::Stripe(error))
        }
    };
    save(&mut org, &holder).await?;
    org.commit().await?;
    let id = outcome?;
    if created && holder.version > 1 {
        // What was first sent may be older than what the owners wrote since.
        return Box::pin(ensure(spend, stripe, org_id)).await;
    }
    Ok(id)
}

/// Asks Stripe what it wants to know of every cardholder by now: that changes without our doing. What could not be asked
/// is added to `problems`.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn refresh_all(
    spend: &Spend,
    scope: &Scope,
    problems: &mut Vec<String>,
) -> Result<(), StoreError> {
    let rows = spend.identity.db.read().await?.rows(sql::HOLDERS, &[]).await?;
    for row in &rows {
        let holder = from_row(row)?;
        let org_id = &holder.org_id;
        let (Some(id), true) = (&holder.stripe_id, scope.covers(org_id)) else { continue };
        let stripe = match account_of(spend, org_id).await {
            Ok(stripe) => stripe,
            Err(NotDone::Store(error)) => return Err(error),
            Err(_) => continue,
        };
        match stripe.holder(id).await {
            Ok(known) => wanted_now(spend, org_id, &known).await?,
            Err(error) => problems.push(format!("the cardholder {id} could not be read at Stripe: {error}")),
        }
    }
    Ok(())
}

async fn wanted_now(spend: &Spend, org_id: &OrgId, known: &Holder) -> Result<(), StoreError> {
    let wanted = known.requirements.past_due.clone().unwrap_or_default();
    let mut org = spend.identity.lock(org_id).await?;
    let holder = find(&mut org.tx, org_id).await?;
    let same = |holder: &Cardholder| holder.stripe_id.as_ref() == Some(&known.id);
    if let Some(mut holder) = holder.filter(same).filter(|holder| holder.requirements != wanted) {
        tracing::info!(org = %org_id, ?wanted, "what Stripe wants to know of a cardholder has changed");
        holder.requirements = wanted;
        save(&mut org, &holder).await?;
        org.commit().await?;
    }
    Ok(())
}

fn noted(holder: &mut Cardholder, known: &Holder, version: i64) {
    holder.stripe_id = Some(known.id.clone());
    holder.requirements = known.requirements.past_due.clone().unwrap_or_default();
    // One that was just made has what was first written.
    holder.told_version = if version == 0 { 1 } else { version };
}
