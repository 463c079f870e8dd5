//! The provider: what it says of itself and its keys, asked for now and then.

use std::future::Future;
use std::pin::Pin;

use bursar_base::{TimeUs, limits};
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreProviderMetadata};
use openidconnect::{
    AuthType, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
};
use tokio::sync::Mutex;
use url::Url;

use super::http::{self, CallError};
use super::{CALLBACK_PATH, Settings};
use bursar_identity::oidc::Begun;

/// What the library works with once the provider is known.
pub(super) type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The provider cannot be asked, or answers what cannot be used. What exactly is logged.
#[derive(Debug, thiserror::Error)]
#[error("the provider cannot be asked")]
pub(super) struct Unreachable;

/// A provider of accounts.
#[derive(Debug)]
pub struct Provider {
    /// What the operator says of it.
    pub settings: Settings,
    http: reqwest::Client,
    known: Mutex<Option<(CoreProviderMetadata, TimeUs)>>,
}

impl Provider {
    /// A provider, which is not asked for anything before somebody wants to sign in.
    ///
    /// # Errors
    /// Where this machine has no root certificates.
    pub fn new(settings: Settings) -> Result<Provider, reqwest::Error> {
        let http = http::client(settings.issuer.url())?;
        Ok(Provider { settings, http, known: Mutex::default() })
    }

    /// What the library sends its requests with.
    pub(super) fn sender(&self) -> impl Fn(HttpRequest) -> Sending + use<> {
        let client = self.http.clone();
        move |request| Box::pin(http::call(client.clone(), request))
    }

    /// The provider as it is known, asked again where that was too long ago. Says whether it was asked just now.
    pub(super) async fn client(&self, public_url: &str, now: TimeUs) -> Result<(Client, bool), Unreachable> {
        let known = self.known.lock().await.clone();
        let fresh = known.filter(|(_, at)| now < at.plus(limits::OIDC_KEYS_KEPT));
        match fresh {
            Some((metadata, _)) => Ok((self.client_of(metadata, public_url)?, false)),
            None => Ok((self.ask_again(public_url, now).await?, true)),
        }
    }

    /// Asks the provider what it says of itself, and for its keys.
    pub(super) async fn ask_again(&self, public_url: &str, now: TimeUs) -> Result<Client, Unreachable> {
        let sender = self.sender();
        // Not under the lock: while the provider is slow, everybody waits for their own answer and no longer.
        let found = CoreProviderMetadata::discover_async(self.settings.issuer.clone(), &sender).await;
        let metadata = found.map_err(|error| unreachable("what it says of itself", &error))?;
        *self.known.lock().await = Some((metadata.clone(), now));
        self.client_of(metadata, public_url)
    }

    fn client_of(&self, metadata: CoreProviderMetadata, public_url: &str) -> Result<Client, Unreachable> {
        let redirect = RedirectUrl::new(format!("{public_url}{CALLBACK_PATH}"));
        let redirect = redirect.map_err(|error| unreachable("the way back", &error))?;
        // What a provider takes that says nothing is the header.
        let methods = metadata.token_endpoint_auth_methods_supported().cloned().unwrap_or_default();
        let takes = |method| methods.contains(&method);
        let in_body =
            takes(CoreClientAuthMethod::ClientSecretPost) && !takes(CoreClientAuthMethod::ClientSecretBasic);
        let (id, secret) = (self.settings.client_id.clone(), self.settings.client_secret.clone());
        let client = CoreClient::from_provider_metadata(metadata, id, Some(secret));
        let auth = if in_body { AuthType::RequestBody } else { AuthType::BasicAuth };
        Ok(client.set_redirect_uri(redirect).set_auth_type(auth))
    }
}

/// A request on its way.
pub(super) type Sending = Pin<Box<dyn Future<Output = Result<HttpResponse, CallError>> + Send>>;

/// Where somebody is sent.
pub(super) fn address(client: &Client, begun: &Begun) -> Url {
    let (state, nonce) = (begun.state.clone(), begun.flow.nonce.clone());
    let verifier = PkceCodeVerifier::new(begun.flow.verifier.clone());
    let request = client.authorize_url(
        CoreAuthenticationFlow::AuthorizationCode,
        move || CsrfToken::new(state),
        move || Nonce::new(nonce),
    );
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
    request.add_scope(Scope::new("email".to_owned())).set_pkce_challenge(challenge).url().0
}

/// Logs why the provider cannot be asked, with all that lies behind it.
pub(super) fn unreachable(what: &str, error: &dyn std::error::Error) -> Unreachable {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(&format!(": {inner}"));
        source = inner.source();
    }
    tracing::warn!(what, error = text, "the provider of company accounts cannot be asked");
    Unreachable
}
