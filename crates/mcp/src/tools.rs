//! The tools: which path of the API each is, and what a model is told of it.

use std::sync::Arc;

use bursar_identity::access;
use bursar_identity::keys::Caller;
use http::Method;
use rmcp::model::{JsonObject, ToolAnnotations};
use serde_json::Value;

use crate::schema;

/// One tool, as it is written down.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) method: Method,
    /// As in the table of who may do what, and in the API's description.
    pub(crate) path: &'static str,
    /// What the tool calls the `{id}` of the path.
    pub(crate) id: Option<&'static str>,
    /// For the model.
    pub(crate) description: &'static str,
    /// Whether money may leave, or a payment end, by it.
    pub(crate) is_destructive: bool,
}

/// Every tool, in the order in which a model meets them.
const SPECS: &[Spec] = &[
    Spec {
        name: "request_payment",
        title: "Ask for a payment",
        method: Method::POST,
        path: "/v1/payment-request",
        id: None,
        description: "Ask Bursar to pay somebody out of your budget. Call it before any spending, once for one \
            purchase. Amounts are decimal strings. `status` says what became of it: `approved`, `executing` or \
            `completed` (allowed; paid in the background), `pending` (your owner was asked by mail: call \
            wait_for_payment, do not ask again), `declined` (not paid; `reason` and `next` say why and what to do). \
            With `dry_run` it only says what would be decided. Lost the answer? Call again with the same \
            `idempotency_key`: it never pays twice.",
        is_destructive: true,
    },
    Spec {
        name: "wait_for_payment",
        title: "Wait for a payment",
        method: Method::GET,
        path: "/v1/transactions/{id}",
        id: Some("transaction_id"),
        description: "Where a payment of yours stands. Waits up to `wait` seconds (at most 50; 0 looks at once) until \
            it is decided, or with `until` = `settled` until it is paid or will not be. Still `pending` afterwards? \
            Call it again: your owner may take hours. It never asks for a payment.",
        is_destructive: false,
    },
    Spec {
        name: "cancel_payment",
        title: "Withdraw a payment",
        method: Method::POST,
        path: "/v1/transactions/{id}/cancel",
        id: Some("transaction_id"),
        description: "Withdraw a payment of yours that is not paid yet, such as one that waits for your owner and is \
            no longer needed. What was held for it can be spent again.",
        is_destructive: true,
    },
    Spec {
        name: "check_wallet",
        title: "Look into the wallet",
        method: Method::GET,
        path: "/v1/wallet/check",
        id: None,
        description: "What you can spend now: the balance, what is held, what is left of your limits, whether you are \
            frozen, and whether you have a card. It shows no card number; no tool does.",
        is_destructive: false,
    },
    Spec {
        name: "get_spending_rules",
        title: "Read the spending rules",
        method: Method::GET,
        path: "/v1/wallet/spending",
        id: None,
        description: "Your owner's rules: limits and what is left of them, above which amount they are asked, which \
            merchants and categories are allowed or blocked, and their notes. Read it before you plan a purchase.",
        is_destructive: false,
    },
    Spec {
        name: "declare_intent",
        title: "Ask whether you may buy",
        method: Method::POST,
        path: "/v1/wallet/intent",
        id: None,
        description: "Ask whether a purchase would be allowed, before you make it. With `reserve_minutes` the money \
            is reserved, and request_payment with the `intent_id` of the answer takes it up. Nothing is paid by it.",
        is_destructive: false,
    },
    Spec {
        name: "request_topup",
        title: "Ask the owner for money",
        method: Method::POST,
        path: "/v1/wallet/topup-request",
        id: None,
        description: "Ask your owner to put money into your wallet: they get a mail with a link. Three times an hour. \
            Use it when the wallet is too low for a task that your owner gave you.",
        is_destructive: false,
    },
    Spec {
        name: "create_payment_link",
        title: "Make a payment link",
        method: Method::POST,
        path: "/v1/payments/create-link",
        id: None,
        description: "Make a page on which somebody else pays into your wallet, for what you sell or are owed. Give \
            them its address. Ten an hour; it can be paid for 24 hours.",
        is_destructive: false,
    },
    Spec {
        name: "get_payment_link",
        title: "Look at a payment link",
        method: Method::GET,
        path: "/v1/payments/links/{id}",
        id: Some("link_id"),
        description: "Whether a payment link of yours was paid.",
        is_destructive: false,
    },
    Spec {
        name: "list_transactions",
        title: "List transactions",
        method: Method::GET,
        path: "/v1/wallet/transactions",
        id: None,
        description: "What went out of your wallet and came in, newest first. Look here when you do not know whether \
            a payment was made, before you ask for it again.",
        is_destructive: false,
    },
];

