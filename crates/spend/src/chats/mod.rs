//! Chats: a member is asked in a messenger too, and answers there, beside mails and the dashboard.
//!
//! Invariants:
//! - a chat speaks for the one member who linked it with a code of theirs, and an account for one member of an org; what
//!   it may do is looked up anew with every press of a button: the link, the member, their role;
//! - a press names one message, and a message one payment as it was asked about (its intent hash) and one member. The
//!   step is the same that links in mails and the dashboard take, so a member has one word, however they give it;
//! - the words of a message are made when it is sent and when it is changed, of what is true then;
//! - what others wrote is shown as it is and becomes no markup, no link, no command;
//! - no call to a messenger happens inside a transaction. Messages leave by jobs; an answer to a press, which nobody
//!   waits for a minute later, leaves at once and is not repeated.

pub mod answers;
pub mod api;
pub mod questions;
pub mod service;
pub mod sql;
pub mod telegram;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bursar_base::{ChatMessageId, MemberId, OrgId, TimeUs, TransactionId};
use bursar_pages::ChatText;

use telegram::Telegram;

/// A messenger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Telegram, by a bot.
    Telegram,
}

impl Channel {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Telegram => "telegram",
        }
    }

    /// The inverse of [`Channel::as_str`].
    pub fn parse(text: &str) -> Option<Channel> {
        (text == "telegram").then_some(Channel::Telegram)
    }
}

/// The messengers of this installation.
#[derive(Debug, Clone, Default)]
pub struct Messengers {
    /// Telegram, where a bot is set up.
    pub telegram: Option<Arc<Telegram>>,
}

impl Messengers {
    /// The messenger of a channel, where it is set up.
    pub fn get(&self, channel: Channel) -> Option<Arc<dyn Messenger>> {
        match channel {
            Channel::Telegram => self.telegram.clone().map(|telegram| telegram as Arc<dyn Messenger>),
        }
    }

    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        self.telegram.is_none()
    }
}

/// Sends messages to chats and changes them. One call is one attempt; whoever calls decides about another.
#[async_trait]
pub trait Messenger: Send + Sync + fmt::Debug {
    /// Sends a message to a chat; what the messenger calls it from then on.
    ///
    /// # Errors
    /// [`NotSent`]. After [`NotSent::Later`] it may have arrived all the same.
    async fn send(&self, chat: &str, message: &ChatMessage) -> Result<String, NotSent>;

    /// Has a message say something else. One that says so already is fine.
    ///
    /// # Errors
    /// [`NotSent`].
    async fn edit(&self, chat: &str, id: &str, message: &ChatMessage) -> Result<(), NotSent>;
}

/// What is said in a chat, and the buttons under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    /// What it says.
    pub text: ChatText,
    /// Side by side.
    pub buttons: Vec<Button>,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What stands on it.
    pub label: String,
    /// What comes back when it is pressed; at most 64 bytes.
    pub data: String,
}

/// Why a messenger did not take something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// It may work later: after this pause, where the messenger names one.
    #[error("{why}")]
    Later {
        /// What it said.
        why: String,
        /// How long it wants to be left alone.
        after: Option<Duration>,
    },
    /// The chat takes nothing more from us.
    #[error("{0}")]
    Gone(String),
    /// It never will.
    #[error("{0}")]
    Never(String),
}

/// What a button says of a message: `y:` or `n:` and the message's id.
pub fn button_data(approve: bool, id: &ChatMessageId) -> String {
    format!("{}:{id}", if approve { 'y' } else { 'n' })
}

/// The inverse of [`button_data`].
pub fn read_button(data: &str) -> Option<(bool, ChatMessageId)> {
    let (word, id) = data.split_once(':')?;
    let approve = match word {
        "y" => true,
        "n" => false,
        _ => return None,
    };
    Some((approve, ChatMessageId::parse(id).ok()?))
}

/// The chat of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Whose.
    pub member_id: MemberId,
    /// Of which org.
    pub org_id: OrgId,
    /// In which messenger, and what that calls it.
    pub account: Account,
    /// Since when.
    pub linked_at: TimeUs,
}

/// Somebody at a messenger, as it names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Which messenger.
    pub channel: Channel,
    /// The account's id there; nobody else ever gets it.
    pub id: String,
    /// The chat with it.
    pub chat: String,
    /// What the account calls itself; anything.
    pub name: String,
}

/// A question in a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its id.
    pub id: ChatMessageId,
    /// The org of the payment.
    pub org_id: OrgId,
    /// The payment.
    pub transaction_id: TransactionId,
    /// Its intent hash when it was asked about.
    pub intent_hash: String,
    /// Who is asked.
    pub member_id: MemberId,
    /// In which messenger.
    pub channel: Channel,
    /// By which account, and ...
    pub account: String,
    /// ... in which chat.
    pub chat: String,
    /// Whether it was asked before.
    pub is_reminder: bool,
    /// What the messenger calls it, once it is sent.
    pub message: Option<String>,
    /// SHA-256 of what it says.
    pub shown: Option<String>,
}
