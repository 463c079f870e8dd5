//! `bursar payment-method`

use bursar_base::{OrgId, PaymentMethodId};
use bursar_identity::OrgTx;
use bursar_spend::payment_methods::api::{PaymentMethodBody, listed};
use bursar_spend::payment_methods::service::{self, Uses};
use bursar_spend::payment_methods::{PaymentMethod, Status};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::context::problem;
use super::{ACTOR, Answer, Context, Ending, Failure};
use crate::table::{or_dash, table};

/// `bursar payment-method`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum PaymentMethodCommand {
    /// Show the payment methods that Stripe keeps for an org
    List {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
    },
    /// Print the address of Stripe's page, where a person saves a payment method
    Add {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
    },
    /// Say what a payment method is charged for
    Use(Use),
    /// Charge nothing new to a payment method, and take it away at Stripe
    Remove {
        /// The payment method, pmt_…
        payment_method: PaymentMethodId,
    },
}

/// `bursar payment-method use`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Use {
    /// The payment method, pmt_…
    payment_method: PaymentMethodId,
    /// Whether automatic top-ups may charge it
    #[arg(long, value_name = "true|false", required_unless_present = "for_payments")]
    for_topups: Option<bool>,
    /// Whether payments on the rail `stripe` are charged to it; where one is, that rail is the org's default
    #[arg(long, value_name = "true|false")]
    for_payments: Option<bool>,
}

pub(super) async fn run(context: &Context<'_>, command: PaymentMethodCommand) -> Ending {
    Ok(Some(match command {
        PaymentMethodCommand::List { org } => list(context, &org).await?,
        PaymentMethodCommand::Add { org } => add(context, &org).await?,
        PaymentMethodCommand::Use(wanted) => use_for(context, wanted).await?,
        PaymentMethodCommand::Remove { payment_method } => {
            let (mut org, mut m) = lock(context, &payment_method).await?;
            service::remove(context.spend(), &mut org, &mut m, ACTOR).await?;
            org.commit().await?;
            let text = format!("Nothing new is charged to {}; it is taken away at Stripe.\n", m.id);
            Answer::new(json!({ "payment_method_id": m.id, "removed": true }), text)
        }
    }))
}

/// Begins a transaction under the lock of a payment method's org.
async fn lock(context: &Context<'_>, id: &PaymentMethodId) -> Result<(OrgTx, PaymentMethod), Failure> {
    let missing = || {
        Failure(format!("there is no payment method {id}; `bursar payment-method list --org ID` shows them"))
    };
    let found = service::find(&mut context.read().await?, id).await?.ok_or_else(missing)?;
    let mut org = context.spend().identity.lock(&found.org_id).await?;
    let now = service::find(&mut org.tx, id).await?.filter(|m| m.status != Status::Removed);
    Ok((org, now.ok_or_else(missing)?))
}

async fn list(context: &Context<'_>, org: &OrgId) -> Result<Answer, Failure> {
    context.org(org).await?;
    let found = listed(context.spend(), org).await.map_err(problem)?;
    let rows: Vec<[String; 6]> = found.iter().map(row).collect();
    let headings = ["payment method", "status", "kind", "name", "last month", "charged for"];
    let none = "No payment method is saved yet. Save one: bursar payment-method add --org ID";
    Ok(Answer::new(&found, table(headings, &rows, none)))
}

fn row(m: &PaymentMethodBody) -> [String; 6] {
    let digits = m.last4.as_ref().map(|digits| format!("\u{2026}{digits}"));
    let name: Vec<String> = m.brand.clone().into_iter().chain(digits).collect();
    let last = m.exp_month.zip(m.exp_year).map(|(month, year)| format!("{month:02}/{year}"));
    let uses: Vec<&str> = [(m.for_topups, "top-ups"), (m.for_payments, "payments")]
        .into_iter()
        .filter_map(|(is, name)| is.then_some(name))
        .collect();
    [
        m.payment_method_id.clone(),
        m.ended_reason.clone().unwrap_or_else(|| m.status.clone()),
        or_dash(m.kind.as_ref()),
        or_dash(Some(name.join(" ")).filter(|name| !name.is_empty()).as_ref()),
        or_dash(last.as_ref()),
        or_dash(Some(uses.join(", ")).filter(|uses| !uses.is_empty()).as_ref()),
    ]
}

async fn add(context: &Context<'_>, org_id: &OrgId) -> Result<Answer, Failure> {
    context.org(org_id).await?;
    let org = context.spend().identity.lock(org_id).await?;
    let (m, url) = service::ask(context.spend(), org, org_id, ACTOR).await.map_err(problem)?;
    let id = &m.id;
    let text = format!(
        "Save a payment method here, until {}:\n{url}\nNothing is charged to it before: bursar payment-method use {id} \
         --for-topups true\n",
        m.page_expires
    );
    let answer = json!({ "payment_method_id": id, "setup_url": url, "expires_at": m.page_expires });
    Ok(Answer::new(answer, text))
}

async fn use_for(context: &Context<'_>, wanted: Use) -> Result<Answer, Failure> {
    let (mut org, mut m) = lock(context, &wanted.payment_method).await?;
    let uses = Uses { for_topups: wanted.for_topups, for_payments: wanted.for_payments };
    service::use_for(context.spend(), &mut org, &mut m, uses, ACTOR).await.map_err(problem)?;
    let charged = service::charged_directly(&mut org.tx, &m.org_id).await?;
    let body = PaymentMethodBody::new(&m, charged.as_deref(), org.now);
    org.commit().await?;
    let says = |is: bool| if is { "is" } else { "is not" };
    let text = format!(
        "{} {} charged by automatic top-ups, and {} charged for payments on the rail `stripe`.\n",
        m.id,
        says(body.for_topups),
        says(body.for_payments)
    );
    Ok(Answer::new(&body, text))
}