/// One tool, ready to be shown and called.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) spec: &'static Spec,
    /// The names of the arguments that go into the query of the path.
    pub(crate) query: Vec<String>,
    /// As clients see it.
    pub(crate) shown: rmcp::model::Tool,
}

impl Tool {
    /// Of the API's description; `None` where that has no such path, which a test rules out.
    fn new(spec: &'static Spec, document: &Value) -> Option<Tool> {
        let operation = schema::operation(document, &spec.method, spec.path)?;
        let query = schema::query(operation);
        let input = schema::input(document, operation, spec);
        let output = schema::output(document, operation);
        let hints = ToolAnnotations::with_title(spec.title)
            .read_only(spec.is_read_only())
            .destructive(spec.is_destructive)
            .idempotent(spec.is_read_only())
            .open_world(!spec.is_read_only());
        let shown = rmcp::model::Tool::new(spec.name, spec.description, Arc::new(input));
        let shown = shown.with_title(spec.title).with_raw_output_schema(Arc::new(output));
        Some(Tool { spec, query, shown: shown.with_annotations(hints) })
    }

    /// Whether it takes an argument of this name.
    pub(crate) fn takes(&self, name: &str) -> bool {
        self.arguments().is_some_and(|properties| properties.contains_key(name))
    }

    /// The arguments that it takes.
    pub(crate) fn arguments(&self) -> Option<&JsonObject> {
        self.shown.input_schema.get("properties").and_then(Value::as_object)
    }

    /// Whether who calls may use it: as the table says of its path.
    pub(crate) fn is_for(&self, caller: Option<&Caller>) -> bool {
        let rule = access::rule(self.spec.method.as_str(), self.spec.path);
        rule.is_some_and(|rule| access::bot_may(rule, caller))
    }
}

impl Spec {
    /// Whether nothing changes by it.
    pub(crate) fn is_read_only(&self) -> bool {
        self.method == Method::GET
    }
}

/// Every tool, of the API's description.
pub(crate) fn all(document: &Value) -> Vec<Tool> {
    SPECS.iter().filter_map(|spec| Tool::new(spec, document)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        serde_json::to_value(bursar_spend::router::openapi()).unwrap()
    }

    #[test]
    fn every_tool_is_a_path_that_the_table_knows() {
        let tools = all(&document());
        assert_eq!(tools.len(), SPECS.len(), "a tool has no path in the description");
        for spec in SPECS {
            assert!(access::rule(spec.method.as_str(), spec.path).is_some(), "{}", spec.name);
        }
    }

    #[test]
    fn no_tool_shows_a_card() {
        assert!(SPECS.iter().all(|spec| !spec.path.starts_with("/v1/wallet/card")));
    }

    #[test]
    fn schemas_stand_alone() {
        for tool in all(&document()) {
            let shown = serde_json::to_string(&tool.shown).unwrap();
            assert!(!shown.contains("$ref") && !shown.contains("\"example\""), "{shown}");
            for schema in [Some(&tool.shown.input_schema), tool.shown.output_schema.as_ref()] {
                assert_eq!(schema.unwrap()["type"], "object", "{}", tool.spec.name);
            }
        }
    }

    #[test]
    fn arguments_are_those_of_the_path() {
        let tools = all(&document());
        let of = |name: &str| tools.iter().find(|tool| tool.spec.name == name).unwrap();
        let pay = of("request_payment");
        assert_eq!(pay.query, ["dry_run"]);
        assert!(pay.takes("merchant") && pay.takes("idempotency_key") && !pay.takes("Idempotency-Key"));
        let wait = of("wait_for_payment");
        assert!(wait.takes("transaction_id") && !wait.takes("id"));
        assert_eq!(wait.arguments().unwrap()["wait"]["maximum"], bursar_base::limits::MAX_TOOL_WAIT_SECONDS);
        assert_eq!(wait.shown.input_schema["required"], serde_json::json!(["transaction_id"]));
        assert!(of("cancel_payment").takes("reason"));
    }
}
