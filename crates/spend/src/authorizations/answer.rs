//! The answer to a question of the card network, while it waits.

use bursar_base::{Mode, TransactionId, limits};
use bursar_money::funnel::{Authorize, Command, FunnelError, Refusal, Reply};
use bursar_store::StoreError;

use super::merchant_of;
use crate::Spend;
use crate::rails::stripe::authorizations::CardAuthorization;
use crate::rails::stripe::from_minor_units;
use crate::rails::stripe::webhook::Event;
use crate::webhooks::api::WebhookAnswer;

/// Metadata key of our transaction.
const TRANSACTION: &str = "bursar_transaction";
/// Metadata key of why a question got a no.
const REASON: &str = "bursar_reason";

/// Why a question gets a no that nobody decided.
#[derive(Debug, thiserror::Error)]
enum Unclear {
    #[error("the question cannot be read")]
    Unreadable,
    #[error("it is about the other mode")]
    OtherMode,
    #[error("the card is not ours")]
    UnknownCard,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Funnel(#[from] FunnelError),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the funnel gave an answer to something else")]
    Astray,
}

/// Answers, whatever happens, in time.
pub(crate) async fn answer(spend: &Spend, event: &Event, asked: Option<&CardAuthorization>) -> WebhookAnswer {
    let authorization = asked.map_or("-", |asked| asked.id.as_str());
    let decided = tokio::time::timeout(limits::CARD_ANSWER_WITHIN, decide(spend, event, asked)).await;
    match decided {
        Ok(Ok(answer)) => answer,
        Ok(Err(why)) => {
            tracing::warn!(event = event.id, authorization, %why, "a card was declined because something is unclear");
            no("unclear")
        }
        // Should a yes land now, the job that comes with it hears from Stripe that it was none, and lets the hold go.
        Err(_) => {
            tracing::error!(
                event = event.id,
                authorization,
                "a card was declined because nothing was decided in time"
            );
            no("too_late")
        }
    }
}

fn no(reason: &str) -> WebhookAnswer {
    told(false, [(REASON, reason.to_owned())])
}

fn told(approved: bool, metadata: impl IntoIterator<Item = (&'static str, String)>) -> WebhookAnswer {
    WebhookAnswer { approved: Some(approved), metadata: metadata.into_iter().collect() }
}

async fn decide(
    spend: &Spend,
    event: &Event,
    asked: Option<&CardAuthorization>,
) -> Result<WebhookAnswer, Unclear> {
    let asked = asked.ok_or(Unclear::Unreadable)?;
    let pending = asked.pending_request.as_ref().ok_or(Unclear::Unreadable)?;
    let mode = if event.livemode { Mode::Live } else { Mode::Test };
    let ours = spend.rails.stripe.as_ref().is_some_and(|stripe| stripe.mode() == mode);
    if !ours || asked.livemode != event.livemode {
        return Err(Unclear::OtherMode);
    }
    let amount = from_minor_units(pending.amount, &pending.currency).ok_or(Unclear::Unreadable)?;
    let card =
        spend.card_owners.of(&spend.identity.db, asked.card.id()).await?.ok_or(Unclear::UnknownCard)?;
    let (merchant, merchant_key) = merchant_of(&asked.merchant_data);
    let question = Authorize {
        transaction_id: TransactionId::new(spend.now(), &*spend.identity.rng),
        org_id: card.org_id,
        agent_id: card.agent_id,
        card_id: card.card_id,
        live: event.livemode,
        reference: asked.id.clone(),
        request: event.id.clone(),
        amount,
        merchant,
        merchant_key,
        category: Some(asked.merchant_data.category.clone()),
    };
    match spend.funnel.submit(Command::Authorize(Box::new(question))).await?? {
        Reply::Authorization { transaction, approved, reason } => {
            let booked = (TRANSACTION, transaction.id.to_string());
            let why = reason.map(|reason| (REASON, reason.to_owned()));
            Ok(told(approved, [booked].into_iter().chain(why)))
        }
        Reply::Transaction { .. } | Reply::Preview(_) | Reply::Done => Err(Unclear::Astray),
    }
}
