//! `bursar org`

use bursar_base::{Mode, OrgId};
use bursar_identity::orgs::service;
use bursar_spend::cards::holder::{self, Details};
use bursar_spend::cards::issue::{self, mirror_again};
use bursar_spend::cards::stripe::tell_holder;
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::PathBuf;

use super::context::problem;
use super::{ACTOR, Answer, Context, Ending, Failure};
use crate::table::{or_dash, table};

/// `bursar org`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum OrgCommand {
    /// Make an org with its first owner; shows its admin key, once
    Create {
        /// What people call it
        name: String,
        /// The address of its first owner
        #[arg(long, value_name = "EMAIL")]
        admin_email: String,
        /// For real money; a test org, which is the default, reaches none, for good
        #[arg(long)]
        live: bool,
        /// Whose days, weeks and months its limits follow, such as America/Sao_Paulo
        #[arg(long, value_name = "TZ", default_value = "UTC")]
        time_zone: String,
    },
    /// Show all orgs
    List,
    /// Save the Stripe payment method that the org's payments on the rail `stripe` are charged to
    Stripe {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
        /// The Stripe customer, cus_…
        #[arg(long, value_name = "ID")]
        customer: String,
        /// The customer's payment method, pm_…
        #[arg(long, value_name = "ID")]
        payment_method: String,
    },
    /// Say whom an org's cards are issued to, by a file of JSON as PUT /v1/dashboard/cardholder takes it; show it without one
    Cardholder {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
        /// The file; - is stdin
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// What is in the file
        #[arg(skip)]
        document: Option<String>,
    },
    /// Set whose days, weeks and months an org's limits follow; windows that have begun keep their end
    TimeZone {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
        /// An IANA time zone, such as America/Sao_Paulo
        #[arg(long, value_name = "TZ")]
        time_zone: String,
    },
}

pub(super) async fn run(context: &Context<'_>, command: OrgCommand) -> Ending {
    let identity = &context.spend().identity;
    Ok(Some(match command {
        OrgCommand::Create { name, admin_email, live, time_zone } => {
            let mode = if live { Mode::Live } else { Mode::Test };
            let (org_id, key) =
                service::create(identity, &name, &admin_email, mode, &time_zone, ACTOR).await?;
            let admin_key = key.key.reveal();
            let text = format!(
                "Made the {} org {name}.\n\norg_id     {org_id}\nadmin_key  {admin_key}\n\nThe key is shown \
                 this once; keep it safe.\nNext: bursar agent create --org {org_id} --name NAME --daily 100.00\n",
                mode.as_str()
            );
            Answer::new(json!({ "org_id": org_id, "admin_key": admin_key }), text)
        }
        OrgCommand::List => {
            let orgs = service::all(&mut context.read().await?).await?;
            let rows: Vec<[String; 5]> = orgs
                .iter()
                .map(|org| {
                    let mode = org.mode.as_str().to_owned();
                    let stripe = or_dash(org.stripe_payment_method.as_ref());
                    [org.id.to_string(), org.name.clone(), mode, org.time_zone.clone(), stripe]
                })
                .collect();
            let none = "There is no org yet. Make one: bursar org create NAME --admin-email EMAIL";
            Answer::new(&orgs, table(["org", "name", "mode", "time zone", "payment method"], &rows, none))
        }
        OrgCommand::Stripe { org, customer, payment_method } => {
            service::set_stripe(identity, &org, &customer, &payment_method, ACTOR).await?;
            let text = format!(
                "Payments of {org} on the rail `stripe` are charged to {payment_method} of {customer}.\n"
            );
            Answer::new(
                json!({ "org_id": org, "customer": customer, "payment_method": payment_method }),
                text,
            )
        }
        OrgCommand::Cardholder { org, document, .. } => return cardholder(context, &org, document).await,
        OrgCommand::TimeZone { org, time_zone } => {
            service::set_time_zone(identity, &org, &time_zone, ACTOR).await?;
            // Stripe's days are those of UTC: what it is told depends on the org's.
            let mut locked = identity.lock(&org).await?;
            mirror_again(context.spend(), &mut locked, &org, None).await?;
            locked.commit().await?;
            context.spend().funnel.wake_workers();
            let text = format!(
                "The limits of {org} follow the calendar of {time_zone}. Windows that have begun keep their end.\n"
            );
            Answer::new(json!({ "org_id": org, "time_zone": time_zone }), text)
        }
    }))
}

async fn cardholder(context: &Context<'_>, org: &OrgId, document: Option<String>) -> Ending {
    context.org(org).await?;
    if let Some(document) = document {
        let details: Details = serde_json::from_str(&document)?;
        let details = details.check().map_err(wrong)?;
        issue::must_have_stripe(context.spend(), org).await.map_err(problem)?;
        let mut locked = context.spend().identity.lock(org).await?;
        holder::put(&mut locked, org, &details, ACTOR).await.map_err(problem)?;
        locked.commit().await?;
        if let Err(error) = tell_holder(context.spend(), org).await {
            return Err(Failure(format!("written down, but Stripe did not take it: {error}")));
        }
    }
    let found = holder::find(&mut context.read().await?, org).await?;
    let holder = found.ok_or_else(|| {
        Failure(
            "nobody has said yet whom the org's cards are issued to; write it into a file of JSON".to_owned(),
        )
    })?;
    let (details, wanted) = (&holder.details, &holder.requirements);
    let note = if wanted.is_empty() {
        "Next: bursar card create --agent ID\n".to_owned()
    } else {
        format!("Stripe still wants to know: {}\n", wanted.join(", "))
    };
    let known = holder.stripe_id.as_deref().unwrap_or("not known to Stripe yet");
    let text = format!("Cards of {org} are issued to {} ({known}).\n{note}", details.name);
    let json =
        json!({ "details": details, "stripe_cardholder_id": holder.stripe_id, "requirements": wanted });
    Ok(Some(Answer::new(json, text)))
}

/// The words of a problem that names a field.
fn wrong(problem: bursar_http::Problem) -> Failure {
    let field = problem.errors.first().map(|error| format!("{}: {}", error.field, error.message));
    Failure(field.unwrap_or(problem.detail))
}
