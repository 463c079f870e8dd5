//! What texts and buttons may be.

use serde_json::Value;

use super::{Refused, bad};

/// Longest message, in UTF-16 units, once its markup is read.
const TEXT_MAX: usize = 4_096;
/// Longest word of a button, in bytes.
const DATA_BYTES_MAX: usize = 64;
/// Markup that it takes, of which we use the first three.
const TAGS: [&str; 8] = ["b", "code", "blockquote", "strong", "i", "em", "u", "pre"];

pub(super) fn length(text: &str) -> Result<(), Refused> {
    match text.encode_utf16().count() {
        _ if text.trim().is_empty() => Err(bad("message text is empty")),
        0..=TEXT_MAX => Ok(()),
        _ => Err(bad("message is too long")),
    }
}

/// What people read of a text with markup.
pub(super) fn plain(html: &str) -> Result<String, Refused> {
    let wrong = |what: String| bad(format!("can't parse entities: {what}"));
    let (mut out, mut open, mut rest) = (String::new(), Vec::new(), html);
    while let Some(at) = rest.find(['<', '&', '>']) {
        out.push_str(&rest[..at]);
        let mark = &rest[at..];
        if mark.starts_with('>') {
            // Telegram lets it pass; nothing of ours has it, so something was not escaped.
            return Err(wrong("a lone \">\"".to_owned()));
        }
        if let Some(inner) = mark.strip_prefix('<') {
            let (tag, after) = inner.split_once('>').ok_or_else(|| wrong("Unclosed start tag".to_owned()))?;
            match tag.strip_prefix('/') {
                Some(closed) if open.pop() != Some(closed) => {
                    return Err(wrong(format!("Unexpected end tag \"{closed}\"")));
                }
                Some(_) => {}
                None if !TAGS.contains(&tag) => {
                    return Err(wrong(format!("Unsupported start tag \"{tag}\"")));
                }
                None if open.last() == Some(&"code") || open.last() == Some(&"pre") => {
                    return Err(wrong(format!("\"{tag}\" within code")));
                }
                None => open.push(tag),
            }
            rest = after;
            continue;
        }
        let known = [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"')];
        let entity = known.iter().find(|(entity, _)| mark.starts_with(entity));
        let (entity, c) = entity.ok_or_else(|| wrong("an \"&\" that is not escaped".to_owned()))?;
        out.push(*c);
        rest = &mark[entity.len()..];
    }
    out.push_str(rest);
    match open.pop() {
        Some(tag) => Err(wrong(format!("Can't find end tag corresponding to start tag \"{tag}\""))),
        None => Ok(out),
    }
}

/// The buttons of `reply_markup`, row by row.
pub(super) fn buttons(markup: &Value) -> Result<Vec<(String, String)>, Refused> {
    let wrong = || bad("object expected as reply markup");
    let markup = markup.as_object().filter(|markup| markup.keys().all(|name| name == "inline_keyboard"));
    let rows = markup.and_then(|markup| markup["inline_keyboard"].as_array()).ok_or_else(wrong)?;
    let mut buttons = Vec::new();
    let rows: Vec<&Vec<Value>> =
        rows.iter().map(|row| row.as_array().ok_or_else(wrong)).collect::<Result<_, _>>()?;
    for button in rows.into_iter().flatten() {
        let button = button.as_object().ok_or_else(wrong)?;
        if button.keys().any(|name| !["text", "callback_data"].contains(&name.as_str())) {
            return Err(bad("a button has a field that is not known"));
        }
        let field = |name: &str| button.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (text, data) = (field("text"), field("callback_data"));
        if text.is_empty() {
            return Err(bad("BUTTON_TEXT_INVALID"));
        }
        if data.is_empty() || data.len() > DATA_BYTES_MAX {
            return Err(bad("BUTTON_DATA_INVALID"));
        }
        buttons.push((text, data));
    }
    Ok(buttons)
}
