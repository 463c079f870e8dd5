//! Prefixed ids in time order: `org_` + a UUIDv7 in 32 hex digits.
//!
//! Time order matters: random keys in indexes, not `fsync`, are what makes a ledger slow as it grows.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::{Builder, Uuid};

use crate::{Rng, TimeUs};

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id that begins with `{prefix}` followed by 32 hex digits")]
pub struct IdError {
    /// The prefix that the wanted kind has, underscore included.
    pub prefix: &'static str,
}

/// 32 hex digits of a UUIDv7 at `now`.
pub fn uuid_v7_hex(now: TimeUs, rng: &dyn Rng) -> String {
    let mut random = [0_u8; 10];
    rng.fill(&mut random);
    uuid_v7_from(now, random)
}

/// 32 hex digits of a UUIDv7 at `now` with the given random part.
pub fn uuid_v7_from(now: TimeUs, random: [u8; 10]) -> String {
    let millis = u64::try_from(now.0.div_euclid(1_000)).unwrap_or(0);
    let uuid: Uuid = Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
    uuid.simple().to_string()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        ///
        /// Cheap to clone.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id at `now`.
            pub fn new(now: TimeUs, rng: &dyn Rng) -> $name {
                $name(format!(concat!($prefix, "{}"), uuid_v7_hex(now, rng)).into())
            }

            /// The id at `now` with the given random part.
            pub fn from_parts(now: TimeUs, random: [u8; 10]) -> $name {
                $name(format!(concat!($prefix, "{}"), uuid_v7_from(now, random)).into())
            }

            /// Accepts only the prefix and 32 lower-case hex digits.
            ///
            /// # Errors
            /// [`IdError`] when the text has another form.
            pub fn parse(text: &str) -> Result<$name, IdError> {
                let digits = text.strip_prefix($prefix).ok_or(IdError { prefix: $prefix })?;
                let hex = digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                if digits.len() != 32 || !hex {
                    return Err(IdError { prefix: $prefix });
                }
                Ok($name(text.into()))
            }

            /// An id read back from our own store, which holds only what [`Self::new`] made.
            pub fn from_store(text: &str) -> $name {
                $name(text.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<$name, IdError> {
                $name::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $name::parse(&text).map_err(de::Error::custom)
            }
        }
    };
}

id!(
    /// Who pays.
    OrgId, "org_");
id!(
    /// A person in an org.
    MemberId, "mem_");
id!(
    /// Somebody who signs in, known by an e-mail address; a member of any number of orgs.
    PersonId, "per_");
id!(
    /// A browser in which somebody is signed in.
    SessionId, "ses_");
id!(
    /// A link to sign in with, that somebody asked for.
    SignInId, "sgn_");
id!(
    /// Something that proves a person's presence on a device of theirs.
    PasskeyId, "psk_");
id!(
    /// One half of a passkey being made or used.
    CeremonyId, "cer_");
id!(
    /// A person asked to join an org.
    InvitationId, "inv_");
id!(
    /// A program that spends or earns.
    AgentId, "agt_");
id!(
    /// An API key; the id is public, the key is not.
    KeyId, "key_");
id!(
    /// A record that a merchant resolves to.
    PayeeId, "pay_");
id!(
    /// A payment method of an org's that Stripe keeps, or the page on which one is saved.
    PaymentMethodId, "pmt_");
id!(
    /// One payment request and all that becomes of it.
    TransactionId, "tx_");
id!(
    /// One movement between two ledger accounts.
    TransferId, "tr_");
id!(
    /// A sum that is asked for, to be paid into a wallet.
    TopupId, "topup_");
id!(
    /// A page on which somebody can pay into an agent's wallet.
    LinkId, "link_");
id!(
    /// A card that an agent pays with.
    CardId, "card_");
id!(
    /// An agent's question for a card.
    CardRequestId, "creq_");
id!(
    /// One look of an agent at its card.
    CardAccessId, "cacc_");
id!(
    /// One unit of background work.
    JobId, "job_");
id!(
    /// One e-mail to one recipient.
    MailId, "mail_");
id!(
    /// One message in one member's chat.
    ChatMessageId, "chm_");
id!(
    /// An address that an agent or an org is told at.
    EndpointId, "whe_");
id!(
    /// One message to one endpoint.
    DeliveryId, "whd_");
id!(
    /// A stop of an org or an agent.
    FreezeId, "frz_");
id!(
    /// Something about money that a person has to look at.
    CaseId, "case_");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRng;

    #[test]
    fn ids_made_later_sort_later() {
        let rng = SeededRng::new(1);
        let early = OrgId::new(TimeUs(1_000_000), &rng);
        let late = OrgId::new(TimeUs(2_000_000), &rng);
        assert!(early < late);
    }

    #[test]
    fn only_the_right_form_parses() {
        let rng = SeededRng::new(2);
        let id = AgentId::new(TimeUs(1), &rng);
        assert_eq!(AgentId::parse(id.as_str()), Ok(id.clone()));
        assert!(OrgId::parse(id.as_str()).is_err());
        assert!(AgentId::parse("agt_").is_err());
        assert!(AgentId::parse(&id.as_str().to_uppercase()).is_err());
        assert!(AgentId::parse(&format!("{id}0")).is_err());
    }
}
