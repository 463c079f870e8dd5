//! Finding and choosing languages.

use bursar_base::{Language, TimeUs};
use bursar_store::events::NewEvent;
use bursar_store::{Columns as _, StoreError, Tx};
use serde_json::json;

use super::sql;
use crate::OrgTx;
use crate::members::Member;

/// The language of an address, where it is known.
///
/// # Errors
/// [`StoreError`].
pub async fn of(tx: &mut Tx, email: &str) -> Result<Option<Language>, StoreError> {
    let row = tx.row(sql::FIND, &[email.into()]).await?;
    row.map(|row| from_store("languages.language", &row.text("language")?)).transpose()
}

/// Writes down what somebody's browser asks for, unless their language is known.
///
/// # Errors
/// [`StoreError`].
pub async fn note(tx: &mut Tx, email: &str, language: Language, now: TimeUs) -> Result<(), StoreError> {
    tx.execute(sql::NOTE, &[email.into(), language.as_str().into(), now.into()]).await?;
    Ok(())
}

/// Writes down what a member chose, in the caller's transaction. It counts wherever the same person is a member.
///
/// # Errors
/// [`StoreError`].
pub async fn choose(
    org: &mut OrgTx,
    member: &Member,
    language: Language,
    actor: &str,
) -> Result<(), StoreError> {
    if of(&mut org.tx, &member.email).await? == Some(language) {
        return Ok(());
    }
    let args = [member.email.as_str().into(), language.as_str().into(), org.now.into()];
    org.tx.execute(sql::CHOOSE, &args).await?;
    let detail = json!({ "member_id": member.id, "email": member.email, "language": language });
    org.record(NewEvent::new("member.language_set", actor, &detail)).await
}

pub(crate) fn from_store(column: &str, text: &str) -> Result<Language, StoreError> {
    text.parse().map_err(|_| StoreError::Damaged(format!("{column}: {text:?}")))
}
