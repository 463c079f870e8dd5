//! Queuing and sending mails.

use bursar_base::{MailId, MemberId, OrgId, TimeUs};
use bursar_http::Problem;
use bursar_identity::OrgTx;
use bursar_identity::members::{Role, service as members};
use bursar_identity::stand_ins::service as stand_ins;
use bursar_mail::{Mail, SendError};
use bursar_pages::MailContent;
use bursar_store::events::NewEvent;
use bursar_store::jobs::{self, Claimed, Failed, NewJob};
use bursar_store::{Columns as _, StoreError, Tx};
use serde_json::json;

use super::{About, compose, sql};
use crate::Spend;
use crate::chats::questions::{self, Asked};
use crate::notices::{links, service::wants};

/// Queues one mail per member who should get it, each with its own job. `event_key` makes a second call harmless.
///
/// # Errors
/// [`StoreError`].
pub async fn queue(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    about: &About,
    event_key: &str,
) -> Result<(), StoreError> {
    queue_but(spend, org, org_id, about, event_key, &[]).await
}

/// The same, but to those for whom there is nothing left to do.
///
/// # Errors
/// [`StoreError`].
pub async fn queue_but(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    about: &About,
    event_key: &str,
    but: &[MemberId],
) -> Result<(), StoreError> {
    let all = members::list(&mut org.tx, org_id).await?;
    let away = stand_ins::active(&mut org.tx, org_id, org.now).await?;
    for member in &all {
        let wanted = match member.role {
            Role::Owner => true,
            Role::Approver => about.goes_to_approvers(),
            Role::Viewer => false,
        };
        if wanted && !but.contains(&member.id) {
            if let Some((choice, _)) = about.choice() {
                // Whoever stands in for somebody is not told how money goes: that can wait.
                if wants(&mut org.tx, &member.id, choice).await? {
                    let to = (&mut org.tx, org.now);
                    queue_to(spend, to, org_id, about, &member.email, event_key).await?;
                }
                continue;
            }
            queue_to(spend, (&mut org.tx, org.now), org_id, about, &member.email, event_key).await?;
            ask_in_chat(spend, org, org_id, about, &member.id, event_key).await?;
            let stand_in = away.iter().find(|one| one.member_id == member.id);
            if let Some(one) = stand_in.filter(|one| !but.contains(&one.stand_in_id)) {
                let to = (&mut org.tx, org.now);
                queue_to(spend, to, org_id, about, &one.stand_in_email, event_key).await?;
                ask_in_chat(spend, org, org_id, about, &one.stand_in_id, event_key).await?;
            }
        }
    }
    Ok(())
}

/// Queues the same question to a member's chats, beside the mail.
async fn ask_in_chat(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    about: &About,
    member: &MemberId,
    event_key: &str,
) -> Result<(), StoreError> {
    let (transaction_id, is_reminder) = match about {
        About::ApprovalAsked { transaction_id } => (transaction_id, false),
        About::ApprovalReminder { transaction_id } => (transaction_id, true),
        // What was asked says by itself what became of it; what else there is to tell goes by mail.
        _ => return Ok(()),
    };
    questions::queue(spend, org, org_id, member, Asked { transaction_id, is_reminder, event_key }).await
}

/// Queues a mail to somebody who is a member of nothing yet, or whom it concerns alone. Mails that belong to no org have
/// [`bursar_store::events::SYSTEM`] for one.
///
/// # Errors
/// [`StoreError`].
pub async fn queue_to(
    spend: &Spend,
    (tx, now): (&mut Tx, TimeUs),
    org_id: &OrgId,
    about: &About,
    recipient: &str,
    event_key: &str,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(about).map_err(|error| StoreError::Damaged(error.to_string()))?;
    let id = MailId::new(now, &*spend.identity.rng);
    let message_id = format!("{id}@{}", spend.settings.mail_domain);
    let args = [
        id.as_str().into(),
        org_id.as_str().into(),
        about.transaction_id().map(|id| id.as_str()).into(),
        (&text).into(),
        about.kind().into(),
        recipient.into(),
        event_key.into(),
        (&message_id).into(),
        now.into(),
    ];
    if tx.execute(sql::INSERT, &args).await? == 1 {
        let job = NewJob {
            org_id: org_id.to_string(),
            kind: "mail",
            payload: id.to_string(),
            run_at: now,
            dedupe_key: None,
        };
        jobs::enqueue(tx, &job, now, &*spend.identity.rng).await?;
    }
    Ok(())
}

