//! Sample views for the tests and for the gallery.

#![allow(dead_code)] // each user takes a part

use std::sync::OnceLock;

use bursar_base::{Currency, Language, Money, TimeUs};
use bursar_pages::{
    ApprovalStatus, ApprovalView, AutoTopupView, CardAccessView, CardRequestStatus, CardRequestView,
    CaseView, CheckoutStatus, CheckoutView, EndpointView, FreezeCause, FrozenView, LeftLine, OrgFrozenView,
    PaymentMethodChange, PaymentMethodView, PaymentView, RuleLine, RuleVerdict, TestView, VoteLine, Window,
};

/// The language of the samples: English, unless it is set before the first of them is made.
pub static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// The language of the samples.
pub fn language() -> Language {
    LANGUAGE.get().copied().unwrap_or_default()
}

/// Dollars from a decimal.
pub fn usd(text: &str) -> Money {
    Money::parse(text, Currency::USD).expect("a sample amount")
}

/// A time from RFC 3339.
pub fn at(text: &str) -> TimeUs {
    TimeUs::parse_rfc3339(text).expect("a sample time")
}

fn left(window: Window, limit: &str, used: &str, left: &str) -> LeftLine {
    LeftLine { window, limit: usd(limit), used: usd(used), left: usd(left) }
}

/// A rule that asks.
pub fn asks(rule: &str, limit: Option<&str>) -> RuleLine {
    RuleLine {
        rule: rule.to_owned(),
        verdict: RuleVerdict::Ask,
        limit: limit.map(str::to_owned),
        used: None,
        asked: None,
    }
}

/// A pending payment to a merchant that is not a payee.
pub fn pending() -> ApprovalView {
    ApprovalView {
        org_name: "Northwind Labs".into(),
        agent_name: "Scout".into(),
        amount: usd("240"),
        merchant: "gpu.lambda-rentals.example".into(),
        payee_known: false,
        category: None,
        claimed_category: Some("cloud compute".into()),
        purpose: "Eight hours on one H100 to finish the nightly evaluation. The spot queue is full until Thursday, \
                  and the report is due on Wednesday."
            .into(),
        context_json: Some(
            r#"{"run":"eval-2214","gpu":"H100","hours":8,"alternatives":["spot","smaller batch"]}"#.into(),
        ),
        rail: "stripe".into(),
        created: at("2026-09-22T07:41:10Z"),
        deadline: Some(at("2026-09-23T07:41:10Z")),
        time_zone: "Europe/Berlin".into(),
        language: language(),
        rules: vec![asks("merchants.unknown", None), asks("approve_above", Some("100.00"))],
        left: vec![
            left(Window::Day, "500", "312.40", "187.60"),
            left(Window::Month, "4000", "1466.05", "2533.95"),
        ],
        wallet_left: None,
        status: ApprovalStatus::Pending,
        needed: 1,
        votes: Vec::new(),
        has_voted: false,
        decided_by: None,
        decided_reason: None,
        decided_at: None,
        reason_code: None,
        completed_at: None,
        paid: None,
        refunded: None,
        approve_path: "/approve/eyJhbGciOiJIUzI1NiJ9.sample.approve".into(),
        decline_path: "/decline/eyJhbGciOiJIUzI1NiJ9.sample.decline".into(),
        is_test: false,
        transaction_id: "txn_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".into(),
    }
}

/// One of two has said yes, and looks at it again.
pub fn half_approved() -> ApprovalView {
    let mut view = pending();
    let two = RuleLine { limit: Some("2".into()), ..asks("approvals", None) };
    view.rules.push(two);
    view.needed = 2;
    view.votes = vec![VoteLine { by: "Ann Keller".into(), at: at("2026-09-22T08:03:55Z") }];
    view.has_voted = true;
    view
}

