//! Questions in chats: queued beside the mails, sent and kept true by jobs.

use std::collections::BTreeSet;

use bursar_base::{ChatMessageId, Language, MemberId, OrgId, TimeUs, TransactionId, limits};
use bursar_identity::OrgTx;
use bursar_identity::languages::service as languages;
use bursar_identity::members::{Member, Role};
use bursar_money::transactions::{self, Status, Transaction, intent_hash};
use bursar_pages::{Piece, chat_buttons, chat_question};
use bursar_store::events::NewEvent;
use bursar_store::jobs::{self, Claimed, Failed, NewJob};
use bursar_store::{Columns as _, Row, StoreError, Tx};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Button, ChatMessage, NotSent, Question, button_data, service, sql};
use crate::Spend;
use crate::approvals::view;
use crate::worker::JobError;

/// The job that sends a question.
pub const SEND: &str = "chat";
/// The job that has one say what is true by now.
pub const REFRESH: &str = "chat_refresh";

/// A question that is to be queued.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// About which payment.
    pub transaction_id: &'a TransactionId,
    /// Whether it was asked before.
    pub is_reminder: bool,
    /// Makes a second one for the same event harmless.
    pub event_key: &'a str,
}

/// Queues a question to each chat of a member, if they have any.
///
/// # Errors
/// [`StoreError`].
pub async fn queue(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    member: &MemberId,
    asked: Asked<'_>,
) -> Result<(), StoreError> {
    if spend.messengers.is_empty() {
        return Ok(());
    }
    let links = service::all_of_member(&mut org.tx, member).await?;
    if links.is_empty() {
        return Ok(());
    }
    let Some(t) = transactions::find(&mut org.tx, asked.transaction_id).await? else { return Ok(()) };
    let (intent, now) = (intent_hash(&t), org.now);
    for link in links {
        let id = ChatMessageId::new(now, &*spend.identity.rng);
        let args = [
            id.as_str().into(),
            org_id.as_str().into(),
            t.id.as_str().into(),
            member.as_str().into(),
            link.account.channel.as_str().into(),
            (&link.account.id).into(),
            (&link.account.chat).into(),
            (&intent).into(),
            i64::from(asked.is_reminder).into(),
            asked.event_key.into(),
            now.into(),
        ];
        if org.tx.execute(sql::INSERT, &args).await? == 1 {
            enqueue(spend, &mut org.tx, org_id, SEND, &id, now).await?;
        }
    }
    Ok(())
}

async fn enqueue(
    spend: &Spend,
    tx: &mut Tx,
    org_id: &OrgId,
    kind: &'static str,
    id: &ChatMessageId,
    now: TimeUs,
) -> Result<(), StoreError> {
    let (org_id, payload) = (org_id.to_string(), id.to_string());
    let job = NewJob { org_id, kind, payload, run_at: now, dedupe_key: None };
    jobs::enqueue(tx, &job, now, &*spend.identity.rng).await
}

/// The questions that were sent about payments of which something was told in these entries of an org's trail.
///
/// # Errors
/// [`StoreError`].
pub async fn told_of(
    tx: &mut Tx,
    org_id: &OrgId,
    (from, to): (i64, i64),
) -> Result<BTreeSet<ChatMessageId>, StoreError> {
    let rows = tx.rows(sql::TOLD_OF, &[org_id.as_str().into(), from.into(), to.into()]).await?;
    rows.iter().map(|row| Ok(ChatMessageId::from_store(&row.text("id")?))).collect()
}

/// Has questions looked at again, in the caller's transaction.
///
/// # Errors
/// [`StoreError`].
pub async fn refresh_all(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    ids: &BTreeSet<ChatMessageId>,
) -> Result<(), StoreError> {
    for id in ids {
        enqueue(spend, &mut org.tx, org_id, REFRESH, id, org.now).await?;
    }
    Ok(())
}

