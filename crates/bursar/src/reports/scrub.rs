//! What leaves for Sentry has neither secrets nor people in it.

use sentry::protocol::Event;
use serde_json::Value;

/// What stands in the place of what was taken out.
const HIDDEN: &str = "[hidden]";
/// What keys and secrets begin with: ours, Stripe's and Resend's.
const PREFIXES: &[&str] = &["bur_", "sk_", "rk_", "pk_", "whsec_", "re_", "seti_", "pi_", "ek_"];
/// A word this long is no word; ids of ours are shorter.
const WORD_CHARS_MAX: usize = 40;
/// As many digits in a row may be the number of a card.
const CARD_DIGITS_MIN: usize = 12;

/// Takes out of every text what looks like a secret, an address or a card, and drops what nobody needs to find a mistake.
/// An event that cannot be looked through is not sent.
pub(super) fn event(mut event: Event<'static>) -> Option<Event<'static>> {
    // Ours, and written like an address.
    let release = event.release.take();
    let bare = Event { user: None, request: None, server_name: None, ..event };
    let mut value = serde_json::to_value(&bare).ok()?;
    walk(&mut value);
    let seen: Event<'static> = serde_json::from_value(value).ok()?;
    Some(Event { release, ..seen })
}

fn walk(value: &mut Value) {
    match value {
        Value::String(said) => *said = text(said),
        Value::Array(values) => values.iter_mut().for_each(walk),
        Value::Object(fields) => fields.values_mut().for_each(walk),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The text with each word hidden that may be a secret, an address or a card.
fn text(said: &str) -> String {
    let mut shown = String::with_capacity(said.len());
    let mut word = String::new();
    for c in said.chars() {
        if is_of_word(c) {
            word.push(c);
            continue;
        }
        push(&mut shown, &mut word);
        shown.push(c);
    }
    push(&mut shown, &mut word);
    shown
}

fn push(shown: &mut String, word: &mut String) {
    shown.push_str(if is_secret(word) { HIDDEN } else { word });
    word.clear();
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '+' | '%' | '~')
}

fn is_secret(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let only_digits = word.chars().all(|c| c.is_ascii_digit() || c == '-');
    PREFIXES.iter().any(|prefix| word.starts_with(prefix) && word.len() > prefix.len() + 7 && digits > 0)
        || word.contains('@')
        || (word.chars().count() > WORD_CHARS_MAX && digits > 0)
        || (only_digits && digits >= CARD_DIGITS_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_people_and_cards_are_hidden() {
        let long = format!("token {}", "a1B2".repeat(11));
        for said in [
            "key bur_test_0123456789abcdef is unknown",
            "sk_live_51AbcDefGhi",
            "Bearer rk_test_51AbcDefGhi",
            "no mail to ana.lima@example.com left",
            "postgres://bursar:secret@db.example.com/bursar",
            "card 4242424242424242 declined",
            &long,
        ] {
            let shown = text(said);
            assert!(shown.contains(HIDDEN), "{said} is shown as {shown}");
            for word in ["0123456789abcdef", "51Abc", "ana.lima", "secret", "4242", "a1B2"] {
                assert!(!shown.contains(word), "{said} is shown as {shown}");
            }
        }
    }

    #[test]
    fn what_helps_to_find_a_mistake_stays() {
        for said in [
            "bursar_money::funnel::task: txn_01k0abcdefghjkmnpqrstvwxyz is locked, 12 tried",
            "/v1/transactions/{id} answered 500 at crates/money/src/funnel/task.rs:172",
            "2026-01-31T23:59:59Z",
            "the_new_certificate_cannot_be_used_and_this_is_a_long_name_of_a_function",
        ] {
            assert_eq!(text(said), said);
        }
    }

    #[test]
    fn an_event_keeps_what_it_is_about_and_loses_who() {
        let asked = Event {
            message: Some("no mail to ana@example.com".to_owned()),
            logger: Some("bursar_spend::mails".to_owned()),
            server_name: Some("treasury-1".into()),
            user: Some(sentry::User { email: Some("ana@example.com".to_owned()), ..Default::default() }),
            ..Event::default()
        };
        let told = event(asked.clone()).unwrap();
        assert_eq!((told.event_id, told.logger), (asked.event_id, asked.logger));
        assert_eq!(told.message.as_deref(), Some("no mail to [hidden]"));
        assert!(told.user.is_none() && told.server_name.is_none());
    }
}
