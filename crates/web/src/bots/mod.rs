//! Bots: they introduce themselves, and wait until an owner says whose they are.

pub mod api;
pub mod owner;
pub mod page;
pub mod service;

use bursar_base::TimeUs;
use bursar_identity::registrations::Registration;
use serde::Serialize;

/// A bot as its owner sees it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BotBody {
    /// Its id; the agent's, once it is claimed.
    pub bot_id: String,
    /// What it calls itself.
    pub bot_name: String,
    /// What it says it is. Not checked.
    pub description: String,
    /// `pending`, `claimed`, `refused` or `expired`.
    pub status: String,
    /// `test` or `live`.
    pub mode: String,
    /// The org it belongs to, once it is claimed.
    pub org_id: Option<String>,
    /// Where it registered from.
    pub registered_from: String,
    /// When it registered.
    #[schema(value_type = String, format = DateTime)]
    pub registered_at: TimeUs,
    /// Until when it can be claimed.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: TimeUs,
}

impl BotBody {
    fn new(bot: &Registration, now: TimeUs) -> BotBody {
        BotBody {
            bot_id: bot.id.to_string(),
            bot_name: bot.name.clone(),
            description: bot.description.clone(),
            status: bot.status_at(now).as_str().to_owned(),
            mode: bot.mode.as_str().to_owned(),
            org_id: bot.org_id.as_ref().map(ToString::to_string),
            registered_from: bot.address.clone(),
            registered_at: bot.created_at,
            expires_at: bot.expires_at,
        }
    }
}
