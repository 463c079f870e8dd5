//! Keeping passkeys and challenges.

use bursar_base::{CeremonyId, PasskeyId, PersonId, SessionId, TimeUs, limits};
use bursar_store::events::NewEvent;
use bursar_store::{Columns as _, Row, StoreError, Tx};
use serde_json::json;

use super::{CeremonyKind, PasskeyError, PasskeyView, Stored, sql};
use crate::sessions::{Browser, Method, NewSession, Session, service as sessions};
use crate::{Identity, OrgTx};

/// Writes down a challenge that a browser has to answer.
///
/// # Errors
/// [`StoreError`].
pub async fn begin(
    identity: &Identity,
    kind: CeremonyKind,
    session: Option<&SessionId>,
    state: &str,
) -> Result<CeremonyId, StoreError> {
    let mut tx = identity.db.write().await?;
    let now = tx.now(&*identity.clock).await?;
    let id = CeremonyId::new(now, &*identity.rng);
    let args = [
        id.as_str().into(),
        kind.as_str().into(),
        session.map(SessionId::as_str).into(),
        state.into(),
        now.plus(limits::CEREMONY_WITHIN).into(),
    ];
    tx.execute(sql::BEGIN, &args).await?;
    tx.commit().await?;
    Ok(id)
}

/// The state of a challenge that is answered now, and never again.
///
/// # Errors
/// [`PasskeyError::Ceremony`], [`PasskeyError::Store`].
pub async fn take(
    identity: &Identity,
    id: &CeremonyId,
    kind: CeremonyKind,
    session: Option<&SessionId>,
) -> Result<String, PasskeyError> {
    let mut tx = identity.db.write().await?;
    let now = tx.now(&*identity.clock).await?;
    let row = tx.row(sql::TAKE, &[id.as_str().into(), kind.as_str().into(), now.into()]).await?;
    let row = row.ok_or(PasskeyError::Ceremony)?;
    tx.commit().await?;
    if row.opt_text("session_id")?.as_deref() != session.map(SessionId::as_str) {
        return Err(PasskeyError::Ceremony);
    }
    Ok(row.text("state")?)
}

/// Adds a passkey of the person who is signed in.
///
/// # Errors
/// [`PasskeyError`].
pub async fn add(
    identity: &Identity,
    by: &Session,
    credential_id: &str,
    name: &str,
    credential: &str,
) -> Result<PasskeyId, PasskeyError> {
    let mut system = identity.lock_system().await?;
    let now = system.now;
    if list(&mut system.tx, &by.person_id).await?.len() >= limits::PASSKEYS_MAX {
        return Err(PasskeyError::TooMany);
    }
    let id = PasskeyId::new(now, &*identity.rng);
    let args = [
        id.as_str().into(),
        by.person_id.as_str().into(),
        credential_id.into(),
        name.into(),
        credential.into(),
        now.into(),
    ];
    if system.tx.execute(sql::INSERT, &args).await? != 1 {
        return Err(PasskeyError::Known);
    }
    // Whoever has just made a passkey has proved that they are there.
    sessions::step_up(&mut system.tx, &by.id, now).await?;
    let detail = json!({ "passkey_id": id, "name": name });
    system.record(NewEvent::new("passkey.added", by.actor(), &detail)).await?;
    system.commit().await?;
    Ok(id)
}

/// Removes a passkey of the person who is signed in.
///
/// # Errors
/// [`PasskeyError`].
pub async fn remove(identity: &Identity, by: &Session, id: &PasskeyId) -> Result<(), PasskeyError> {
    let mut system = identity.lock_system().await?;
    if system.tx.execute(sql::REMOVE, &[id.as_str().into(), by.person_id.as_str().into()]).await? != 1 {
        return Err(PasskeyError::NotFound);
    }
    system.record(NewEvent::new("passkey.removed", by.actor(), &json!({ "passkey_id": id }))).await?;
    Ok(system.commit().await?)
}

/// A passkey by what the browser calls it, with its owner's address.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, credential_id: &str) -> Result<Option<(Stored, String)>, StoreError> {
    let row = tx.row(sql::FIND, &[credential_id.into()]).await?;
    row.map(|row| Ok((stored_from(&row)?, row.text("email")?))).transpose()
}

/// A person's passkeys, oldest first, as they are verified.
///
/// # Errors
/// [`StoreError`].
pub async fn of_person(tx: &mut Tx, person: &PersonId) -> Result<Vec<Stored>, StoreError> {
    tx.rows(sql::LIST, &[person.as_str().into()]).await?.iter().map(stored_from).collect()
}

/// A person's passkeys, oldest first, as they see them.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &mut Tx, person: &PersonId) -> Result<Vec<PasskeyView>, StoreError> {
    let rows = tx.rows(sql::LIST, &[person.as_str().into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(PasskeyView {
                passkey_id: PasskeyId::from_store(&row.text("id")?),
                name: row.text("name")?,
                created_at: row.time("created_us")?,
                used_at: row.opt_time("used_us")?,
            })
        })
        .collect()
}

/// Signs in the owner of a passkey that was verified.
///
/// # Errors
/// [`StoreError`].
pub async fn sign_in(
    identity: &Identity,
    passkey: &Stored,
    credential: &str,
    email: &str,
    browser: &Browser,
) -> Result<NewSession, StoreError> {
    let mut system = identity.lock_system().await?;
    let now = system.now;
    used(&mut system, passkey, credential, now).await?;
    let session = sessions::begin(identity, &mut system, email, Method::Passkey, browser).await?;
    system.commit().await?;
    Ok(session)
}

/// Notes that the person who is signed in proved with a passkey that it is them.
///
/// # Errors
/// [`StoreError`].
pub async fn step_up(
    identity: &Identity,
    by: &Session,
    passkey: &Stored,
    credential: &str,
) -> Result<TimeUs, StoreError> {
    let mut system = identity.lock_system().await?;
    let now = system.now;
    used(&mut system, passkey, credential, now).await?;
    sessions::step_up(&mut system.tx, &by.id, now).await?;
    let detail = json!({ "session_id": by.id, "passkey_id": passkey.id });
    system.record(NewEvent::new("session.stepped_up", by.actor(), &detail)).await?;
    system.commit().await?;
    Ok(now.plus(limits::STEP_UP_VALID_FOR))
}

async fn used(system: &mut OrgTx, passkey: &Stored, credential: &str, now: TimeUs) -> Result<(), StoreError> {
    let args = [passkey.id.as_str().into(), credential.into(), now.into()];
    system.tx.execute(sql::USED, &args).await?;
    Ok(())
}

fn stored_from(row: &Row) -> Result<Stored, StoreError> {
    Ok(Stored {
        id: PasskeyId::from_store(&row.text("id")?),
        person_id: PersonId::from_store(&row.text("person_id")?),
        credential: row.text("credential")?,
    })
}
