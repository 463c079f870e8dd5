//! The table. `docs/access.md` shows the same, and a test keeps the two and `openapi.json` alike.

use super::{Rule, Who};
use crate::keys::Scope;
use crate::members::Role;

const ANYONE: Who = Who::Anyone;
const PERSON: Who = Who::Person;
const VIEWER: Who = members(Role::Viewer);
const OWNER: Who = members(Role::Owner);
const OWNER_STEPPED_UP: Who = Who::Org { agents: &[], members: Some(Role::Owner), step_up: true };
const DECIDER: Who = Who::Member(Role::Approver);
const SPENDER: Who = Who::Org { agents: &[Scope::Spend], members: None, step_up: false };

const CARD_READER: Who = Who::Org { agents: &[Scope::Card], members: None, step_up: false };
const READER: Who = Who::Org { agents: &[Scope::Read], members: None, step_up: false };
/// An agent looks at its own; an owner, too, because addresses may hold secrets.
const AGENT_LOOKS: Who = Who::Org { agents: &[Scope::Read], members: Some(Role::Owner), step_up: false };
const AGENT_CHANGES: Who = Who::Org { agents: &[Scope::Spend], members: Some(Role::Owner), step_up: false };

const fn members(role: Role) -> Who {
    Who::Org { agents: &[], members: Some(role), step_up: false }
}

const fn rule(method: &'static str, path: &'static str, who: Who) -> Rule {
    Rule { method, path, who }
}

