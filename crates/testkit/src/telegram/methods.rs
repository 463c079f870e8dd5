//! The methods that it knows, each with its parameters.

use serde_json::{Map, Value, json};

use super::{Answered, BOT, BOT_ID, DATE, Refused, Sent, Shared, Webhook, bad, rules};

/// Longest answer to a press, in characters.
const ANSWER_CHARS: usize = 200;
/// Longest secret of a webhook.
const SECRET_CHARS: usize = 256;
/// Kinds of updates.
const UPDATES: [&str; 4] = ["message", "edited_message", "callback_query", "my_chat_member"];

type Parameters = Map<String, Value>;

pub(super) fn call(shared: &mut Shared, method: &str, given: &Parameters) -> Result<Value, Refused> {
    match method {
        "getMe" => {
            only(given, &[])?;
            Ok(json!({ "id": BOT_ID, "is_bot": true, "first_name": "Bursar", "username": BOT,
                "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false }))
        }
        "setWebhook" => set_webhook(shared, given),
        "sendMessage" => send(shared, given),
        "editMessageText" => edit(shared, given),
        "answerCallbackQuery" => answer(shared, given),
        _ => Err((404, "Not Found".to_owned())),
    }
}

fn only(given: &Parameters, known: &[&str]) -> Result<(), Refused> {
    match given.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(bad(format!("parameter \"{name}\" is not known"))),
        None => Ok(()),
    }
}

fn text<'a>(given: &'a Parameters, name: &str) -> Result<Option<&'a str>, Refused> {
    let value =
        given.get(name).map(|value| value.as_str().ok_or_else(|| bad(format!("{name} must be a String"))));
    value.transpose()
}

fn flag(given: &Parameters, name: &str) -> Result<bool, Refused> {
    let value =
        given.get(name).map(|value| value.as_bool().ok_or_else(|| bad(format!("{name} must be a Boolean"))));
    Ok(value.transpose()?.unwrap_or(false))
}

fn number(given: &Parameters, name: &str) -> Result<i64, Refused> {
    given.get(name).and_then(Value::as_i64).ok_or_else(|| bad(format!("{name} must be an Integer")))
}

fn set_webhook(shared: &mut Shared, given: &Parameters) -> Result<Value, Refused> {
    only(given, &["url", "secret_token", "allowed_updates"])?;
    let url = text(given, "url")?.unwrap_or_default();
    if !url.starts_with("https://") {
        return Err(bad("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    let secret = text(given, "secret_token")?;
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if secret.is_some_and(|secret| {
        secret.is_empty() || secret.len() > SECRET_CHARS || !secret.chars().all(is_letter)
    }) {
        return Err(bad("secret token contains unallowed characters"));
    }
    let allowed = given.get("allowed_updates").and_then(Value::as_array).cloned().unwrap_or_default();
    let allowed: Vec<String> = allowed.iter().filter_map(|kind| kind.as_str().map(str::to_owned)).collect();
    if let Some(unknown) = allowed.iter().find(|kind| !UPDATES.contains(&kind.as_str())) {
        return Err(bad(format!("update \"{unknown}\" is not known")));
    }
    shared.webhook = Some(Webhook { url: url.to_owned(), secret: secret.map(str::to_owned), allowed });
    Ok(json!(true))
}

/// Whether the bot may write there.
fn open_chat(shared: &Shared, given: &Parameters) -> Result<i64, Refused> {
    let chat = number(given, "chat_id")?;
    if shared.blocked.contains(&chat) {
        return Err((403, "Forbidden: bot was blocked by the user".to_owned()));
    }
    if !shared.open.contains(&chat) {
        return Err(bad("chat not found"));
    }
    Ok(chat)
}

struct Content {
    html: String,
    text: String,
    buttons: Vec<(String, String)>,
}

fn content(given: &Parameters) -> Result<Content, Refused> {
    let html = text(given, "text")?.unwrap_or_default().to_owned();
    let plain = match text(given, "parse_mode")? {
        Some("HTML") => rules::plain(&html)?,
        None => html.clone(),
        Some(_) => return Err(bad("unsupported parse_mode")),
    };
    rules::length(&plain)?;
    let preview = given.get("link_preview_options");
    if preview.is_some_and(|preview| preview.as_object().is_none_or(|of| only(of, &["is_disabled"]).is_err()))
    {
        return Err(bad("can't parse link preview options JSON object"));
    }
    let buttons = given.get("reply_markup").map(rules::buttons).transpose()?.unwrap_or_default();
    Ok(Content { html, text: plain, buttons })
}

fn message(sent: &Sent) -> Value {
    json!({ "message_id": sent.id, "date": DATE, "text": sent.text, "chat": { "id": sent.chat, "type": "private" },
        "from": { "id": BOT_ID, "is_bot": true, "first_name": "Bursar", "username": BOT } })
}

fn send(shared: &mut Shared, given: &Parameters) -> Result<Value, Refused> {
    only(
        given,
        &["chat_id", "text", "parse_mode", "link_preview_options", "protect_content", "reply_markup"],
    )?;
    let (chat, content) = (open_chat(shared, given)?, content(given)?);
    let id = 1 + i64::try_from(shared.sent.len()).expect("few messages");
    let is_protected = flag(given, "protect_content")?;
    let Content { html, text, buttons } = content;
    let sent = Sent { id, chat, text, html, buttons, edits: 0, is_protected };
    shared.sent.push(sent.clone());
    Ok(message(&sent))
}

fn edit(shared: &mut Shared, given: &Parameters) -> Result<Value, Refused> {
    only(given, &["chat_id", "message_id", "text", "parse_mode", "link_preview_options", "reply_markup"])?;
    let (chat, content, id) = (open_chat(shared, given)?, content(given)?, number(given, "message_id")?);
    let found = shared.sent.iter_mut().find(|sent| sent.chat == chat && sent.id == id);
    let sent = found.ok_or_else(|| bad("message to edit not found"))?;
    if sent.html == content.html && sent.buttons == content.buttons {
        return Err(bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a \
             current content and reply markup of the message",
        ));
    }
    (sent.html, sent.text, sent.buttons) = (content.html, content.text, content.buttons);
    sent.edits += 1;
    Ok(message(sent))
}

fn answer(shared: &mut Shared, given: &Parameters) -> Result<Value, Refused> {
    only(given, &["callback_query_id", "text", "show_alert"])?;
    let id = text(given, "callback_query_id")?.unwrap_or_default();
    let words = text(given, "text")?.unwrap_or_default();
    if words.chars().count() > ANSWER_CHARS {
        return Err(bad("MESSAGE_TOO_LONG"));
    }
    let answered = Answered { text: words.to_owned(), is_alert: flag(given, "show_alert")? };
    match shared.presses.get_mut(id) {
        Some(waiting @ None) => *waiting = Some(answered),
        Some(Some(_)) | None => {
            return Err(bad("query is too old and response timeout expired or query ID is invalid"));
        }
    }
    Ok(json!(true))
}
