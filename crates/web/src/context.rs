//! What the handlers of people need.

use std::ops::Deref;
use std::sync::Arc;

use bursar_http::Reading;
use bursar_identity::sessions::Browser;
use bursar_spend::Spend;
use http::header;
use http::request::Parts;
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::oidc::Provider;

/// What the handlers need. Cheap to clone: every request does.
#[derive(Debug, Clone)]
pub struct Web {
    spend: Spend,
    passkeys: Option<Arc<Webauthn>>,
    oidc: Option<Arc<Provider>>,
}

impl Web {
    /// Over what spends, and with the provider of company accounts, where there is one. Passkeys belong to a host name, so
    /// without one there are none.
    pub fn new(spend: Spend, oidc: Option<Arc<Provider>>) -> Web {
        let passkeys = verifier(&spend.settings.public_url).map(Arc::new);
        Web { spend, passkeys, oidc }
    }

    /// What verifies passkeys, where there are any.
    pub fn passkeys(&self) -> Option<&Webauthn> {
        self.passkeys.as_deref()
    }

    /// The provider of company accounts, where there is one.
    pub fn oidc(&self) -> Option<&Provider> {
        self.oidc.as_deref()
    }

    /// What is known of the browser, or other client, that sent a request.
    pub fn browser(&self, parts: &Parts) -> Browser {
        let trusted = self.spend.settings.client_address_header.as_ref();
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Browser {
            user_agent: user_agent.unwrap_or("").to_owned(),
            language: Reading::of(&parts.uri, &parts.headers).wish(),
            address: bursar_http::peer::client_address(&parts.extensions, &parts.headers, trusted),
        }
    }
}

impl Deref for Web {
    type Target = Spend;

    fn deref(&self) -> &Spend {
        &self.spend
    }
}

/// Browsers make passkeys for names over TLS, and for `localhost`; never for bare addresses.
fn verifier(public_url: &str) -> Option<Webauthn> {
    let origin = url::Url::parse(public_url).ok()?;
    let host = origin.domain()?.to_owned();
    WebauthnBuilder::new(&host, &origin).ok()?.rp_name("Bursar").build().ok()
}
