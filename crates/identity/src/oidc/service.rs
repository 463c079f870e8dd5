//! Sending people to the provider, and signing them in when they are back.

use std::time::Duration;

use bursar_base::limits;
use bursar_store::rates::{self, Allowed, Rate};
use bursar_store::{Columns as _, StoreError};

use super::{Begun, Flow, OidcError, sql};
use crate::sessions::{Browser, Method, NewSession, service as sessions};
use crate::sign_ins::{SignUp, service as sign_ins};
use crate::{Identity, secrets, valid_email};

const BEGINS: [Rate; 1] =
    [Rate { count: limits::SIGN_INS_PER_ADDRESS_PER_HOUR, within: Duration::from_secs(60 * 60) }];

/// What a flow is sealed for, so that no row's secret can be put into another row.
fn label(state_hash: &str) -> String {
    format!("oidc:{state_hash}")
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("oidc_flows.sealed: {what}"))
}

/// Writes down that somebody is sent to the provider.
///
/// # Errors
/// [`OidcError::TooMany`], [`OidcError::Store`].
pub async fn begin(identity: &Identity, browser: &Browser, next: Option<&str>) -> Result<Begun, OidcError> {
    let mut tx = identity.db.write().await?;
    let now = tx.now(&*identity.clock).await?;
    let counted = rates::take(&mut tx, "sign_in_oidc", &browser.address, &BEGINS, now).await?;
    if let Allowed::After(wait) = counted {
        return Err(OidcError::TooMany(wait));
    }
    let secret = || secrets::secret(&*identity.rng);
    let flow = Flow { nonce: secret(), verifier: secret(), next: next.map(str::to_owned) };
    let begun = Begun { state: secret(), browser: secret(), flow };
    let (state_hash, browser_hash) = (secrets::hash(&begun.state), secrets::hash(&begun.browser));
    let text = serde_json::to_vec(&begun.flow).map_err(|error| damaged(&error.to_string()))?;
    let sealed = identity.master.seal(&label(&state_hash), &text, &*identity.rng);
    let args = [
        (&state_hash).into(),
        (&browser_hash).into(),
        (&sealed).into(),
        now.plus(limits::OIDC_WITHIN).into(),
    ];
    tx.execute(sql::INSERT, &args).await?;
    tx.commit().await?;
    Ok(begun)
}

/// What is known of somebody who is back from the provider, told once.
///
/// # Errors
/// [`OidcError::Over`], [`OidcError::Store`].
pub async fn take(identity: &Identity, state: &str, cookie: Option<&str>) -> Result<Flow, OidcError> {
    let cookie = cookie.ok_or(OidcError::Over)?;
    let (state_hash, browser_hash) = (secrets::hash(state), secrets::hash(cookie));
    let mut tx = identity.db.write().await?;
    let now = tx.now(&*identity.clock).await?;
    let args = [(&state_hash).into(), (&browser_hash).into(), now.into()];
    let row = tx.row(sql::TAKE, &args).await?.ok_or(OidcError::Over)?;
    tx.commit().await?;
    let opened = identity.master.open(&label(&state_hash), &row.text("sealed")?);
    let text = opened.map_err(|error| damaged(&error.to_string()))?;
    Ok(serde_json::from_slice(&text).map_err(|error| damaged(&error.to_string()))?)
}

/// Signs in whoever the provider says has this address, if the installation takes them.
///
/// # Errors
/// [`OidcError::Email`], [`OidcError::NotInvited`], [`OidcError::Store`].
pub async fn sign_in(
    identity: &Identity,
    email: &str,
    browser: &Browser,
    sign_up: SignUp,
) -> Result<NewSession, OidcError> {
    let email = valid_email(email).map_err(OidcError::Email)?;
    let mut system = identity.lock_system().await?;
    let now = system.now;
    if sign_up == SignUp::Invited && !sign_ins::is_known(&mut system.tx, &email, now).await? {
        return Err(OidcError::NotInvited);
    }
    let session = sessions::begin(identity, &mut system, &email, Method::Oidc, browser).await?;
    system.commit().await?;
    Ok(session)
}
