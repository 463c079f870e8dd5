//! Asking for links, and using them.

use std::time::Duration;

use bursar_base::{Language, SignInId, TimeUs, limits};
use bursar_store::rates::{self, Allowed, Rate};
use bursar_store::{Columns as _, Row, StoreError, Tx};
use subtle::ConstantTimeEq as _;

use super::{Asked, SignInError, SignUp, sql};
use crate::languages::service as languages;
use crate::sessions::{Browser, Method, NewSession, service as sessions};
use crate::{Identity, secrets, valid_email};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Writes down that somebody wants to sign in. Where a mail is to be sent, the caller gets the transaction, queues it there
/// and commits. Nobody learns whether
/// the address is known: where only the invited may sign in and it is not, all goes on as if, and no mail is queued.
///
/// # Errors
/// [`SignInError`].
pub async fn ask(
    identity: &Identity,
    email: &str,
    browser: &Browser,
    next: Option<&str>,
    sign_up: SignUp,
) -> Result<(Asked, Option<Tx>, TimeUs), SignInError> {
    let email = valid_email(email).map_err(SignInError::Email)?;
    let mut tx = identity.db.write().await?;
    let now = tx.now(&*identity.clock).await?;
    let limited = [
        ("sign_in_mail", email.as_str(), limits::SIGN_IN_MAILS_PER_HOUR),
        ("sign_in", browser.address.as_str(), limits::SIGN_INS_PER_ADDRESS_PER_HOUR),
    ];
    for (name, subject, count) in limited {
        let rate = [Rate { count, within: HOUR }];
        if let Allowed::After(wait) = rates::take(&mut tx, name, subject, &rate, now).await? {
            return Err(SignInError::TooMany(wait));
        }
    }
    let (id, secret) = (SignInId::new(now, &*identity.rng), secrets::secret(&*identity.rng));
    let hash = secrets::hash(&secret);
    let args = [
        id.as_str().into(),
        (&email).into(),
        (&hash).into(),
        next.into(),
        now.into(),
        now.plus(limits::SIGN_IN_WITHIN).into(),
        browser.language.map(Language::as_str).into(),
    ];
    tx.execute(sql::INSERT, &args).await?;
    let is_asked = sign_up == SignUp::Open || is_known(&mut tx, &email, now).await?;
    let asked = Asked { id, email, browser: secret };
    if is_asked {
        return Ok((asked, Some(tx), now));
    }
    tx.commit().await?;
    Ok((asked, None, now))
}

/// Whether an address is known: a member's, or that of somebody who is invited.
///
/// # Errors
/// [`StoreError`].
pub async fn is_known(tx: &mut Tx, email: &str, now: TimeUs) -> Result<bool, StoreError> {
    let row = tx.row(sql::IS_KNOWN, &[email.into(), now.into()]).await?;
    Ok(row.map_or(Ok(0), |row| row.int("n"))? > 0)
}

/// Gives a link a fresh token, to be sent now, and says until when it works. `None` when the link was used or is too old.
///
/// # Errors
/// [`StoreError`].
pub async fn fresh_token(identity: &Identity, id: &SignInId) -> Result<Option<(String, TimeUs)>, StoreError> {
    let token = secrets::secret(&*identity.rng);
    let hash = secrets::hash(&token);
    let mut tx = identity.db.write().await?;
    let now = tx.now(&*identity.clock).await?;
    let args = [id.as_str().into(), (&hash).into(), now.into()];
    let row = tx.row(sql::SET_TOKEN, &args).await?;
    tx.commit().await?;
    row.map(|row| Ok((token, row.time("expires_us")?))).transpose()
}

/// The language that the browser asked for in which somebody asked for a link.
///
/// # Errors
/// [`StoreError`].
pub async fn language(tx: &mut Tx, id: &SignInId) -> Result<Option<Language>, StoreError> {
    let Some(row) = tx.row(sql::LANGUAGE, &[id.as_str().into()]).await? else { return Ok(None) };
    row.opt_text("language")?.map(|text| languages::from_store("sign_ins.language", &text)).transpose()
}

/// Uses a link up and signs its person in. Says where to go on to.
///
/// # Errors
/// [`SignInError`].
pub async fn complete(
    identity: &Identity,
    token: &str,
    cookie: Option<&str>,
    browser: &Browser,
) -> Result<(NewSession, Option<String>), SignInError> {
    let mut system = identity.lock_system().await?;
    let row = look(&mut system.tx, token, cookie, system.now).await?;
    let (id, email) = (row.text("id")?, row.text("email")?);
    if system.tx.execute(sql::USE, &[(&id).into(), system.now.into()]).await? != 1 {
        return Err(SignInError::Over);
    }
    let session = sessions::begin(identity, &mut system, &email, Method::Mail, browser).await?;
    system.commit().await?;
    Ok((session, row.opt_text("next")?))
}

/// The address that a link would sign in, if this browser may use it.
///
/// # Errors
/// [`SignInError`].
pub async fn preview(identity: &Identity, token: &str, cookie: Option<&str>) -> Result<String, SignInError> {
    let mut tx = identity.db.read().await?;
    let now = tx.now(&*identity.clock).await?;
    let row = look(&mut tx, token, cookie, now).await?;
    Ok(row.text("email")?)
}

async fn look(tx: &mut Tx, token: &str, cookie: Option<&str>, now: TimeUs) -> Result<Row, SignInError> {
    let row = tx.row(sql::FIND, &[(&secrets::hash(token)).into()]).await?.ok_or(SignInError::Unknown)?;
    if row.opt_time("used_us")?.is_some() || row.time("expires_us")? <= now {
        return Err(SignInError::Over);
    }
    let asked = row.text("browser_hash")?;
    let same =
        cookie.is_some_and(|cookie| bool::from(secrets::hash(cookie).as_bytes().ct_eq(asked.as_bytes())));
    if same { Ok(row) } else { Err(SignInError::OtherBrowser) }
}