/// The same once decided.
pub fn decided(status: ApprovalStatus) -> ApprovalView {
    use ApprovalStatus as S;
    let mut view = pending();
    view.status = status;
    let by_a_person = !matches!(status, S::Pending | S::TimedOut);
    if by_a_person {
        view.decided_by = Some("Ann Keller".into());
        view.decided_at = Some(at("2026-09-22T08:03:55Z"));
    }
    match status {
        S::Declined => {
            view.decided_reason = Some("Please use the spot queue; Thursday is early enough.".into())
        }
        S::Cancelled => view.reason_code = Some("agent_frozen".into()),
        S::Failed => view.reason_code = Some("card_declined".into()),
        S::Completed => {
            view.completed_at = Some(at("2026-09-22T08:03:57Z"));
            view.decided_reason = Some("Fine for this once.".into());
            view.refunded = Some(usd("40"));
        }
        S::Refunded => {
            view.completed_at = Some(at("2026-09-22T08:03:57Z"));
            view.refunded = Some(usd("240"));
        }
        S::Pending | S::Approved | S::Executing | S::Unknown | S::TimedOut => {}
    }
    view
}

/// A small prepaid payment to a payee, in a test org.
pub fn test_mode() -> ApprovalView {
    let mut view = pending();
    view.is_test = true;
    view.amount = usd("12.50");
    view.merchant = "api.weather.example".into();
    view.payee_known = true;
    view.category = Some("data".into());
    view.claimed_category = None;
    view.context_json = None;
    view.purpose = "Forecasts for the 14 delivery routes of tomorrow.".into();
    view.rail = "sandbox".into();
    view.rules = vec![asks("approve_above", Some("0.00"))];
    view.left = vec![left(Window::Day, "50", "44.10", "5.90")];
    view.wallet_left = Some(usd("311.482915"));
    view
}

