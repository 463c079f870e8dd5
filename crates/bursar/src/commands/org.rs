//! `bursar org`

use bursar_base::{Mode, OrgId};
use bursar_identity::orgs::service;
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ACTOR, Answer, Context, Ending};
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
        OrgCommand::TimeZone { org, time_zone } => {
            service::set_time_zone(identity, &org, &time_zone, ACTOR).await?;
            let text = format!(
                "The limits of {org} follow the calendar of {time_zone}. Windows that have begun keep their end.\n"
            );
            Answer::new(json!({ "org_id": org, "time_zone": time_zone }), text)
        }
    }))
}
