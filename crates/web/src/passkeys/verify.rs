//! What the library that verifies passkeys is asked, with its states kept in the database between two requests.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bursar_base::CeremonyId;
use bursar_http::Problem;
use bursar_identity::passkeys::{CeremonyKind, PasskeyError, Stored, service as passkeys};
use bursar_identity::sessions::Session;
use bursar_spend::context::store_problem;
use http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use webauthn_rs::Webauthn;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyAuthentication,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Uuid, WebauthnError,
};

use crate::Web;

/// A challenge for a browser.
pub(super) struct Challenge {
    pub id: CeremonyId,
    /// What `navigator.credentials` is given as `publicKey`.
    pub options: Value,
}

/// What a passkey problem is over HTTP.
pub(super) fn problem(error: PasskeyError) -> Problem {
    let detail = error.to_string();
    match error {
        PasskeyError::Ceremony => Problem::new(StatusCode::BAD_REQUEST, "invalid_ceremony", detail),
        PasskeyError::NotFound => Problem::not_found("passkey"),
        PasskeyError::Known => Problem::new(StatusCode::CONFLICT, "passkey_known", detail),
        PasskeyError::TooMany => Problem::new(StatusCode::CONFLICT, "too_many_passkeys", detail),
        PasskeyError::Store(error) => store_problem(error),
    }
}

/// What verifies passkeys.
pub(super) fn verifier(web: &Web) -> Result<&Webauthn, Problem> {
    let detail = "passkeys belong to a host name: reach this server by one, over https or as http://localhost, and set \
        BURSAR_PUBLIC_URL to it";
    web.passkeys().ok_or_else(|| Problem::new(StatusCode::CONFLICT, "no_passkeys", detail))
}

fn refused(error: WebauthnError) -> Problem {
    tracing::info!(%error, "a passkey was refused");
    Problem::new(
        StatusCode::FORBIDDEN,
        "passkey_refused",
        "this passkey does not prove who you are; try again",
    )
}

/// A state or credential of the library's as JSON.
fn text<T: Serialize>(value: &T) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|error| {
        tracing::error!(%error, "a passkey's state cannot be written");
        Problem::unavailable()
    })
}

fn stored<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "a stored passkey cannot be read");
        Problem::unavailable()
    })
}

fn options<T: Serialize>(challenge: &T) -> Value {
    let mut value = serde_json::to_value(challenge).unwrap_or_default();
    value["publicKey"].take()
}

async fn begin<T: Serialize>(
    web: &Web,
    kind: CeremonyKind,
    session: Option<&Session>,
    state: &T,
    options: Value,
) -> Result<Challenge, Problem> {
    let state = text(state)?;
    let id = passkeys::begin(&web.identity, kind, session.map(|session| &session.id), &state).await;
    Ok(Challenge { id: id.map_err(store_problem)?, options })
}

async fn take<T: DeserializeOwned>(
    web: &Web,
    id: &str,
    kind: CeremonyKind,
    session: Option<&Session>,
) -> Result<T, Problem> {
    let id = CeremonyId::parse(id).map_err(|_| problem(PasskeyError::Ceremony))?;
    let state = passkeys::take(&web.identity, &id, kind, session.map(|session| &session.id)).await;
    stored(&state.map_err(problem)?)
}

/// The person's own number, which a passkey carries along.
fn user_of(session: &Session) -> Result<Uuid, Problem> {
    let digits = session.person_id.as_str().trim_start_matches(bursar_base::PersonId::PREFIX);
    Uuid::try_parse(digits).map_err(|_| Problem::unavailable())
}

async fn keys_of(web: &Web, session: &Session) -> Result<Vec<(Stored, Passkey)>, Problem> {
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let found = passkeys::of_person(&mut tx, &session.person_id).await.map_err(store_problem)?;
    found.into_iter().map(|key| stored(&key.credential).map(|passkey| (key, passkey))).collect()
}

