//! `bursar payout-account`

use bursar_base::{OrgId, TimeUs};
use bursar_spend::payout_accounts::api::{PayoutAccountBody, country_of, shown};
use bursar_spend::payout_accounts::service;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::context::problem;
use super::{ACTOR, Answer, Context, Ending, Failure};

/// `bursar payout-account`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum PayoutAccountCommand {
    /// Print a fresh link to the page of Stripe's on which the account is set up; makes the account where there is none
    Link(Link),
    /// Show what Stripe says of the account, and what it still wants to know
    Show {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
    },
}

/// `bursar payout-account link`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Link {
    /// The org
    #[arg(long, value_name = "ID")]
    org: OrgId,
    /// Where who receives the money is, such as US; for good, and only looked at when the account is made
    #[arg(long, value_name = "COUNTRY")]
    country: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, command: PayoutAccountCommand) -> Ending {
    Ok(Some(match command {
        PayoutAccountCommand::Link(link) => self::link(context, link).await?,
        PayoutAccountCommand::Show { org } => {
            context.org(&org).await?;
            let body = shown(context.spend(), &org).await.map_err(problem)?;
            let text = words(&body);
            Answer::new(&body, text)
        }
    }))
}

async fn link(context: &Context<'_>, wanted: Link) -> Result<Answer, Failure> {
    context.org(&wanted.org).await?;
    let country = country_of(wanted.country.as_deref())
        .map_err(|_| Failure("--country takes two capital letters, such as US".to_owned()))?;
    let org = context.spend().identity.lock(&wanted.org).await?;
    let made = service::link(context.spend(), org, &wanted.org, country, ACTOR).await;
    let (known, link) = made.map_err(problem)?;
    let expires_at = TimeUs::from_seconds(link.expires_at);
    let url = &link.url;
    let text = format!(
        "Set the account up here, until {expires_at}; the link is good once:\n{url}\nNext: bursar payout-account show --org {}\n",
        wanted.org
    );
    let answer = json!({ "stripe_account": known.account, "onboarding_url": url, "expires_at": expires_at });
    Ok(Answer::new(answer, text))
}

fn words(body: &PayoutAccountBody) -> String {
    let says = |is: bool| if is { "yes" } else { "no" };
    let due = if body.due.is_empty() { "nothing".to_owned() } else { body.due.join(", ") };
    format!(
        "{}\ndetails submitted  {}\ncharges enabled    {}\npayouts enabled    {}\ndue                {due}\n",
        body.stripe_account,
        says(body.details_submitted),
        says(body.charges_enabled),
        says(body.payouts_enabled)
    )
}
