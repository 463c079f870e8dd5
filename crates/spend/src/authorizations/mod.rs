//! Card authorisations at Stripe: questions answered in place, and what became of them asked for.
//!
//! Invariants: a question is answered within [`bursar_base::limits::CARD_ANSWER_WITHIN`], with no call over the network
//! and no mail on its way, and whatever is unclear is a no. Money is booked by what Stripe says now, never by what an
//! event said of then: readings of one authorisation are one job, which begins anew with every event.

mod answer;
mod read;

use bursar_base::{OrgId, TimeUs, limits};
use bursar_money::policies::merchant_key;
use bursar_store::StoreError;
use bursar_store::jobs::{self, NewJob};

use crate::Spend;
use crate::rails::stripe::authorizations::MerchantData;
use crate::rails::stripe::webhook::CardNews;
use crate::reconcile::book::NotBooked;

pub(crate) use answer::answer;
pub(crate) use read::{read, read_now};

/// A merchant's name, and the form it is compared in: the host of its page where the network knows one, else its name.
fn merchant_of(data: &MerchantData) -> (String, String) {
    let named = [&data.name, &data.url].into_iter().flatten().map(|text| text.trim());
    let name = named.into_iter().find(|text| !text.is_empty()).unwrap_or(&data.network_id);
    let name: String = name.chars().take(limits::MAX_MERCHANT_CHARS).collect();
    let host = data.url.as_deref().map(merchant_key).filter(|key| key.contains('.') && !key.contains(' '));
    let key = host.unwrap_or_else(|| merchant_key(&name));
    (name, key)
}

/// Hears that something became of an authorisation: a job asks what. News of cards that are not ours is left alone.
///
/// # Errors
/// [`NotBooked`]: the event must then come again.
pub(crate) async fn hear(spend: &Spend, news: &CardNews) -> Result<(), NotBooked> {
    let (reference, card) = match news {
        CardNews::Authorization { reference, card } => (reference.clone(), card.clone()),
        CardNews::Transaction(id) => {
            let Some(stripe) = &spend.rails.stripe else { return Ok(()) };
            let of = stripe.card_transaction(id).await?;
            (of.reference().to_owned(), of.card.id().to_owned())
        }
    };
    let ours = spend.card_owners.of(&spend.identity.db, &card).await?;
    let Some(ours) = ours else {
        tracing::warn!(card, reference, "news of a card that is not ours was left alone");
        return Ok(());
    };
    Ok(read_soon(spend, &ours.org_id, &reference).await?)
}

/// The one job that reads an authorisation.
fn reading(org_id: &OrgId, reference: &str, run_at: TimeUs) -> NewJob {
    NewJob {
        org_id: org_id.to_string(),
        kind: jobs::READ_AUTHORIZATION,
        payload: reference.to_owned(),
        run_at,
        dedupe_key: Some(jobs::reading_key(reference)),
    }
}

/// Has an authorisation read at Stripe; whoever reads it at this moment begins anew.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn read_soon(spend: &Spend, org_id: &OrgId, reference: &str) -> Result<(), StoreError> {
    let mut tx = spend.identity.db.write().await?;
    let now = tx.now(&*spend.identity.clock).await?;
    let job = reading(org_id, reference, now);
    jobs::enqueue_anew(&mut tx, &job, now, &*spend.identity.rng).await?;
    tx.commit().await?;
    spend.funnel.wake_workers();
    Ok(())
}
