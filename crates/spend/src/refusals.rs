//! What each refusal means to a bot, and what it should do next. The compiler asks for a line when a reason is new.

use bursar_money::policies::Reason;
use bursar_pages::skill::RefusalLine;

/// Errors that are no reasons of a policy, which bots meet.
const OTHERS: &[(&str, &str, &str)] = &[
    (
        "timed_out",
        "Your owner did not decide in time; nothing was paid.",
        "Ask your owner, then ask again with a new key.",
    ),
    ("cancelled", "The payment was withdrawn; nothing was paid.", "Ask your owner why."),
    ("failed", "The rail refused; nothing was paid.", "Tell your owner; another way to pay may work."),
    (
        "idempotency_conflict",
        "Your key was used for another purchase.",
        "Use a new `idempotency_key` for a new purchase.",
    ),
    (
        "intent_pending",
        "Your owner has not decided about this intent yet.",
        "Wait for `approval.approved`; then buy within ten minutes.",
    ),
    ("intent_over", "The intent was used, withdrawn, or is too old.", "Make a new one, or ask without it."),
    (
        "intent_differs",
        "This is another purchase than you had intended.",
        "Buy what you intended, or ask without `intent_id`. Your owner is told.",
    ),
    (
        "approval_asked",
        "A till asked, and your owner has to be asked first: the till was told no.",
        "Wait for `approval.approved`; then try the same card there with the same amount, within ten minutes.",
    ),
    (
        "approval_needed",
        "A merchant wanted more than you were allowed, and your owner would have to be asked.",
        "Pay the rest apart, or ask your owner.",
    ),
    ("authorization_not_open", "A merchant wanted more of a purchase that is over.", "Buy it anew."),
    ("validation_error", "A field is wrong; `errors` names it.", "Correct it and send it again."),
    ("invalid_json", "The body is no JSON.", "Correct it and send it again."),
    ("invalid_key", "Your key is unknown, revoked or over.", "Ask your owner for a new one."),
    ("forbidden", "Your key may not do this.", "Do not try again; ask your owner if you need it."),
    (
        "no_card",
        "You have no such card, or none that can be used.",
        "Ask for one: `POST /wallet/card-request`.",
    ),
    (
        "no_cardholder",
        "Your owner has not said yet whom cards are issued to.",
        "Tell your owner; pay without a card meanwhile.",
    ),
    ("no_stripe", "This server has no Stripe account for your org.", "Tell your owner."),
    ("rate_limited", "Too often.", "Wait as long as `Retry-After` says."),
    (
        "busy",
        "Too much at once; nothing was done.",
        "Wait as long as `Retry-After` says, and send the same again.",
    ),
    (
        "unavailable",
        "Something that Bursar needs is down; nothing was done.",
        "Send the same again in a while.",
    ),
    (
        "outcome_unknown",
        "It is not known whether it was done.",
        "Send the very same again, with the same `idempotency_key`.",
    ),
];

/// What a refusal means, and what to do.
pub fn advice(code: &str) -> Option<(&'static str, &'static str)> {
    let other =
        || OTHERS.iter().find(|(known, ..)| *known == code).map(|(_, means, advice)| (*means, *advice));
    Reason::parse(code).map(of).or_else(other)
}

/// Every refusal: reasons first, in the order in which rules are looked at.
pub fn all() -> Vec<RefusalLine> {
    let line = |code: &str, means: &str, advice: &str| RefusalLine {
        code: code.to_owned(),
        means: means.to_owned(),
        advice: advice.to_owned(),
    };
    let reasons = Reason::ALL.iter().map(|reason| {
        let (means, advice) = of(*reason);
        line(reason.as_str(), means, advice)
    });
    reasons.chain(OTHERS.iter().map(|(code, means, advice)| line(code, means, advice))).collect()
}

fn of(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::NoPolicy => ("You have no rules, so you spend nothing.", "Ask your owner to set some."),
        Reason::OrgFrozen => {
            ("Your owner stopped all agents.", "Stop. Tell your owner, who can let you all go on.")
        }
        Reason::AgentFrozen => (
            "You are frozen: by your owner, or because you asked too often.",
            "Stop. Tell your owner, who can let you go on.",
        ),
        Reason::AgentNotActive => ("Nobody has claimed you yet.", "Give your owner the claim token."),
        Reason::CardNotActive => {
            ("The card you used is frozen or cancelled.", "Do not try it again; ask your owner for a card.")
        }
        Reason::OutsideHours => ("You may not spend at this hour.", "Ask again when you may."),
        Reason::RailBlocked => ("You may not pay this way.", "Leave `rail` out, or ask your owner."),
        Reason::MerchantBlocked => {
            ("Your owner blocked this merchant.", "Do not try other names for it; ask your owner.")
        }
        Reason::MerchantUnknown => {
            ("This merchant is not on your owner's list.", "Ask your owner to add it.")
        }
        Reason::CategoryBlocked => ("You may not buy this kind of thing.", "Ask your owner."),
        Reason::Duplicate => {
            ("You bought the very same a short while ago.", "Look whether you have it already.")
        }
        Reason::CurrencyMismatch => ("Your wallet holds another currency.", "Ask in the wallet's currency."),
        Reason::PerTxExceeded => {
            ("More than one payment may be.", "Find something cheaper, or ask your owner. Do not split it.")
        }
        Reason::DailyExceeded => {
            ("More than is left of your day.", "Wait until tomorrow, or ask your owner.")
        }
        Reason::WeeklyExceeded => {
            ("More than is left of your week.", "Wait until Monday, or ask your owner.")
        }
        Reason::MonthlyExceeded => {
            ("More than is left of your month.", "Wait until next month, or ask your owner.")
        }
        Reason::LifetimeExceeded => ("More than is left for you at all.", "Ask your owner for a new limit."),
        Reason::VelocityExceeded => ("Too many requests in a short while.", "Slow down."),
        Reason::InsufficientFunds => ("More than your wallet holds.", "Ask your owner for money."),
        Reason::DeclinedByHuman => {
            ("Your owner said no.", "It is final. Read their reason; do not ask for the same again.")
        }
    }
}