/// One question by id.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Question>, StoreError> {
    tx.row(sql::FIND, &[id.into()]).await?.as_ref().map(from_row).transpose()
}

fn from_row(row: &Row) -> Result<Question, StoreError> {
    Ok(Question {
        id: ChatMessageId::from_store(&row.text("id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        transaction_id: TransactionId::from_store(&row.text("transaction_id")?),
        intent_hash: row.text("intent_hash")?,
        member_id: MemberId::from_store(&row.text("member_id")?),
        channel: service::channel_from(row)?,
        account: row.text("account")?,
        chat: row.text("chat")?,
        is_reminder: row.int("is_reminder")? == 1,
        message: row.opt_text("message")?,
        shown: row.opt_text("shown")?,
    })
}

/// Whether a member is asked at all.
pub fn decides(member: &Member) -> bool {
    matches!(member.role, Role::Owner | Role::Approver)
}

/// The payment of a question, as it was asked about.
///
/// # Errors
/// [`StoreError`].
pub async fn payment(tx: &mut Tx, question: &Question) -> Result<Option<Transaction>, StoreError> {
    let found = transactions::find(tx, &question.transaction_id).await?;
    Ok(found.filter(|t| t.org_id == question.org_id && intent_hash(t) == question.intent_hash))
}

/// What a question says by now, and its hash.
async fn composed(
    spend: &Spend,
    tx: &mut Tx,
    question: &Question,
    t: &Transaction,
) -> Result<(ChatMessage, String), StoreError> {
    let member = service::member(tx, &question.org_id, &question.member_id).await?;
    let language = match &member {
        Some(member) => languages::of(tx, &member.email).await?.unwrap_or(spend.settings.language),
        None => spend.settings.language,
    };
    let view =
        view::approval(tx, t, Some(view::Link { token: "", member: &question.member_id }), language).await?;
    // Whoever may not decide any more is shown no buttons.
    let buttons = chat_buttons(&view).filter(|_| member.as_ref().is_some_and(decides));
    let buttons = buttons.map_or_else(Vec::new, |words| {
        let yes = words.approve.map(|label| Button { label, data: button_data(true, &question.id) });
        let no = Button { label: words.decline, data: button_data(false, &question.id) };
        yes.into_iter().chain([no]).collect()
    });
    let message = ChatMessage { text: chat_question(&view, question.is_reminder), buttons };
    let hash = hash(&message, language);
    Ok((message, hash))
}

fn hash(message: &ChatMessage, language: Language) -> String {
    let mut all = Sha256::new();
    let mut part = |words: &str| {
        all.update(words.as_bytes());
        all.update([0]);
    };
    part(language.as_str());
    for piece in message.text.lines.iter().flatten() {
        let (Piece::Words(words) | Piece::Strong(words) | Piece::Foreign(words) | Piece::Claim(words)) =
            piece;
        part(words);
    }
    for button in &message.buttons {
        part(&button.label);
        part(&button.data);
    }
    hex::encode(all.finalize())
}

/// Sends the question of a job, and writes down what became of it.
///
/// # Errors
/// [`JobError`].
pub async fn send(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let mut tx = spend.identity.db.read().await?;
    let Some(question) = find(&mut tx, &job.payload).await? else {
        return Err(JobError::Fatal("the question is gone".to_owned()));
    };
    if question.message.is_some() {
        // By a worker that lost its lease.
        drop(tx);
        return Ok(finished(spend, job).await?);
    }
    let Some(messenger) = spend.messengers.get(question.channel) else {
        drop(tx);
        return Ok(given_up(spend, job, &question, "not sent: the messenger is no longer set up").await?);
    };
    let link = service::of_member(&mut tx, &question.member_id, question.channel).await?;
    let member = service::member(&mut tx, &question.org_id, &question.member_id).await?;
    let t = payment(&mut tx, &question).await?;
    let now = tx.now(&*spend.identity.clock).await?;
    let why_not = match (&link, &member, &t) {
        (_, _, None) => Some("not sent: the payment is no longer what was asked about"),
        (_, _, Some(t)) if t.status != Status::Pending => Some("not sent: the payment was decided before"),
        (_, _, Some(t)) if t.deadline.is_some_and(|deadline| now >= deadline) => {
            Some("not sent: the time to decide is over")
        }
        (_, None, _) => Some("not sent: the recipient is no longer a member"),
        (_, Some(member), _) if !decides(member) => Some("not sent: the recipient may no longer decide"),
        (Some(link), _, _) if link.account.id == question.account => None,
        (_, _, _) => Some("not sent: the chat is no longer linked"),
    };
    let (Some(t), None) = (t, why_not) else {
        drop(tx);
        let why = why_not.unwrap_or("not sent");
        return Ok(given_up(spend, job, &question, why).await?);
    };
    let (message, shown) = composed(spend, &mut tx, &question, &t).await?;
    drop(tx);
    match messenger.send(&question.chat, &message).await {
        Ok(id) => Ok(sent(spend, job, &question, &id, &shown).await?),
        Err(error) => Ok(not_taken(spend, job, &question, &error).await?),
    }
}

/// Writes down that a question was sent, also by a worker that has lost its lease meanwhile: it stands in the chat. What was
/// decided meanwhile found nothing to change, so it is looked for here.
async fn sent(
    spend: &Spend,
    job: &Claimed,
    question: &Question,
    id: &str,
    shown: &str,
) -> Result<(), StoreError> {
    let mut tx = spend.identity.db.write().await?;
    let now = tx.now(&*spend.identity.clock).await?;
    tx.execute(sql::SENT, &[question.id.as_str().into(), id.into(), shown.into(), now.into()]).await?;
    again_if_stale(spend, &mut tx, question, shown, now).await?;
    match jobs::finish(&mut tx, job).await {
        Ok(()) | Err(StoreError::LeaseLost) => tx.commit().await,
        Err(error) => Err(error),
    }
}

async fn again_if_stale(
    spend: &Spend,
    tx: &mut Tx,
    question: &Question,
    shown: &str,
    now: TimeUs,
) -> Result<(), StoreError> {
    if let Some(t) = payment(tx, question).await?
        && composed(spend, tx, question, &t).await?.1 != shown
    {
        enqueue(spend, tx, &question.org_id, REFRESH, &question.id, now).await?;
    }
    Ok(())
}

/// Has a question that was sent say what is true by now.
///
/// # Errors
/// [`JobError`].
pub async fn refresh(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let mut tx = spend.identity.db.read().await?;
    let question = find(&mut tx, &job.payload).await?;
    let Some((question, id)) = question.and_then(|question| Some((question.clone(), question.message?)))
    else {
        drop(tx);
        return Ok(finished(spend, job).await?);
    };
    let (Some(messenger), Some(t)) =
        (spend.messengers.get(question.channel), payment(&mut tx, &question).await?)
    else {
        drop(tx);
        return Ok(finished(spend, job).await?);
    };
    let (message, shown) = composed(spend, &mut tx, &question, &t).await?;
    drop(tx);
    if question.shown.as_deref() != Some(&shown) {
        match messenger.edit(&question.chat, &id, &message).await {
            Ok(()) => {}
            // It was deleted, is too old, or its chat is closed to us: nobody reads there what is no longer true.
            Err(error @ (NotSent::Never(_) | NotSent::Gone(_))) => {
                tracing::info!(question = %question.id, %error, "a question in a chat was not changed");
                return Ok(finished(spend, job).await?);
            }
            Err(NotSent::Later { why, after }) => {
                return Ok(later(spend, job, &why, after).await.map(drop)?);
            }
        }
    }
    let mut tx = spend.identity.db.write().await?;
    let now = tx.now(&*spend.identity.clock).await?;
    tx.execute(sql::SHOWN, &[question.id.as_str().into(), (&shown).into()]).await?;
    jobs::finish(&mut tx, job).await?;
    // Of two that change it at once the older may come last.
    again_if_stale(spend, &mut tx, &question, &shown, now).await?;
    Ok(tx.commit().await?)
}

async fn finished(spend: &Spend, job: &Claimed) -> Result<(), StoreError> {
    let mut tx = spend.identity.db.write().await?;
    jobs::finish(&mut tx, job).await?;
    tx.commit().await
}

/// Nothing is left to send.
async fn given_up(spend: &Spend, job: &Claimed, question: &Question, why: &str) -> Result<(), StoreError> {
    let mut tx = spend.identity.db.write().await?;
    note(&mut tx, question, "failed", why).await?;
    jobs::finish(&mut tx, job).await?;
    tx.commit().await
}

async fn note(tx: &mut Tx, question: &Question, status: &str, why: &str) -> Result<(), StoreError> {
    let why: String = why.chars().take(limits::MAX_REASON_CHARS).collect();
    tx.execute(sql::NOTE, &[question.id.as_str().into(), status.into(), (&why).into()]).await?;
    Ok(())
}

/// Gives a job back: after the pause that the messenger names, else after a longer one each time.
async fn later(
    spend: &Spend,
    job: &Claimed,
    why: &str,
    after: Option<std::time::Duration>,
) -> Result<Failed, StoreError> {
    let Some(pause) = after else {
        return jobs::fail(&spend.identity.db, &*spend.identity.clock, job, why, false).await;
    };
    let mut tx = spend.identity.db.write().await?;
    let until = tx.now(&*spend.identity.clock).await?.plus(pause.min(limits::CHAT_PAUSE_MAX));
    jobs::postpone(&mut tx, job, until, why).await?;
    tx.commit().await?;
    Ok(Failed::RetryAt(until))
}

async fn not_taken(
    spend: &Spend,
    job: &Claimed,
    question: &Question,
    error: &NotSent,
) -> Result<(), StoreError> {
    let why = error.to_string();
    tracing::warn!(question = %question.id, attempt = job.attempts, %error, "a question was not taken by a messenger");
    let what = match error {
        NotSent::Later { after, .. } => later(spend, job, &why, *after).await?,
        NotSent::Gone(_) => return gone(spend, job, question, &why).await,
        NotSent::Never(_) => jobs::fail(&spend.identity.db, &*spend.identity.clock, job, &why, true).await?,
    };
    match what {
        Failed::LeaseLost => Ok(()),
        Failed::RetryAt(_) => {
            let mut tx = spend.identity.db.write().await?;
            note(&mut tx, question, "queued", &why).await?;
            tx.commit().await
        }
        Failed::Dead => {
            let mut org = spend.identity.lock(&question.org_id).await?;
            note(&mut org.tx, question, "failed", &why).await?;
            record_failure(&mut org, question, &why).await?;
            org.commit().await
        }
    }
}

/// The chat is closed to us: its link ends, and mails go on.
async fn gone(spend: &Spend, job: &Claimed, question: &Question, why: &str) -> Result<(), StoreError> {
    let mut org = spend.identity.lock(&question.org_id).await?;
    let link = service::of_member(&mut org.tx, &question.member_id, question.channel).await?;
    if let Some(link) = link.filter(|link| link.account.id == question.account) {
        service::unlink(&mut org, &link, "worker", why).await?;
    }
    note(&mut org.tx, question, "failed", why).await?;
    record_failure(&mut org, question, why).await?;
    jobs::finish(&mut org.tx, job).await?;
    org.commit().await
}

async fn record_failure(org: &mut OrgTx, question: &Question, why: &str) -> Result<(), StoreError> {
    let detail = json!({
        "channel": question.channel.as_str(), "chat_message_id": question.id,
        "member_id": question.member_id, "error": why,
    });
    let mut event = NewEvent::new("chat.failed", "worker", &detail);
    event.transaction_id = Some(question.transaction_id.clone());
    org.record(event).await
}
