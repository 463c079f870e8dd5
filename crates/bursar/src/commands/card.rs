//! `bursar card`

use bursar_base::{AgentId, CardId, OrgId};
use bursar_spend::cards::body::CardBody;
use bursar_spend::cards::issue::{self, NewCard, at_once};
use bursar_spend::cards::{Card, Status, service};
use clap::{Args, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

use super::context::{problem, sentence};
use super::{ACTOR, Answer, Context, Ending, Failure};
use crate::table::{or_dash, table};

/// Most cards that a list shows; the API has them in pages.
const LIST_MAX: u32 = 1_000;

/// `bursar card`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum CardCommand {
    /// Have a virtual card made for an agent, at Stripe
    Create(Create),
    /// Show an org's cards, newest first
    List {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
    },
    /// Stop a card: here at once, and at Stripe until it says so
    Freeze(Deed),
    /// Let a frozen card go on, once Stripe has said so
    Unfreeze {
        /// The card
        #[arg(value_name = "CARD_ID")]
        id: CardId,
    },
    /// End a card for good
    Cancel(Deed),
    /// End a card and have another one made in its place
    Replace {
        /// The card
        #[arg(value_name = "CARD_ID")]
        id: CardId,
        /// Why; a lost or stolen card's successor has another number
        #[arg(long, value_enum)]
        reason: Why,
    },
    /// Let the agent be told the number of its card
    Reveal {
        /// The card
        #[arg(value_name = "CARD_ID")]
        id: CardId,
        /// Never again instead
        #[arg(long)]
        off: bool,
    },
}

/// `bursar card create`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Create {
    /// Who pays with it
    #[arg(long, value_name = "ID")]
    agent: AgentId,
    /// The only merchant it may be used at, as in a policy
    #[arg(long)]
    merchant: Option<String>,
    /// For one payment
    #[arg(long)]
    single_use: bool,
    /// Let the agent be told the number
    #[arg(long)]
    reveal: bool,
    /// What it is for
    #[arg(long)]
    reason: Option<String>,
}

/// `bursar card freeze`, `bursar card cancel`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Deed {
    /// The card
    #[arg(value_name = "CARD_ID")]
    id: CardId,
    /// Why, for the audit trail
    #[arg(long)]
    reason: Option<String>,
}

/// Why a card is replaced.
#[derive(Debug, Clone, Copy, ValueEnum, Serialize, Deserialize)]
pub enum Why {
    /// Its number may be in wrong hands; the new one has another
    Lost,
    /// The same, by somebody's intent
    Stolen,
    /// The new card keeps the number
    Damaged,
    /// The new card keeps the number
    Expired,
}

pub(super) async fn run(context: &Context<'_>, command: CardCommand) -> Ending {
    match command {
        CardCommand::Create(create) => make(context, create).await,
        CardCommand::List { org } => list(context, &org).await,
        CardCommand::Freeze(deed) => {
            let reason = reason_of(deed.reason.as_deref())?;
            let mut card = known(context, &deed.id).await?;
            let mut org = context.spend().identity.lock(&card.org_id).await?;
            card = service::find(&mut org.tx, &card.id).await?.unwrap_or(card);
            if card.status.is_over() {
                return Err(Failure(format!(
                    "{} is {}; there is nothing to stop",
                    card.id,
                    card.status.as_str()
                )));
            }
            service::freeze(context.spend(), &mut org, &mut card, ACTOR, &reason).await?;
            org.commit().await?;
            told(context, &card.id).await
        }
        CardCommand::Unfreeze { id } => {
            let card = known(context, &id).await?;
            let mut org = context.spend().identity.lock(&card.org_id).await?;
            let mut card = service::find(&mut org.tx, &id).await?.unwrap_or(card);
            issue::unfreeze(context.spend(), &mut org, &mut card, ACTOR).await.map_err(problem)?;
            org.commit().await?;
            told(context, &id).await
        }
        CardCommand::Cancel(deed) => {
            let reason = reason_of(deed.reason.as_deref())?;
            let card = known(context, &deed.id).await?;
            let mut org = context.spend().identity.lock(&card.org_id).await?;
            let mut card = service::find(&mut org.tx, &deed.id).await?.unwrap_or(card);
            issue::cancel(context.spend(), &mut org, &mut card, ACTOR, &reason).await.map_err(problem)?;
            org.commit().await?;
            told(context, &card.id).await
        }
        CardCommand::Replace { id, reason } => {
            let card = known(context, &id).await?;
            issue::must_be_ready(context.spend(), &card.org_id).await.map_err(problem)?;
            let reason = match reason {
                Why::Lost => "lost",
                Why::Stolen => "stolen",
                Why::Damaged => "damaged",
                Why::Expired => "expired",
            };
            let mut org = context.spend().identity.lock(&card.org_id).await?;
            let mut card = service::find(&mut org.tx, &id).await?.unwrap_or(card);
            let new = issue::replace(context.spend(), &mut org, &mut card, ACTOR, reason).await;
            let new = new.map_err(problem)?;
            org.commit().await?;
            told(context, &new).await
        }
        CardCommand::Reveal { id, off } => {
            let card = known(context, &id).await?;
            let mut org = context.spend().identity.lock(&card.org_id).await?;
            let mut card = service::find(&mut org.tx, &id).await?.unwrap_or(card);
            issue::set_reveal(&mut org, &mut card, !off, ACTOR).await?;
            org.commit().await?;
            let text = if off {
                format!("Nobody is told the number of {id} any more.\n")
            } else {
                format!(
                    "Its agent may be told the number of {id}: three times an hour, each time with a mail to the owners.\n\
                     It needs a key with the scope `card`: bursar key create --agent {} --scopes spend,read,card\n",
                    card.agent_id
                )
            };
            Ok(Some(Answer::new(body_of(context, &card).await?, text)))
        }
    }
}

