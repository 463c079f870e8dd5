//! What links in mails carry: claims of ours, signed with a key of their own kind, and never stored.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Spend;

/// Signs claims for one purpose; the same claims give the same token every time. They need an `exp`, in seconds since the
/// epoch.
pub(crate) fn sign<T: Serialize>(spend: &Spend, purpose: &str, claims: &T) -> String {
    let key = spend.identity.master.derive(purpose);
    let signed =
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(&key));
    // HMAC over a small struct of texts cannot fail; an empty token is refused by everything.
    signed.unwrap_or_default()
}

/// What a token says, if we signed it for this purpose. Whether it is too late is not looked at: what it is about knows
/// its own deadline, and is asked by the store's clock.
pub(crate) fn read<T: DeserializeOwned>(spend: &Spend, purpose: &str, token: &str) -> Option<T> {
    let key = spend.identity.master.derive(purpose);
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    let data = jsonwebtoken::decode(token, &DecodingKey::from_secret(&key), &validation);
    data.ok().map(|data| data.claims)
}