/// Every path and who may use it.
#[rustfmt::skip]
pub const TABLE: &[Rule] = &[
    // Payments.
    rule("POST", "/v1/payment-request", SPENDER),
    rule("GET", "/v1/transactions/{id}",
        Who::Org { agents: &[Scope::Read, Scope::Spend], members: Some(Role::Viewer), step_up: false }),
    rule("POST", "/v1/transactions/{id}/cancel",
        Who::Org { agents: &[Scope::Spend], members: Some(Role::Owner), step_up: false }),
    rule("GET", "/v1/dashboard/transactions", VIEWER),
    rule("GET", "/v1/dashboard/transactions/{id}/history", VIEWER),
    rule("GET", "/v1/dashboard/approvals", VIEWER),
    rule("POST", "/v1/dashboard/transactions/{id}/approve", DECIDER),
    rule("POST", "/v1/dashboard/transactions/{id}/decline", DECIDER),
    rule("POST", "/v1/dashboard/transactions/{id}/refund", OWNER),
    rule("POST", "/v1/dashboard/transactions/{id}/resolve", OWNER),
    // The token in the path is the authority.
    rule("GET", "/v1/approve/{token}", ANYONE),
    rule("POST", "/v1/approve/{token}", ANYONE),
    rule("GET", "/v1/decline/{token}", ANYONE),
    rule("POST", "/v1/decline/{token}", ANYONE),
    rule("GET", "/v1/unsubscribe/{token}", ANYONE),
    rule("POST", "/v1/unsubscribe/{token}", ANYONE),
    // Its signature is the authority.
    rule("POST", "/v1/webhooks/stripe", ANYONE),
    rule("POST", "/v1/webhooks/telegram", ANYONE),
    // Wallets.
    rule("GET", "/v1/wallet/check", Who::Registered { agents: &[Scope::Read] }),
    rule("GET", "/v1/wallet/spending", READER),
    rule("GET", "/v1/wallet/transactions", READER),
    rule("POST", "/v1/wallet/intent", SPENDER),
    rule("POST", "/v1/wallet/topup-request", SPENDER),
    rule("POST", "/v1/payments/create-link", SPENDER),
    rule("GET", "/v1/payments/links/{id}", READER),
    rule("GET", "/v1/dashboard/agents/{id}/spending", VIEWER),
    rule("PUT", "/v1/dashboard/agents/{id}/spending", OWNER),
    rule("GET", "/v1/dashboard/wallet/alerts", VIEWER),
    rule("PUT", "/v1/dashboard/wallet/alerts", OWNER),
    rule("GET", "/v1/dashboard/wallet/topups", VIEWER),
    rule("POST", "/v1/dashboard/wallet/topups", OWNER),
    rule("GET", "/v1/dashboard/wallet/auto-topup", VIEWER),
    // Raising it takes a passkey besides; whether it does so only the handler knows.
    rule("PUT", "/v1/dashboard/wallet/auto-topup", OWNER),
    rule("DELETE", "/v1/dashboard/wallet/auto-topup", OWNER),
    rule("GET", "/v1/dashboard/payment-methods", VIEWER),
    rule("POST", "/v1/dashboard/payment-methods", OWNER_STEPPED_UP),
    rule("PATCH", "/v1/dashboard/payment-methods/{id}", OWNER_STEPPED_UP),
    rule("DELETE", "/v1/dashboard/payment-methods/{id}", OWNER_STEPPED_UP),
    rule("GET", "/v1/dashboard/payout-account", VIEWER),
    rule("POST", "/v1/dashboard/payout-account", OWNER_STEPPED_UP),
    // They only say where people are who come back from Stripe.
    rule("GET", "/v1/payment-methods/back", ANYONE),
    rule("GET", "/v1/payout-account/back", ANYONE),
    rule("GET", "/v1/payout-account/refresh", ANYONE),
    rule("POST", "/v1/payout-account/refresh", OWNER_STEPPED_UP),
    // The token, or the page's own address, is the authority.
    rule("GET", "/v1/topup/{token}", ANYONE),
    rule("POST", "/v1/topup/{token}", ANYONE),
    rule("GET", "/v1/pay/{id}", ANYONE),
    rule("POST", "/v1/pay/{id}", ANYONE),
    // Cards. The number takes a scope of its own, and an owner's word with a passkey.
    rule("GET", "/v1/wallet/card", CARD_READER),
    rule("POST", "/v1/wallet/card-request", SPENDER),
    rule("GET", "/v1/card-request/{token}", ANYONE),
    rule("POST", "/v1/card-request/{token}", ANYONE),
    rule("GET", "/v1/dashboard/cardholder", OWNER),
    rule("PUT", "/v1/dashboard/cardholder", OWNER_STEPPED_UP),
    rule("GET", "/v1/dashboard/cards", VIEWER),
    rule("POST", "/v1/dashboard/cards", OWNER_STEPPED_UP),
    rule("GET", "/v1/dashboard/cards/{id}", VIEWER),
    rule("POST", "/v1/dashboard/cards/{id}/freeze", OWNER),
    rule("POST", "/v1/dashboard/cards/{id}/unfreeze", OWNER_STEPPED_UP),
    rule("POST", "/v1/dashboard/cards/{id}/cancel", OWNER),
    rule("POST", "/v1/dashboard/cards/{id}/replace", OWNER_STEPPED_UP),
    rule("PUT", "/v1/dashboard/cards/{id}/reveal", OWNER_STEPPED_UP),
    rule("GET", "/v1/dashboard/cards/{id}/accesses", VIEWER),
    // Being told.
    rule("GET", "/v1/webhook-endpoints", AGENT_LOOKS),
    rule("POST", "/v1/webhook-endpoints", AGENT_CHANGES),
    rule("GET", "/v1/webhook-endpoints/{id}", AGENT_LOOKS),
    rule("PATCH", "/v1/webhook-endpoints/{id}", AGENT_CHANGES),
    rule("DELETE", "/v1/webhook-endpoints/{id}", AGENT_CHANGES),
    rule("POST", "/v1/webhook-endpoints/{id}/rotate", AGENT_CHANGES),
    rule("POST", "/v1/webhook-endpoints/{id}/test", AGENT_CHANGES),
    rule("GET", "/v1/webhook-endpoints/{id}/deliveries", AGENT_LOOKS),
    rule("POST", "/v1/webhook-endpoints/{id}/deliveries/{delivery_id}/replay", AGENT_CHANGES),
    rule("POST", "/v1/webhook-endpoints/{id}/replay", AGENT_CHANGES),
    rule("GET", "/v1/messages", READER),
    rule("POST", "/v1/messages/ack", READER),
    // Agents. Raising a limit takes a passkey besides; whether it does so only the handler knows.
    rule("GET", "/v1/dashboard/agents", VIEWER),
    rule("POST", "/v1/dashboard/agents", OWNER_STEPPED_UP),
    rule("PUT", "/v1/dashboard/agents/{id}/limits", OWNER),
    rule("GET", "/v1/dashboard/agents/{id}/policy", VIEWER),
    rule("PUT", "/v1/dashboard/agents/{id}/policy", OWNER),
    rule("POST", "/v1/dashboard/agents/{id}/policy/backtest", OWNER),
    rule("POST", "/v1/dashboard/agents/{id}/freeze", OWNER),
    rule("POST", "/v1/dashboard/agents/{id}/unfreeze", OWNER_STEPPED_UP),
    // The kill switch.
    rule("POST", "/v1/dashboard/freeze", OWNER),
    rule("POST", "/v1/dashboard/unfreeze", OWNER_STEPPED_UP),
    rule("GET", "/v1/dashboard/freeze/{id}", OWNER),
    // Exposure and cases.
    rule("GET", "/v1/dashboard/exposure", OWNER),
    rule("GET", "/v1/dashboard/analytics", VIEWER),
    rule("GET", "/v1/dashboard/financial-accounts", OWNER),
    rule("POST", "/v1/dashboard/reconcile", OWNER),
    rule("GET", "/v1/dashboard/cases", VIEWER),
    rule("GET", "/v1/dashboard/cases/{id}", VIEWER),
    rule("POST", "/v1/dashboard/cases/{id}/take", OWNER),
    rule("POST", "/v1/dashboard/cases/{id}/resolve", OWNER),
    // Bots.
    rule("POST", "/v1/bots/register", ANYONE),
    rule("GET", "/v1/bots/status", Who::Registered { agents: &[] }),
    // Tools. Each is a path of this table, and its row decides about it.
    rule("POST", "/mcp", Who::Registered { agents: &[] }),
    rule("POST", "/v1/bots/claim", Who::PersonOrAdminKey),
    rule("GET", "/v1/dashboard/bots", PERSON),
    rule("POST", "/v1/dashboard/bots/{id}/refuse", PERSON),
    rule("POST", "/v1/dashboard/bots/{id}/claim", PERSON),
    rule("POST", "/v1/dashboard/bots/{id}/resend", PERSON),
    rule("POST", "/v1/dashboard/pairing-codes", OWNER),
    // Signing in.
    rule("POST", "/v1/sign-in", ANYONE),
    rule("POST", "/v1/sign-in/complete", ANYONE),
    rule("POST", "/v1/sign-in/passkey", ANYONE),
    rule("POST", "/v1/sign-in/passkey/complete", ANYONE),
    rule("GET", "/v1/session", PERSON),
    rule("PUT", "/v1/session", PERSON),
    rule("DELETE", "/v1/session", PERSON),
    rule("GET", "/v1/sessions", PERSON),
    rule("DELETE", "/v1/sessions", PERSON),
    rule("DELETE", "/v1/sessions/{id}", PERSON),
    rule("POST", "/v1/step-up", PERSON),
    rule("POST", "/v1/step-up/complete", PERSON),
    rule("GET", "/v1/passkeys", PERSON),
    rule("POST", "/v1/passkeys", PERSON),
    rule("POST", "/v1/passkeys/complete", PERSON),
    rule("DELETE", "/v1/passkeys/{id}", PERSON),
    // Members.
    rule("GET", "/v1/dashboard/members", VIEWER),
    rule("PUT", "/v1/dashboard/members/{id}", OWNER_STEPPED_UP),
    rule("DELETE", "/v1/dashboard/members/{id}", OWNER_STEPPED_UP),
    rule("GET", "/v1/dashboard/members/me/language", Who::Member(Role::Viewer)),
    rule("PUT", "/v1/dashboard/members/me/language", Who::Member(Role::Viewer)),
    rule("GET", "/v1/dashboard/members/me/notifications", Who::Member(Role::Owner)),
    rule("PUT", "/v1/dashboard/members/me/notifications", Who::Member(Role::Owner)),
    rule("GET", "/v1/dashboard/members/me/telegram", DECIDER),
    rule("POST", "/v1/dashboard/members/me/telegram", DECIDER),
    rule("DELETE", "/v1/dashboard/members/me/telegram", DECIDER),
    rule("PUT", "/v1/dashboard/members/me/stand-in", DECIDER),
    rule("DELETE", "/v1/dashboard/members/me/stand-in", DECIDER),
    rule("GET", "/v1/dashboard/stand-ins", VIEWER),
    rule("PUT", "/v1/dashboard/members/{id}/stand-in", OWNER),
    rule("DELETE", "/v1/dashboard/members/{id}/stand-in", OWNER),
    rule("GET", "/v1/dashboard/invitations", VIEWER),
    rule("POST", "/v1/dashboard/invitations", OWNER_STEPPED_UP),
    rule("DELETE", "/v1/dashboard/invitations/{id}", OWNER),
    rule("GET", "/v1/invitations", PERSON),
    rule("POST", "/v1/invitations/{id}/accept", PERSON),
    // Pages. The token of the first run is what the server printed, and is the authority.
    rule("GET", "/first-run/{token}", ANYONE),
    rule("POST", "/first-run/{token}", ANYONE),
    rule("GET", "/sign-in", ANYONE),
    rule("POST", "/sign-in", ANYONE),
    rule("POST", "/sign-in/oidc", ANYONE),
    rule("GET", "/sign-in/oidc/callback", ANYONE),
    rule("GET", "/sign-in/{token}", ANYONE),
    rule("POST", "/sign-in/{token}", ANYONE),
    rule("GET", "/claim", PERSON),
    rule("POST", "/claim", PERSON),
    rule("GET", "/refuse/{token}", ANYONE),
    rule("POST", "/refuse/{token}", ANYONE),
    rule("GET", "/account", PERSON),
    rule("POST", "/account", PERSON),
    // The dashboard asks the API as the person who looks, and the API decides what they may.
    rule("GET", "/dashboard", PERSON),
    rule("GET", "/dashboard/approvals", PERSON),
    rule("POST", "/dashboard/approvals", PERSON),
    rule("GET", "/dashboard/transactions", PERSON),
    rule("GET", "/dashboard/transactions/export", PERSON),
    rule("GET", "/dashboard/transactions/{id}", PERSON),
    rule("GET", "/dashboard/agents", PERSON),
    rule("POST", "/dashboard/agents", PERSON),
    rule("GET", "/dashboard/agents/{id}", PERSON),
    rule("POST", "/dashboard/agents/{id}", PERSON),
    rule("GET", "/dashboard/analytics", PERSON),
    rule("GET", "/dashboard/stop", PERSON),
    rule("POST", "/dashboard/stop", PERSON),
    // What bots read.
    rule("GET", "/skill.md", ANYONE),
    rule("GET", "/spending.md", ANYONE),
    rule("GET", "/heartbeat.md", ANYONE),
    rule("GET", "/skill.json", ANYONE),
    rule("GET", "/docs", ANYONE),
    // The server.
    rule("GET", "/healthz", ANYONE),
    rule("GET", "/readyz", ANYONE),
    rule("GET", "/metrics", ANYONE),
];
