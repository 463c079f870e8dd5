//! What is told: the body of a message, and its id.

use std::fmt;

use bursar_base::{OrgId, TimeUs, money};
use bursar_http::Problem;
use bursar_money::transactions;
use bursar_store::events::Event;
use serde::Serialize;
use serde_json::Value;

use crate::Spend;
use crate::context::store_problem;
use crate::requests::TransactionBody;
use crate::requests::body::{Reader, kind_of};
use crate::requests::service::full_body;

/// The id of a message: of the entry that it tells of and, where that has several names, of which. It is the same for
/// every endpoint and in the list of messages, so whoever hears of something twice can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageId {
    /// The chain.
    pub org_id: OrgId,
    /// The entry.
    pub seq: i64,
    /// Which of its names.
    pub part: usize,
}

/// What every id begins with.
const PREFIX: &str = "msg_";

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let org = self.org_id.as_str().trim_start_matches(OrgId::PREFIX);
        write!(f, "{PREFIX}{org}_{}_{}", self.seq, self.part)
    }
}

impl MessageId {
    /// The inverse of showing it.
    pub fn parse(text: &str) -> Option<MessageId> {
        let mut parts = text.strip_prefix(PREFIX)?.split('_');
        let org_id = OrgId::parse(&format!("{}{}", OrgId::PREFIX, parts.next()?)).ok()?;
        let id = MessageId { org_id, seq: parts.next()?.parse().ok()?, part: parts.next()?.parse().ok()? };
        (id.to_string() == text).then_some(id)
    }
}

/// What is told.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MessageBody {
    /// The name of what happened; docs/webhooks.md lists all.
    pub r#type: String,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub timestamp: TimeUs,
    /// About what.
    pub data: DataBody,
}

/// What a message is about. What does not belong to it is left out.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
pub struct DataBody {
    /// In which org.
    pub org_id: String,
    /// The agent that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// The same, under the name that bots know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot_id: Option<String>,
    /// Who did it. An agent reads `human`, `agent` or `bursar`; the org reads who it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The payment's status right after it. `transaction` is as it is when the message is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The amount that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// ISO 4217.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Why, where that is known and meant for the reader.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The version of the policy that came into force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_version: Option<i64>,
    /// The card that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_id: Option<String>,
    /// The endpoint that is tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_id: Option<String>,
    /// The payment, as the API shows it to whoever is told, and as it is when the message is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<Box<TransactionBody>>,
}

/// Makes the body of a message about an entry of the trail.
///
/// # Errors
/// 503 when the store is down.
pub async fn body(spend: &Spend, event: &Event, name: &str, reader: Reader) -> Result<MessageBody, Problem> {
    let detail: Value = serde_json::from_str(&event.detail).unwrap_or_default();
    let text = |name: &str| detail[name].as_str().map(str::to_owned);
    let transaction = match event.transaction_id.as_deref().and_then(|id| id.parse().ok()) {
        None => None,
        Some(id) => {
            let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
            let found = transactions::find(&mut tx, &id).await.map_err(store_problem)?;
            drop(tx);
            match found {
                Some(t) => Some(Box::new(full_body(spend, &t, false, reader).await?)),
                None => None,
            }
        }
    };
    // What a human wrote about an agent is for humans; what is said of a payment stands in the payment as well.
    let reason = text("reason").filter(|_| event.transaction_id.is_some() || reader == Reader::Member);
    let data = DataBody {
        org_id: event.org_id.clone(),
        agent_id: event.agent_id.clone(),
        bot_id: event.agent_id.clone(),
        actor: Some(match reader {
            Reader::Agent => kind_of(&event.actor).to_owned(),
            Reader::Member => event.actor.clone(),
        }),
        status: text("status").filter(|_| event.transaction_id.is_some()),
        amount: event.amount_micros.map(money::decimal),
        currency: event.currency.clone(),
        reason,
        policy_version: detail["version"].as_i64().filter(|_| event.action == "policy.set"),
        card_id: text("card_id"),
        endpoint_id: None,
        transaction,
    };
    Ok(MessageBody { r#type: name.to_owned(), timestamp: event.at, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_itself_back_and_nothing_else_is_one() {
        let org_id = OrgId::parse("org_0199a2c41e3a7c0f9b1d52e8a4f0c7d6").unwrap();
        let id = MessageId { org_id, seq: 812, part: 1 };
        let text = id.to_string();
        assert_eq!(text, "msg_0199a2c41e3a7c0f9b1d52e8a4f0c7d6_812_1");
        assert_eq!(MessageId::parse(&text), Some(id));
        for wrong in [
            "",
            "msg_",
            "msg_1_2",
            "msg_0199a2c41e3a7c0f9b1d52e8a4f0c7d6_812",
            &format!("{text}_0"),
            "msg_0199a2c41e3a7c0f9b1d52e8a4f0c7d6_0812_1",
            "msg_0199a2c41e3a7c0f9b1d52e8a4f0c7d6_+1_0",
        ] {
            assert_eq!(MessageId::parse(wrong), None, "{wrong}");
        }
    }
}
