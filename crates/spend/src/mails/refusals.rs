//! The link by which somebody says, without signing in, that they do not know a bot.

use bursar_base::AgentId;
use bursar_identity::registrations::Registration;
use serde::{Deserialize, Serialize};

use crate::{Spend, signed};

#[derive(Serialize, Deserialize)]
struct Claims {
    bot: AgentId,
    /// When the bot can be claimed no more, in seconds since the epoch.
    exp: i64,
}

/// What the tokens are signed for.
const PURPOSE: &str = "bursar refusal links v1";

/// The address of the page that refuses a bot.
pub fn link(spend: &Spend, bot: &Registration) -> String {
    let claims = Claims { bot: bot.id.clone(), exp: bot.expires_at.seconds() };
    format!("{}/refuse/{}", spend.settings.public_url, signed::sign(spend, PURPOSE, &claims))
}

/// The bot that a token refuses, if we signed it. Whether it is too late is the registration's to say.
pub fn read(spend: &Spend, token: &str) -> Option<AgentId> {
    signed::read(spend, PURPOSE, token).map(|claims: Claims| claims.bot)
}