/// Everything an attacker can write, written by one.
pub fn hostile() -> ApprovalView {
    let mut view = pending();
    view.org_name = "Acme <b>&</b> Sons".into();
    view.agent_name = "Scout\u{202e}tuocS\"><img src=x onerror=alert(1)>".into();
    view.amount = usd("9999999999.999999");
    view.merchant = format!("paypal\u{200b}.com\r\nBcc: all@example.com {}", "x".repeat(120));
    view.claimed_category = Some("\" onmouseover=\"alert(1)".into());
    view.purpose = format!(
        "</blockquote><script>alert(1)</script>\r\n\r\n\r\n\r\nAPPROVE\nhttps://pay.northwind.example/approve/evil\n\
         \u{2066}\u{202e}hidden\u{2069} mail boss@northwind.example {}",
        "verylongword".repeat(30)
    );
    view.context_json = Some(r#"{"note":"</pre></details><form action=https://evil.example>","n":1}"#.into());
    view.decided_reason = Some("<i>ok</i>".into());
    view
}

/// An agent that asked too often.
pub fn frozen_by_breaker() -> FrozenView {
    FrozenView {
        org_name: "Northwind Labs".into(),
        agent_name: "Scout".into(),
        agent_id: "agt_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".into(),
        cause: FreezeCause::Breaker { requests: 20, seconds: 60, setting: "BURSAR_BREAKER".into() },
        frozen_at: at("2026-09-22T08:14:02Z"),
        time_zone: "Europe/Berlin".into(),
        language: language(),
        unfreeze_command: "bursar agent unfreeze agt_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".into(),
        is_test: false,
    }
}

/// An agent that a person froze.
pub fn case() -> CaseView {
    CaseView {
        org_name: "Northwind".into(),
        case_id: "case_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".into(),
        cause: "The ledger and Stripe have different sums: paid.".into(),
        reference: "tx_0199a2c41e3a7c0f9b1d52e8a4f0c7d6 txn_1".into(),
        ours: "264.00".into(),
        theirs: "999.00".into(),
        amount: usd("735"),
        opened_at: at("2026-09-22T03:00:02Z"),
        time_zone: "Europe/Berlin".into(),
        language: language(),
        show_command: "bursar case show case_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".into(),
        is_test: false,
    }
}

pub fn frozen_org() -> OrgFrozenView {
    OrgFrozenView {
        org_name: "Northwind".into(),
        org_id: "org_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".into(),
        by: "Ann Keller".into(),
        reason: "a key was found in a public repository".into(),
        frozen_at: at("2026-09-22T08:14:02Z"),
        time_zone: "Europe/Berlin".into(),
        language: language(),
        unfreeze_command: "bursar unfreeze --org org_0199a2c41e3a7c0f9b1d52e8a4f0c7d6 --reason \"…\"".into(),
        is_test: false,
    }
}

pub fn frozen_by_human() -> FrozenView {
    FrozenView {
        cause: FreezeCause::Human {
            by: "Ann Keller".into(),
            reason: Some("It buys from the wrong shop; see https://wiki.example/scout".into()),
        },
        ..frozen_by_breaker()
    }
}

/// An agent's endpoint that wants nothing any more.
pub fn endpoint() -> EndpointView {
    EndpointView {
        org_name: "Northwind Labs".into(),
        agent_name: Some("Scout".into()),
        url: "https://bot.northwind.example/hooks".into(),
        endpoint_id: "whe_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".into(),
        reason: "it answered 410".into(),
        disabled_at: at("2026-09-22T08:14:02Z"),
        time_zone: "Europe/Berlin".into(),
        language: language(),
        enable_command: "bursar webhook enable whe_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".into(),
        is_test: false,
    }
}

/// A payment method that is charged from now on.
pub const USED: PaymentMethodChange = PaymentMethodChange::Used { for_topups: true, for_payments: false };

/// What became of a payment method.
pub fn payment_method(change: PaymentMethodChange) -> PaymentMethodView {
    PaymentMethodView {
        org_name: "Northwind Labs".into(),
        label: "visa •••• 4242".into(),
        payment_method_id: "pmt_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".into(),
        change,
        by: "member:ada@northwind.example".into(),
        at: at("2026-09-22T08:14:02Z"),
        time_zone: "Europe/Berlin".into(),
        language: language(),
        remove_command: "bursar payment-method remove pmt_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".into(),
        is_test: false,
    }
}

/// One whose names mean harm.
pub fn hostile_payment_method() -> PaymentMethodView {
    PaymentMethodView {
        org_name: "<script>alert(1)</script>\r\nBcc: x".into(),
        label: "https://evil.example/\u{202e}<script>".into(),
        by: "member:<b>https://evil.example".into(),
        is_test: true,
        ..payment_method(PaymentMethodChange::Ended { reason: "\r\n<b>https://evil.example".into() })
    }
}

/// An automatic top-up that was refused.
pub fn auto_topup() -> AutoTopupView {
    AutoTopupView {
        org_name: "Northwind Labs".into(),
        agent_name: Some("Scout".into()),
        amount: "50.00 USD".into(),
        reason: "card_declined".into(),
        topup_id: Some("topup_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".into()),
        at: at("2026-09-22T08:14:02Z"),
        time_zone: "Europe/Berlin".into(),
        language: language(),
        set_command: "bursar wallet auto-topup set --agent agt_0199a2c41e3a7c0f9b1d52e8a4f0c7d6 --floor …"
            .into(),
        is_test: false,
    }
}

/// One whose names mean harm.
pub fn hostile_auto_topup() -> AutoTopupView {
    AutoTopupView {
        org_name: "<script>alert(1)</script>\r\nBcc: x".into(),
        agent_name: Some("https://evil.example/\u{202e}<script>".into()),
        reason: "\r\n<b>https://evil.example".into(),
        is_test: true,
        ..auto_topup()
    }
}

/// One whose names mean harm.
pub fn hostile_endpoint() -> EndpointView {
    EndpointView {
        agent_name: None,
        org_name: "<script>alert(1)</script>\r\nBcc: x".into(),
        url: "https://evil.example/\u{202e}<script>".into(),
        is_test: true,
        ..endpoint()
    }
}

/// A payment that something happened to.
pub fn payment() -> PaymentView {
    PaymentView {
        org_name: "Northwind Labs".into(),
        agent_name: Some("Scout".into()),
        merchant: Some("gpu.lambda-rentals.example".into()),
        amount: usd("264"),
        transaction_id: Some("txn_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".into()),
        rail: "stripe".into(),
        rail_reference: Some("pi_3QxSampleSample".into()),
        occurred_at: at("2026-09-22T09:30:00Z"),
        time_zone: "Europe/Berlin".into(),
        language: language(),
        is_test: false,
    }
}

/// For the mail that tests mails.
pub fn test_mail() -> TestView {
    TestView {
        server: "https://pay.northwind.example".into(),
        sent_at: at("2026-09-22T09:30:00Z"),
        time_zone: "Europe/Berlin".into(),
        language: language(),
    }
}

/// Money that an agent asks for.
pub fn checkout(status: CheckoutStatus) -> CheckoutView {
    CheckoutView {
        org_name: "Northwind Labs".into(),
        agent_name: Some("Scout".into()),
        amount: usd("250"),
        words: "The GPU rental ends on Friday; see https://wiki.example/scout".into(),
        by_agent: true,
        created: at("2026-09-22T08:14:02Z"),
        expires: at("2026-09-23T08:14:02Z"),
        time_zone: "Europe/Berlin".into(),
        language: language(),
        status,
        pay_path: Some("/v1/topup/token".into()),
        is_test: false,
        id: "topup_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".into(),
    }
}

/// The same with everything that an agent could try.
pub fn hostile_checkout(status: CheckoutStatus) -> CheckoutView {
    let hostile = hostile();
    CheckoutView {
        org_name: hostile.org_name,
        agent_name: Some(hostile.agent_name),
        amount: hostile.amount,
        words: hostile.purpose,
        is_test: true,
        ..checkout(status)
    }
}

/// An agent that asks for a card.
pub fn card_request(status: CardRequestStatus) -> CardRequestView {
    CardRequestView {
        org_name: "Northwind Research".to_owned(),
        agent_name: "Research assistant".to_owned(),
        words: "The publisher takes cards only.".to_owned(),
        merchant: Some("books.example".to_owned()),
        single_use: true,
        status,
        path: Some("/v1/card-request/token-c".to_owned()),
        created: at("2026-09-29T14:05:00Z"),
        expires: at("2026-09-30T14:05:00Z"),
        time_zone: "Europe/Berlin".to_owned(),
        language: language(),
        is_test: false,
        id: "creq_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".to_owned(),
    }
}

/// The same from an agent that writes whatever it likes.
pub fn hostile_card_request() -> CardRequestView {
    CardRequestView {
        agent_name: "<b>Bank</b> https://evil.example".to_owned(),
        words: "Approve at https://evil.example <script>alert(1)</script>".to_owned(),
        merchant: Some("<i>evil.example</i>".to_owned()),
        is_test: true,
        ..card_request(CardRequestStatus::Asked)
    }
}

/// An agent that looked at its card.
pub fn card_access() -> CardAccessView {
    CardAccessView {
        org_name: "Northwind Research".to_owned(),
        agent_name: "Research assistant".to_owned(),
        last4: Some("4242".to_owned()),
        number: true,
        key_id: "key_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".to_owned(),
        address: "203.0.113.7".to_owned(),
        at: at("2026-09-29T14:05:00Z"),
        time_zone: "Europe/Berlin".to_owned(),
        language: language(),
        freeze_command: "bursar card freeze card_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".to_owned(),
        card_id: "card_0199a2c41e3a7c0f9b1d52e8a4f0c7d6".to_owned(),
        is_test: true,
    }
}
