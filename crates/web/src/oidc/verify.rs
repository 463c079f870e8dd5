//! What the provider says of somebody, verified.

use bursar_base::TimeUs;
use bursar_identity::oidc::Flow;
use chrono::DateTime;
use openidconnect::core::{CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreUserInfoClaims};
use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, Nonce, OAuth2TokenResponse as _, PkceCodeVerifier,
    RequestTokenError, TokenResponse as _, UserInfoError,
};

use super::provider::{Client, Provider, Unreachable, unreachable};

/// Signatures that only the provider can make. Those made with the client's secret are not taken: we could make them too.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Why somebody is not who they say, as far as the provider goes.
#[derive(Debug, thiserror::Error)]
pub(super) enum VerifyError {
    /// It cannot be asked.
    #[error("it cannot be reached just now; nobody was signed in")]
    Unreachable,
    /// It does not know the code, or its token is not one that it made for this browser just now.
    #[error("what it answered does not prove who you are; begin again")]
    Refused,
    /// It names no address.
    #[error("it names no e-mail address of yours, and without one nobody can sign in")]
    NoEmail,
    /// It has not seen that the address is theirs.
    #[error(
        "it does not say that your e-mail address is verified; have that done there, or use a link by mail"
    )]
    Unverified,
}

impl From<Unreachable> for VerifyError {
    fn from(_: Unreachable) -> VerifyError {
        VerifyError::Unreachable
    }
}

fn refused(error: &dyn std::fmt::Display) -> VerifyError {
    tracing::warn!(%error, "an answer of the provider of company accounts was refused");
    VerifyError::Refused
}

/// The verified address of whoever came back with this code.
pub(super) async fn email(
    provider: &Provider,
    public_url: &str,
    code: String,
    flow: &Flow,
    now: TimeUs,
) -> Result<String, VerifyError> {
    let (mut client, just_asked) = provider.client(public_url, now).await?;
    let sender = provider.sender();
    let exchange = client.exchange_code(AuthorizationCode::new(code)).map_err(|error| refused(&error))?;
    let exchange = exchange.set_pkce_verifier(PkceCodeVerifier::new(flow.verifier.clone()));
    let answer = exchange.request_async(&sender).await.map_err(|error| match error {
        RequestTokenError::ServerResponse(error) => refused(&error),
        RequestTokenError::Request(error) => unreachable("its token", &error).into(),
        RequestTokenError::Parse(error, _) => unreachable("its token", &error).into(),
        RequestTokenError::Other(error) => refused(&error),
    })?;
    let token = answer.id_token().ok_or_else(|| refused(&"there is no ID token in it"))?;
    let claims = match claims(&client, token, flow, now) {
        // It may have new keys.
        Err(ClaimsVerificationError::SignatureVerification(_)) if !just_asked => {
            client = provider.ask_again(public_url, now).await?;
            claims(&client, token, flow, now)
        }
        verified => verified,
    };
    let claims = claims.map_err(|error| refused(&error))?;
    if let Some(email) = claims.email() {
        return verified(email.as_str(), claims.email_verified());
    }
    // Many providers tell addresses only where the access token is shown.
    if client.user_info_url().is_none() {
        return Err(VerifyError::NoEmail);
    }
    let asked = client.user_info(answer.access_token().clone(), Some(claims.subject().clone()));
    let asked = asked.map_err(|error| refused(&error))?.request_async(&sender).await;
    let person: CoreUserInfoClaims = asked.map_err(|error| match error {
        UserInfoError::ClaimsVerification(error) => refused(&error),
        error => unreachable("an address", &error).into(),
    })?;
    match person.email() {
        Some(email) => verified(email.as_str(), person.email_verified()),
        None => Err(VerifyError::NoEmail),
    }
}

fn verified(email: &str, is_verified: Option<bool>) -> Result<String, VerifyError> {
    if is_verified == Some(true) { Ok(email.to_owned()) } else { Err(VerifyError::Unverified) }
}

/// What a token says, once its signature, issuer, audience, nonce and time hold.
fn claims<'t>(
    client: &Client,
    token: &'t CoreIdToken,
    flow: &Flow,
    now: TimeUs,
) -> Result<&'t CoreIdTokenClaims, ClaimsVerificationError> {
    let time = DateTime::from_timestamp_micros(now.0)
        .ok_or_else(|| ClaimsVerificationError::Other("there is no such time".to_owned()))?;
    let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_time_fn(move || time);
    token.claims(&verifier, &Nonce::new(flow.nonce.clone()))
}