fn reason_of(reason: Option<&str>) -> Result<String, Failure> {
    reason.map_or_else(|| Ok("by the command line".to_owned()), |reason| sentence("reason", reason))
}

async fn known(context: &Context<'_>, id: &CardId) -> Result<Card, Failure> {
    let found = service::find(&mut context.read().await?, id).await?;
    found.ok_or_else(|| Failure(format!("there is no card {id}; `bursar card list --org ID` shows an org's")))
}

async fn body_of(context: &Context<'_>, card: &Card) -> Result<CardBody, Failure> {
    Ok(CardBody::of(&mut context.read().await?, card).await?)
}

async fn make(context: &Context<'_>, create: Create) -> Ending {
    let agent = context.agent(&create.agent).await?;
    issue::must_be_ready(context.spend(), &agent.org_id).await.map_err(problem)?;
    let new = NewCard {
        agent_id: agent.id.clone(),
        merchant: issue::checked_merchant(create.merchant.as_deref()).map_err(problem)?,
        single_use: create.single_use,
        reveal: create.reveal,
        reason: reason_of(create.reason.as_deref())?,
    };
    let mut org = context.spend().identity.lock(&agent.org_id).await?;
    let id = issue::ask_for(context.spend(), &mut org, &agent.org_id, &new, None, ACTOR).await;
    let id = id.map_err(problem)?;
    org.commit().await?;
    told(context, &id).await
}

/// Tells Stripe, and says how the card stands then.
async fn told(context: &Context<'_>, id: &CardId) -> Ending {
    let card = at_once(context.spend(), id).await.map_err(problem)?;
    if card.status == Status::Failed {
        return Err(Failure(format!("Stripe made no card: {}", card.last_error.unwrap_or_default())));
    }
    let ends =
        card.face.as_ref().map_or_else(String::new, |face| format!(" ({} …{})", face.brand, face.last4));
    let stripe = if card.is_acknowledged() {
        "Stripe says the same.".to_owned()
    } else {
        let why = card.last_error.as_deref().unwrap_or("it was not asked yet");
        format!("Stripe does not say so yet ({why}); the server goes on trying.")
    };
    let text = format!("{id}{ends} is {}. {stripe}\n", card.status.as_str());
    Ok(Some(Answer::new(body_of(context, &card).await?, text)))
}

async fn list(context: &Context<'_>, org: &OrgId) -> Ending {
    context.org(org).await?;
    let mut tx = context.read().await?;
    let cards = service::list(&mut tx, org, None, LIST_MAX).await?;
    let mut bodies = Vec::with_capacity(cards.len());
    for card in &cards {
        bodies.push(CardBody::of(&mut tx, card).await?);
    }
    let rows: Vec<[String; 6]> = bodies
        .iter()
        .map(|card| {
            [
                card.card_id.clone(),
                card.agent_id.clone(),
                card.status.clone(),
                card.at_stripe.clone(),
                or_dash(card.last4.as_ref()),
                or_dash(card.merchant.as_ref()),
            ]
        })
        .collect();
    let none = "There is no card yet. Make one: bursar card create --agent ID";
    let headings = ["card", "agent", "status", "at Stripe", "ends in", "only at"];
    Ok(Some(Answer::new(&bodies, table(headings, &rows, none))))
}