/// Begins to make a passkey.
pub(super) async fn begin_add(web: &Web, session: &Session) -> Result<Challenge, Problem> {
    let known = keys_of(web, session).await?.into_iter().map(|(_, key)| key.cred_id().clone()).collect();
    let (user, email) = (user_of(session)?, session.email.as_str());
    let begun = verifier(web)?.start_passkey_registration(user, email, email, Some(known));
    let (challenge, state) = begun.map_err(refused)?;
    let mut options = options(&challenge);
    // Found without a name when signing in, so it has to be kept on the device.
    options["authenticatorSelection"]["residentKey"] = json!("required");
    options["authenticatorSelection"]["requireResidentKey"] = json!(true);
    begin(web, CeremonyKind::Add, Some(session), &state, options).await
}

/// Ends making a passkey: its id as browsers write it, and what is stored of it.
pub(super) async fn finish_add(
    web: &Web,
    session: &Session,
    ceremony: &str,
    credential: &RegisterPublicKeyCredential,
) -> Result<(String, String), Problem> {
    let state: PasskeyRegistration = take(web, ceremony, CeremonyKind::Add, Some(session)).await?;
    let passkey = verifier(web)?.finish_passkey_registration(credential, &state).map_err(refused)?;
    Ok((URL_SAFE_NO_PAD.encode(passkey.cred_id()), text(&passkey)?))
}

/// Begins to sign in.
pub(super) async fn begin_sign_in(web: &Web) -> Result<Challenge, Problem> {
    let (challenge, state) = verifier(web)?.start_discoverable_authentication().map_err(refused)?;
    begin(web, CeremonyKind::SignIn, None, &state, options(&challenge)).await
}

/// Ends signing in: whose passkey it was, and what is stored of it from now on.
pub(super) async fn finish_sign_in(
    web: &Web,
    ceremony: &str,
    credential: &PublicKeyCredential,
) -> Result<(Stored, String, String), Problem> {
    let state: DiscoverableAuthentication = take(web, ceremony, CeremonyKind::SignIn, None).await?;
    let verifier = verifier(web)?;
    let (_, credential_id) = verifier.identify_discoverable_authentication(credential).map_err(refused)?;
    let name = URL_SAFE_NO_PAD.encode(credential_id);
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let found = passkeys::find(&mut tx, &name).await.map_err(store_problem)?;
    drop(tx);
    let (key, email) = found.ok_or_else(|| refused(WebauthnError::CredentialNotFound))?;
    let mut passkey: Passkey = stored(&key.credential)?;
    let known = DiscoverableKey::from(&passkey);
    let verified = verifier.finish_discoverable_authentication_v2(credential, state, &known);
    let result = verified.map_err(refused)?;
    Ok((key, updated(&mut passkey, &result)?, email))
}

/// Begins to prove that who is signed in is there.
pub(super) async fn begin_step_up(web: &Web, session: &Session) -> Result<Challenge, Problem> {
    let keys: Vec<Passkey> = keys_of(web, session).await?.into_iter().map(|(_, key)| key).collect();
    if keys.is_empty() {
        let detail = "you have no passkey yet: add one first, right after signing in by mail";
        return Err(Problem::new(StatusCode::CONFLICT, "no_passkey", detail));
    }
    let (challenge, state) = verifier(web)?.start_passkey_authentication(&keys).map_err(refused)?;
    begin(web, CeremonyKind::StepUp, Some(session), &state, options(&challenge)).await
}

/// Ends proving that who is signed in is there: with which passkey, and what is stored of it from now on.
pub(super) async fn finish_step_up(
    web: &Web,
    session: &Session,
    ceremony: &str,
    credential: &PublicKeyCredential,
) -> Result<(Stored, String), Problem> {
    let state: PasskeyAuthentication = take(web, ceremony, CeremonyKind::StepUp, Some(session)).await?;
    let result = verifier(web)?.finish_passkey_authentication(credential, &state).map_err(refused)?;
    let used = keys_of(web, session).await?.into_iter().find(|(_, key)| key.cred_id() == result.cred_id());
    let (key, mut passkey) = used.ok_or_else(|| refused(WebauthnError::CredentialNotFound))?;
    Ok((key, updated(&mut passkey, &result)?))
}

fn updated(passkey: &mut Passkey, result: &AuthenticationResult) -> Result<String, Problem> {
    passkey.update_credential(result);
    text(passkey)
}
