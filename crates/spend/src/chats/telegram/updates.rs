//! What Telegram tells us: of each the fields that we read. It adds others now and then.

use serde::Deserialize;

use crate::chats::{Account, Channel};

/// One thing that happened: one of these, or something that we did not ask to hear of.
#[derive(Debug, Clone, Deserialize)]
pub struct Update {
    /// Somebody wrote.
    pub message: Option<Message>,
    /// Somebody pressed a button.
    pub callback_query: Option<CallbackQuery>,
}

/// A message.
#[derive(Debug, Clone, Deserialize)]
pub struct Message {
    /// Its number in its chat.
    pub message_id: i64,
    /// Who wrote it; nobody, in channels.
    pub from: Option<User>,
    /// Where.
    pub chat: Chat,
    /// What; nothing, where it is a picture or the like.
    pub text: Option<String>,
}

/// A chat.
#[derive(Debug, Clone, Deserialize)]
pub struct Chat {
    /// Its id.
    pub id: i64,
    /// `private`, `group`, `supergroup` or `channel`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Somebody.
#[derive(Debug, Clone, Deserialize)]
pub struct User {
    /// Their id, for good.
    pub id: i64,
    /// What they call themselves.
    #[serde(default)]
    pub first_name: String,
    /// Their name at Telegram, which they can change.
    pub username: Option<String>,
    /// The language of their app (IETF).
    pub language_code: Option<String>,
}

/// A press of a button.
#[derive(Debug, Clone, Deserialize)]
pub struct CallbackQuery {
    /// What it is answered by.
    pub id: String,
    /// Who pressed.
    pub from: User,
    /// Under which message; of one that is too old no more than where it is.
    pub message: Option<Message>,
    /// What the button says.
    pub data: Option<String>,
}

impl Chat {
    /// Whether only the bot and one person are in it.
    pub fn is_private(&self) -> bool {
        self.kind == "private"
    }
}

impl User {
    /// The account, in this chat.
    pub fn account(&self, chat: &Chat) -> Account {
        let name = match &self.username {
            Some(name) => format!("@{name}"),
            None => self.first_name.clone(),
        };
        Account {
            channel: Channel::Telegram,
            id: self.id.to_string(),
            chat: chat.id.to_string(),
            name: name.chars().take(bursar_base::limits::MAX_NAME_CHARS).collect(),
        }
    }
}