/// Sends the mail of a job, and writes down what became of it.
///
/// # Errors
/// [`StoreError`].
pub async fn send(spend: &Spend, job: &Claimed) -> Result<(), StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let row = tx.row(sql::FIND, &[(&job.payload).into()]).await?;
    drop(tx);
    let Some(row) = row else {
        return finish(spend, job, "failed", Some("the mail is gone")).await;
    };
    let about: About = serde_json::from_str(&row.text("about")?)
        .map_err(|error| StoreError::Damaged(format!("mails.about: {error}")))?;
    let recipient = row.text("recipient")?;
    let org_id = OrgId::from_store(&row.text("org_id")?);
    let content = match compose::compose(spend, &org_id, &about, &recipient).await? {
        Ok(content) => content,
        Err(why) => return finish(spend, job, "failed", Some(why)).await,
    };
    let (content, headers) = addressed(spend, &org_id, &about, &recipient, content).await?;
    let mail = Mail {
        to: recipient,
        to_name: None,
        subject: content.subject,
        text: content.text,
        html: content.html,
        message_id: row.text("message_id")?,
        date: row.time("created_us")?,
        headers,
    };
    match spend.mailer.send(&mail).await {
        Ok(()) => finish(spend, job, "sent", None).await,
        Err(error) => failed(spend, job, &org_id, &error).await,
    }
}

/// What depends on who reads it: for whom they stand in, and how mail programs turn such mails off (RFC 8058).
async fn addressed(
    spend: &Spend,
    org_id: &OrgId,
    about: &About,
    recipient: &str,
    content: MailContent,
) -> Result<(MailContent, Vec<(String, String)>), StoreError> {
    let mut tx = spend.identity.db.read().await?;
    if let Some((choice, at)) = about.choice() {
        let Some(member) = compose::member_at(&mut tx, org_id, recipient).await? else {
            return Ok((content, Vec::new()));
        };
        let token = links::token(spend, org_id, &member.id, choice, at);
        let link = format!("<{}{}>", spend.settings.public_url, links::path(&token));
        let one_click = "List-Unsubscribe=One-Click".to_owned();
        let headers =
            vec![("List-Unsubscribe".to_owned(), link), ("List-Unsubscribe-Post".to_owned(), one_click)];
        return Ok((content, headers));
    }
    let now = tx.now(&*spend.identity.clock).await?;
    let away = stand_ins::active(&mut tx, org_id, now).await?;
    let of = away.into_iter().filter(|one| one.stand_in_email == recipient).map(|one| one.email);
    let of: Vec<String> = of.collect();
    Ok((if of.is_empty() { content } else { content.for_stand_in_of(&of) }, Vec::new()))
}

async fn finish(spend: &Spend, job: &Claimed, status: &str, why: Option<&str>) -> Result<(), StoreError> {
    let mut tx = spend.identity.db.write().await?;
    let now = tx.now(&*spend.identity.clock).await?;
    match why {
        None => tx.execute(sql::SENT, &[(&job.payload).into(), now.into()]).await?,
        Some(_) => tx.execute(sql::NOTE, &[(&job.payload).into(), status.into(), why.into()]).await?,
    };
    jobs::finish(&mut tx, job).await?;
    tx.commit().await
}

/// A passing failure is tried again; a lasting one, or one too many, is a dead letter that `bursar jobs retry` revives.
async fn failed(spend: &Spend, job: &Claimed, org_id: &OrgId, error: &SendError) -> Result<(), StoreError> {
    let why = error.to_string();
    tracing::warn!(mail = %job.payload, attempt = job.attempts, %error, "a mail was not taken");
    let what =
        jobs::fail(&spend.identity.db, &*spend.identity.clock, job, &why, error.is_permanent()).await?;
    let status = match what {
        Failed::Dead => "failed",
        Failed::RetryAt(_) => "queued",
        Failed::LeaseLost => return Ok(()),
    };
    let mut org = spend.identity.lock(org_id).await?;
    org.tx.execute(sql::NOTE, &[(&job.payload).into(), status.into(), Some(why.as_str()).into()]).await?;
    if what == Failed::Dead {
        let detail = json!({ "mail_id": job.payload, "error": why });
        org.record(NewEvent::new("mail.failed", "worker", &detail)).await?;
    }
    org.commit().await
}

/// Sends a mail that only tells that mails arrive.
///
/// # Errors
/// 400 for an address that is none, 502 with what the mail server said.
pub async fn send_test(spend: &Spend, to: &str) -> Result<(), Problem> {
    let to = bursar_identity::valid_email(to).map_err(|message| Problem::field("to", message))?;
    let now = spend.now();
    let view = bursar_pages::TestView {
        server: spend.settings.public_url.clone(),
        sent_at: now,
        time_zone: "UTC".to_owned(),
        language: spend.settings.language,
    };
    let content = bursar_pages::mail_test(&view);
    let id = MailId::new(now, &*spend.identity.rng);
    let mail = Mail {
        to,
        to_name: None,
        subject: content.subject,
        text: content.text,
        html: content.html,
        message_id: format!("{id}@{}", spend.settings.mail_domain),
        date: now,
        headers: Vec::new(),
    };
    spend
        .mailer
        .send(&mail)
        .await
        .map_err(|error| Problem::new(http::StatusCode::BAD_GATEWAY, "mail_refused", error.to_string()))
}
