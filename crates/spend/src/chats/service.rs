//! Linking chats to members, and ending that.

use bursar_base::{MemberId, OrgId, TimeUs, limits};
use bursar_http::credentials::BASE62;
use bursar_identity::members::{Member, service as members};
use bursar_identity::orgs::service as orgs;
use bursar_identity::{OrgTx, languages};
use bursar_store::events::NewEvent;
use bursar_store::rates::{self, Allowed, Rate};
use bursar_store::{Columns as _, Row, StoreError, Tx};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::time::Duration;

use super::{Account, Channel, Link, sql};
use crate::Spend;

/// Letters of a code: 22 of 62 are more than 128 bits, and fit into a link of any messenger.
const CODE_CHARS: usize = 22;

/// A code that was just made. It is shown here and never again.
pub struct Code {
    /// Letters and digits.
    pub text: String,
    /// Until when it can be used.
    pub expires_at: TimeUs,
}

/// What became of a try to link a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linking {
    /// It is linked.
    Linked {
        /// To this member ...
        email: String,
        /// ... of this org.
        org_name: String,
    },
    /// No such code, or not any more.
    Over,
    /// Too many codes were tried.
    TooMany,
    /// The account speaks for another member of this org.
    Taken {
        /// Its name.
        org_name: String,
    },
}

fn letters(spend: &Spend) -> String {
    // What lies above the largest multiple of 62 in a byte would favour some letters.
    const FAIR: u8 = 248;
    let mut text = String::with_capacity(CODE_CHARS);
    while text.len() < CODE_CHARS {
        let mut bytes = [0_u8; 32];
        spend.identity.rng.fill(&mut bytes);
        let fair = bytes.iter().filter(|byte| **byte < FAIR).map(|byte| usize::from(*byte) % BASE62.len());
        text.extend(fair.map(|at| char::from(BASE62[at])));
    }
    text.truncate(CODE_CHARS);
    text
}

fn hash(code: &str) -> String {
    hex::encode(Sha256::digest(code.as_bytes()))
}

/// Makes a code for a member in the caller's transaction, in place of one that they had.
///
/// # Errors
/// [`StoreError`]; the inner one is how long to wait, where that was too often.
pub async fn make_code(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    member: &MemberId,
    channel: Channel,
    actor: &str,
) -> Result<Result<Code, Duration>, StoreError> {
    let now = org.now;
    let rate = [Rate { count: limits::CHAT_CODES_PER_HOUR, within: Duration::from_secs(60 * 60) }];
    if let Allowed::After(wait) = rates::take(&mut org.tx, "chat_code", member.as_str(), &rate, now).await? {
        return Ok(Err(wait));
    }
    let text = letters(spend);
    let expires_at = now.plus(limits::CHAT_CODE_WITHIN);
    org.tx.execute(sql::DROP_CODES, &[member.as_str().into(), channel.as_str().into(), now.into()]).await?;
    let hash = hash(&text);
    let args = [
        (&hash).into(),
        org_id.as_str().into(),
        member.as_str().into(),
        channel.as_str().into(),
        expires_at.into(),
    ];
    org.tx.execute(sql::INSERT_CODE, &args).await?;
    let detail = json!({ "channel": channel.as_str(), "member_id": member, "expires_at": expires_at });
    org.record(NewEvent::new("chat.code_made", actor, &detail)).await?;
    Ok(Ok(Code { text, expires_at }))
}

/// Links an account's chat to the member whose code it sent.
///
/// # Errors
/// [`StoreError`].
pub async fn link(spend: &Spend, code: &str, account: &Account) -> Result<Linking, StoreError> {
    let hash = hash(code);
    let mut tx = spend.identity.db.write().await?;
    let now = tx.now(&*spend.identity.clock).await?;
    let rate = [Rate { count: limits::CHAT_TRIES_MAX, within: limits::CHAT_CODE_WITHIN }];
    let who = format!("{}:{}", account.channel.as_str(), account.id);
    // Counted before it is told whether the code is right.
    if rates::take(&mut tx, "chat_link", &who, &rate, now).await? != Allowed::Yes {
        return Ok(Linking::TooMany);
    }
    let args = [(&hash).into(), account.channel.as_str().into(), now.into()];
    let row = tx.row(sql::FIND_CODE, &args).await?;
    tx.commit().await?;
    let Some(row) = row else { return Ok(Linking::Over) };
    let org_id = OrgId::from_store(&row.text("org_id")?);
    let member_id = MemberId::from_store(&row.text("member_id")?);
    let mut org = spend.identity.lock(&org_id).await?;
    let Some(member) = member(&mut org.tx, &org_id, &member_id).await? else { return Ok(Linking::Over) };
    let Some(found) = orgs::find(&mut org.tx, &org_id).await? else { return Ok(Linking::Over) };
    let linked = Linking::Linked { email: member.email.clone(), org_name: found.name.clone() };
    let Some(row) = org.tx.row(sql::FIND_CODE, &args).await? else { return Ok(Linking::Over) };
    match row.opt_text("used_by")? {
        // The messenger tells again what it told before: its own code is not held against anybody.
        Some(by) if by == account.id => {
            let own = of_member(&mut org.tx, &member_id, account.channel).await?;
            let is_ours = own.is_some_and(|link| link.account.id == account.id);
            return Ok(if is_ours { linked } else { Linking::Over });
        }
        Some(_) => return Ok(Linking::Over),
        None => {}
    }
    org.tx.execute(sql::FORGET_GONE, &[org_id.as_str().into()]).await?;
    let others = of_account(&mut org.tx, account.channel, &account.id).await?;
    if others.iter().any(|link| link.org_id == org_id && link.member_id != member_id) {
        return Ok(Linking::Taken { org_name: found.name });
    }
    org.tx.execute(sql::USE_CODE, &[(&hash).into(), (&account.id).into()]).await?;
    let args = [
        member_id.as_str().into(),
        account.channel.as_str().into(),
        org_id.as_str().into(),
        (&account.id).into(),
        (&account.chat).into(),
        (&account.name).into(),
        org.now.into(),
    ];
    org.tx.execute(sql::LINK, &args).await?;
    let detail = json!({
        "channel": account.channel.as_str(), "member_id": member_id, "email": member.email,
        "account": account.id, "name": account.name,
    });
    org.record(NewEvent::new("chat.linked", format!("member:{}", member.email), &detail)).await?;
    org.commit().await?;
    Ok(linked)
}

