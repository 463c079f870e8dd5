//! What people do in chats: they press buttons under questions, link a chat, and end that.

use bursar_base::Language;
use bursar_http::Problem;
use bursar_identity::members::Member;
use bursar_money::funnel::Step;
use bursar_money::transactions::{Status, Transaction};
use bursar_pages::{Words, chat_status};
use bursar_store::StoreError;
use bursar_store::events::NewEvent;
use serde_json::json;

use super::service::Linking;
use super::{Account, Question, questions, read_button, service, sql};
use crate::Spend;
use crate::approvals::view;
use crate::context::store_problem;

/// A press of a button.
#[derive(Debug, Clone)]
pub struct Press {
    /// Who pressed, and where.
    pub account: Account,
    /// Whether nobody else is there.
    pub is_private: bool,
    /// What the button says.
    pub data: String,
    /// The language that they ask for.
    pub language: Option<String>,
}

/// What they are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// In a few words.
    pub words: String,
    /// Whether it is something else than they wanted.
    pub is_alert: bool,
}

impl Told {
    fn refusal(words: impl ToString) -> Told {
        Told { words: words.to_string(), is_alert: true }
    }
}

/// Takes somebody's press for their word, if it is theirs to give.
///
/// # Errors
/// [`Problem`] 503, while the store cannot be used: then nothing was decided, and the messenger tells of it again.
pub async fn press(spend: &Spend, press: &Press) -> Result<Told, Problem> {
    let language = service::language(spend, &press.account, press.language.as_deref()).await;
    let language = language.map_err(store_problem)?;
    let t = Words::of(language);
    let Some((approve, id)) = read_button(&press.data) else {
        return Ok(Told::refusal(t.text("chat-not-known")));
    };
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let question = questions::find(&mut tx, id.as_str()).await.map_err(store_problem)?;
    let Some(question) = question.filter(|question| question.channel == press.account.channel) else {
        return Ok(Told::refusal(t.text("chat-not-known")));
    };
    let is_theirs = question.account == press.account.id && question.chat == press.account.chat;
    if !is_theirs || !press.is_private {
        return Ok(Told::refusal(t.text("chat-not-for-you")));
    }
    let link =
        service::of_member(&mut tx, &question.member_id, question.channel).await.map_err(store_problem)?;
    let member =
        service::member(&mut tx, &question.org_id, &question.member_id).await.map_err(store_problem)?;
    let Some(member) = member.filter(questions::decides) else {
        return Ok(Told::refusal(t.text("chat-may-not-decide")));
    };
    if link.is_none_or(|link| link.account.id != press.account.id) {
        return Ok(Told::refusal(t.text("chat-not-linked")));
    }
    let Some(payment) = questions::payment(&mut tx, &question).await.map_err(store_problem)? else {
        return Ok(Told::refusal(t.text("chat-payment-changed")));
    };
    drop(tx);
    if payment.status == Status::Pending {
        note(spend, &question, &member, approve).await.map_err(store_problem)?;
    }
    decide(spend, &question, &member, approve, language).await
}

/// Writes down what a member pressed, before it is tried: the entry of the payment says what came of it.
async fn note(spend: &Spend, question: &Question, member: &Member, approve: bool) -> Result<(), StoreError> {
    let answer = if approve { "approve" } else { "decline" };
    let mut org = spend.identity.lock(&question.org_id).await?;
    if org.tx.execute(sql::ANSWER, &[question.id.as_str().into(), answer.into()]).await? == 0 {
        return Ok(());
    }
    let detail = json!({
        "channel": question.channel.as_str(), "chat_message_id": question.id, "member_id": member.id,
        "account": question.account, "answer": answer,
    });
    let mut event = NewEvent::new("chat.answered", format!("member:{}", member.email), &detail);
    event.transaction_id = Some(question.transaction_id.clone());
    org.record(event).await?;
    org.commit().await
}

async fn decide(
    spend: &Spend,
    question: &Question,
    member: &Member,
    approve: bool,
    language: Language,
) -> Result<Told, Problem> {
    let t = Words::of(language);
    let intent_hash = question.intent_hash.clone();
    let step = Step::Decide { member: member.id.clone(), approve, intent_hash, reason: None };
    let actor = format!("member:{}", member.email);
    let about = (&question.org_id, &question.transaction_id);
    match spend.change(about, step, &actor, None).await {
        Ok(payment) => {
            let status = status(spend, &payment, question, language).await?;
            let is_alert = payment.status == Status::TimedOut || payment.status == Status::Cancelled;
            let words = t.text("chat-your-word-is-taken").with("status", &status).to_string();
            // The deadline, a freeze or a block list came before their word.
            let overtaken = is_alert || (approve && payment.status == Status::Declined);
            Ok(Told { words: if overtaken { status } else { words }, is_alert: overtaken })
        }
        Err(problem) => match problem.code.as_str() {
            "already_voted" => Ok(Told::refusal(t.text("you-have-said-yes-already"))),
            "intent_changed" => Ok(Told::refusal(t.text("chat-payment-changed"))),
            "forbidden" => Ok(Told::refusal(t.text("chat-may-not-decide"))),
            "wrong_status" => {
                let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
                let payment = questions::payment(&mut tx, question).await.map_err(store_problem)?;
                drop(tx);
                let Some(payment) = payment else { return Ok(Told::refusal(t.text("chat-payment-changed"))) };
                let status = status(spend, &payment, question, language).await?;
                Ok(Told::refusal(t.text("chat-decided-before").with("status", status)))
            }
            // A second press does nothing twice.
            _ => Ok(Told::refusal(t.text("chat-press-again"))),
        },
    }
}

async fn status(
    spend: &Spend,
    payment: &Transaction,
    question: &Question,
    language: Language,
) -> Result<String, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let link = view::Link { token: "", member: &question.member_id };
    let view = view::approval(&mut tx, payment, Some(link), language).await.map_err(store_problem)?;
    Ok(chat_status(&view))
}

/// Answers what somebody wrote to the bot: a code that links their chat, the end of that, or anything.
///
/// # Errors
/// [`Problem`] 503.
pub async fn words(
    spend: &Spend,
    account: &Account,
    text: &str,
    language: Option<&str>,
) -> Result<String, Problem> {
    let mut parts = text.split_whitespace();
    let (command, argument) = (parts.next().unwrap_or_default(), parts.next());
    let said = match (command, argument) {
        ("/start", Some(code)) => {
            let linking = service::link(spend, code, account).await.map_err(store_problem)?;
            // Whoever is linked by now is answered in their own language.
            let t = Words::of(service::language(spend, account, language).await.map_err(store_problem)?);
            match linking {
                Linking::Linked { email, org_name } => {
                    t.text("chat-linked").with("email", email).with("org", org_name)
                }
                Linking::Over => t.text("chat-code-over"),
                Linking::TooMany => t.text("chat-too-many-codes"),
                Linking::Taken { org_name } => t.text("chat-account-taken").with("org", org_name),
            }
        }
        ("/stop", _) => {
            let t = Words::of(service::language(spend, account, language).await.map_err(store_problem)?);
            match service::unlink_account(spend, account).await.map_err(store_problem)? {
                0 => t.text("chat-nothing-to-end"),
                _ => t.text("chat-ended"),
            }
        }
        _ => {
            let t = Words::of(service::language(spend, account, language).await.map_err(store_problem)?);
            t.text("chat-help")
        }
    };
    Ok(said.to_string())
}
