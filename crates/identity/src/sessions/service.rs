//! Beginning, finding and ending sessions.

use bursar_base::{OrgId, PersonId, SessionId, TimeUs, limits};
use bursar_store::events::NewEvent;
use bursar_store::{Arg, StoreError, Tx};
use serde_json::json;

use super::{Browser, Method, NewSession, Session, SessionView, session_from, sql, view_from};
use crate::languages::service as languages;
use crate::people::service as people;
use crate::{Identity, OrgTx, secrets};

/// Most of a browser's own description that is kept, in characters.
const USER_AGENT_CHARS: usize = 300;

/// Signs a person in, in the caller's transaction over the system's chain. A passkey proves at once that its owner is
/// there.
///
/// # Errors
/// [`StoreError`].
pub async fn begin(
    identity: &Identity,
    system: &mut OrgTx,
    email: &str,
    method: Method,
    browser: &Browser,
) -> Result<NewSession, StoreError> {
    let now = system.now;
    let person_id = people::find_or_insert(identity, &mut system.tx, email, now).await?;
    let org = people::orgs(&mut system.tx, email).await?.into_iter().next();
    let (id, cookie) = (SessionId::new(now, &*identity.rng), secrets::secret(&*identity.rng));
    let hash = secrets::hash(&cookie);
    let user_agent: String = browser.user_agent.chars().take(USER_AGENT_CHARS).collect();
    let stepped_up = (method == Method::Passkey).then_some(now);
    let args = [
        id.as_str().into(),
        person_id.as_str().into(),
        (&hash).into(),
        org.as_ref().map(|org| org.org_id.as_str()).into(),
        method.as_str().into(),
        (&user_agent).into(),
        (&browser.address).into(),
        now.into(),
        now.plus(limits::SESSION_VALID_FOR).into(),
        stepped_up.into(),
    ];
    system.tx.execute(sql::INSERT, &args).await?;
    if let Some(language) = browser.language {
        languages::note(&mut system.tx, email, language, now).await?;
    }
    let detail = json!({ "session_id": id, "method": method, "address": browser.address });
    system.record(NewEvent::new("session.began", format!("member:{email}"), &detail)).await?;
    Ok(NewSession { id, cookie, person_id, is_new: org.is_none() })
}

/// The live session of a cookie, noting its use now and then.
///
/// # Errors
/// [`StoreError`].
pub async fn find(identity: &Identity, cookie: &str) -> Result<Option<Session>, StoreError> {
    let now = identity.clock.now();
    let hash = secrets::hash(cookie);
    let args = [Arg::from(&hash), now.into(), now.minus(limits::SESSION_IDLE_FOR).into()];
    let row = identity.db.read().await?.row(sql::FIND, &args).await?;
    let Some(session) = row.as_ref().map(session_from).transpose()? else { return Ok(None) };
    if session.seen_at.plus(limits::SESSION_SEEN_EVERY) <= now {
        let mut tx = identity.db.write().await?;
        tx.execute(sql::SEEN, &[session.id.as_str().into(), now.into()]).await?;
        tx.commit().await?;
    }
    Ok(Some(session))
}

/// A person's live sessions, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &mut Tx, person: &PersonId, now: TimeUs) -> Result<Vec<SessionView>, StoreError> {
    let args = [person.as_str().into(), now.into(), now.minus(limits::SESSION_IDLE_FOR).into()];
    tx.rows(sql::LIST, &args).await?.iter().map(view_from).collect()
}

/// Ends one of the sessions of the person who is signed in. `false` when there is no such live one.
///
/// # Errors
/// [`StoreError`].
pub async fn end(identity: &Identity, by: &Session, id: &SessionId) -> Result<bool, StoreError> {
    let mut system = identity.lock_system().await?;
    let args = [id.as_str().into(), by.person_id.as_str().into(), system.now.into()];
    let ended = system.tx.execute(sql::END, &args).await? == 1;
    if ended {
        let detail = json!({ "session_id": id });
        system.record(NewEvent::new("session.ended", by.actor(), &detail)).await?;
    }
    system.commit().await?;
    Ok(ended)
}

/// Ends every other session of the person who is signed in, and says how many there were.
///
/// # Errors
/// [`StoreError`].
pub async fn end_others(identity: &Identity, by: &Session) -> Result<u64, StoreError> {
    let mut system = identity.lock_system().await?;
    let args = [by.person_id.as_str().into(), by.id.as_str().into(), system.now.into()];
    let ended = system.tx.execute(sql::END_OTHERS, &args).await?;
    if ended > 0 {
        let detail = json!({ "all_but": by.id, "count": ended });
        system.record(NewEvent::new("session.ended", by.actor(), &detail)).await?;
    }
    system.commit().await?;
    Ok(ended)
}

/// Ends the sessions that look at an org, but for those of its owners, who have to prove with a passkey once more that it is
/// them. Says how many ended. The caller holds the org's lock, and writes down why.
///
/// # Errors
/// [`StoreError`].
pub async fn end_of_others(tx: &mut Tx, org_id: &OrgId, now: TimeUs) -> Result<i64, StoreError> {
    let ended = tx.execute(sql::END_OF_OTHERS, &[org_id.as_str().into(), now.into()]).await?;
    tx.execute(sql::STEP_DOWN, &[org_id.as_str().into()]).await?;
    Ok(i64::try_from(ended).unwrap_or(i64::MAX))
}

/// Has a session look at another org from now on. The caller has checked that its person is in it.
///
/// # Errors
/// [`StoreError`].
pub async fn set_org(tx: &mut Tx, id: &SessionId, org_id: &OrgId) -> Result<(), StoreError> {
    tx.execute(sql::SET_ORG, &[id.as_str().into(), org_id.as_str().into()]).await?;
    Ok(())
}

/// Notes that a passkey proved that its owner is there.
///
/// # Errors
/// [`StoreError`].
pub async fn step_up(tx: &mut Tx, id: &SessionId, now: TimeUs) -> Result<(), StoreError> {
    tx.execute(sql::STEP_UP, &[id.as_str().into(), now.into()]).await?;
    Ok(())
}