/// Ends a link in the caller's transaction; `false` when it is no more.
///
/// # Errors
/// [`StoreError`].
pub async fn unlink(org: &mut OrgTx, link: &Link, actor: &str, why: &str) -> Result<bool, StoreError> {
    let channel = link.account.channel.as_str();
    let args = [link.member_id.as_str().into(), channel.into(), (&link.account.id).into()];
    if org.tx.execute(sql::UNLINK, &args).await? == 0 {
        return Ok(false);
    }
    let detail = json!({
        "channel": channel, "member_id": link.member_id, "account": link.account.id, "reason": why,
    });
    org.record(NewEvent::new("chat.unlinked", actor, &detail)).await?;
    Ok(true)
}

/// Ends all links of an account, because it said so; how many there were.
///
/// # Errors
/// [`StoreError`].
pub async fn unlink_account(spend: &Spend, account: &Account) -> Result<usize, StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let links = of_account(&mut tx, account.channel, &account.id).await?;
    drop(tx);
    let mut ended = 0;
    for link in &links {
        let mut org = spend.identity.lock(&link.org_id).await?;
        let member = member(&mut org.tx, &link.org_id, &link.member_id).await?;
        let actor = member.map_or_else(|| "system".to_owned(), |member| format!("member:{}", member.email));
        if unlink(&mut org, link, &actor, "ended in the chat").await? {
            ended += 1;
        }
        org.commit().await?;
    }
    Ok(ended)
}

/// A member of an org by id.
///
/// # Errors
/// [`StoreError`].
pub async fn member(tx: &mut Tx, org: &OrgId, id: &MemberId) -> Result<Option<Member>, StoreError> {
    Ok(members::list(tx, org).await?.into_iter().find(|member| member.id == *id))
}

/// A member's chat in one messenger.
///
/// # Errors
/// [`StoreError`].
pub async fn of_member(tx: &mut Tx, id: &MemberId, channel: Channel) -> Result<Option<Link>, StoreError> {
    let row = tx.row(sql::LINK_OF, &[id.as_str().into(), channel.as_str().into()]).await?;
    row.as_ref().map(link_from).transpose()
}

/// All chats of a member.
///
/// # Errors
/// [`StoreError`].
pub async fn all_of_member(tx: &mut Tx, id: &MemberId) -> Result<Vec<Link>, StoreError> {
    tx.rows(sql::LINKS_OF_MEMBER, &[id.as_str().into()]).await?.iter().map(link_from).collect()
}

/// For whom an account speaks.
///
/// # Errors
/// [`StoreError`].
pub async fn of_account(tx: &mut Tx, channel: Channel, account: &str) -> Result<Vec<Link>, StoreError> {
    tx.rows(sql::LINKS_OF_ACCOUNT, &[channel.as_str().into(), account.into()])
        .await?
        .iter()
        .map(link_from)
        .collect()
}

/// The language in which an account is answered: that of a member it speaks for, else the one that it asks for, else the
/// server's.
///
/// # Errors
/// [`StoreError`].
pub async fn language(
    spend: &Spend,
    account: &Account,
    asked: Option<&str>,
) -> Result<bursar_base::Language, StoreError> {
    let mut tx = spend.identity.db.read().await?;
    for link in of_account(&mut tx, account.channel, &account.id).await? {
        if let Some(member) = member(&mut tx, &link.org_id, &link.member_id).await?
            && let Some(known) = languages::service::of(&mut tx, &member.email).await?
        {
            return Ok(known);
        }
    }
    Ok(asked.and_then(bursar_base::Language::accepted).unwrap_or(spend.settings.language))
}

pub(super) fn channel_from(row: &Row) -> Result<Channel, StoreError> {
    let text = row.text("channel")?;
    Channel::parse(&text).ok_or_else(|| StoreError::Damaged(format!("chat channel: {text:?}")))
}

fn link_from(row: &Row) -> Result<Link, StoreError> {
    Ok(Link {
        member_id: MemberId::from_store(&row.text("member_id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        account: Account {
            channel: channel_from(row)?,
            id: row.text("account")?,
            chat: row.text("chat")?,
            name: row.text("name")?,
        },
        linked_at: row.time("linked_us")?,
    })
}
