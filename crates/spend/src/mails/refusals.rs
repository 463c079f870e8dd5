//! The link by which somebody says, without signing in, that they do not know a bot.

use bursar_base::AgentId;
use bursar_identity::registrations::Registration;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::Spend;

#[derive(Serialize, Deserialize)]
struct Claims {
    bot: AgentId,
    /// When the bot can be claimed no more, in seconds since the epoch.
    exp: i64,
}

fn key(spend: &Spend) -> [u8; 32] {
    spend.identity.master.derive("bursar refusal links v1")
}

/// The address of the page that refuses a bot.
pub fn link(spend: &Spend, bot: &Registration) -> String {
    let claims = Claims { bot: bot.id.clone(), exp: bot.expires_at.seconds() };
    let signed =
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(&key(spend)));
    // HMAC over a small struct of texts cannot fail; an empty token is refused by everything.
    format!("{}/refuse/{}", spend.settings.public_url, signed.unwrap_or_default())
}

/// The bot that a token refuses, if we signed it. Whether it is too late is the registration's to say.
pub fn read(spend: &Spend, token: &str) -> Option<AgentId> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    let data = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_secret(&key(spend)), &validation);
    data.ok().map(|data| data.claims.bot)
}
