//! Every SQL statement of the house in one list, so that a test can prepare each on the engines it is for.

use bursar_store::Engine;
use bursar_store::statements::Statement as Named;

/// One statement and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// The noun whose `sql.rs` has it, such as `spend::mails`.
    pub place: &'static str,
    /// Its name there.
    pub name: &'static str,
    /// Its text.
    pub sql: &'static str,
    /// The only engine it is for; both, when absent.
    pub engine: Option<Engine>,
}

/// The lists of every `sql.rs`, and the engine of those that are for one alone.
const LISTS: &[(&str, &[Named], Option<Engine>)] = &[
    ("store::events", bursar_store::events::STATEMENTS, None),
    ("store::installation", bursar_store::installation::STATEMENTS, None),
    ("store::jobs", bursar_store::jobs::STATEMENTS, None),
    ("store::nonces", bursar_store::nonces::STATEMENTS, None),
    ("store::rates", bursar_store::rates::STATEMENTS, None),
    ("identity::agents", bursar_identity::agents::sql::ALL, None),
    ("identity::invitations", bursar_identity::invitations::sql::ALL, None),
    ("identity::keys", bursar_identity::keys::sql::ALL, None),
    ("identity::languages", bursar_identity::languages::sql::ALL, None),
    ("identity::members", bursar_identity::members::sql::ALL, None),
    ("identity::oidc", bursar_identity::oidc::sql::ALL, None),
    ("identity::orgs", bursar_identity::orgs::sql::ALL, None),
    ("identity::pairings", bursar_identity::pairings::sql::ALL, None),
    ("identity::passkeys", bursar_identity::passkeys::sql::ALL, None),
    ("identity::people", bursar_identity::people::sql::ALL, None),
    ("identity::registrations", bursar_identity::registrations::sql::ALL, None),
    ("identity::sessions", bursar_identity::sessions::sql::ALL, None),
    ("identity::sign_ins", bursar_identity::sign_ins::sql::ALL, None),
    ("identity::stand_ins", bursar_identity::stand_ins::sql::ALL, None),
    ("money::audit", bursar_money::audit::STATEMENTS, None),
    ("money::authorizations", bursar_money::authorizations::sql::ALL, None),
    ("money::backtest", bursar_money::backtest::STATEMENTS, None),
    ("money::budgets", bursar_money::budgets::STATEMENTS, None),
    ("money::funnel::postgres", bursar_money::funnel::STATEMENTS_POSTGRES, Some(Engine::Postgres)),
    ("money::funnel::sqlite", bursar_money::funnel::STATEMENTS_SQLITE, Some(Engine::Sqlite)),
    ("money::ledger", bursar_money::ledger::STATEMENTS, None),
    ("money::ledger::moved", bursar_money::ledger::moved::STATEMENTS, None),
    ("money::ledger::totals", bursar_money::ledger::totals::STATEMENTS, None),
    ("money::policies", bursar_money::policies::STATEMENTS, None),
    ("money::receipts", bursar_money::receipts::sql::ALL, None),
    ("money::transactions", bursar_money::transactions::STATEMENTS, None),
    ("spend::cards", bursar_spend::cards::sql::ALL, None),
    ("money::votes", bursar_money::votes::sql::ALL, None),
    ("spend::auto_topups", bursar_spend::auto_topups::sql::ALL, None),
    ("spend::deliveries", bursar_spend::deliveries::sql::ALL, None),
    ("spend::endpoints", bursar_spend::endpoints::sql::ALL, None),
    ("spend::cases", bursar_spend::cases::sql::ALL, None),
    ("spend::reconcile", bursar_spend::reconcile::sql::ALL, None),
    ("spend::analytics", bursar_spend::analytics::sql::ALL, None),
    ("spend::exposure", bursar_spend::exposure::sql::ALL, None),
    ("spend::freezes", bursar_spend::freezes::sql::ALL, None),
    ("spend::chats", bursar_spend::chats::sql::ALL, None),
    ("spend::checkouts", bursar_spend::checkouts::sql::ALL, None),
    ("spend::mails", bursar_spend::mails::sql::ALL, None),
    ("spend::messages", bursar_spend::messages::sql::ALL, None),
    ("spend::notices", bursar_spend::notices::sql::ALL, None),
    ("spend::payment_methods", bursar_spend::payment_methods::sql::ALL, None),
    ("spend::payout_accounts", bursar_spend::payout_accounts::sql::ALL, None),
    ("spend::payees", bursar_spend::payees::sql::ALL, None),
    ("spend::wallet", bursar_spend::wallet::sql::ALL, None),
    ("spend::webhooks", bursar_spend::webhooks::sql::ALL, None),
];

/// Every statement of the house.
pub fn statements() -> Vec<Statement> {
    let mut all = Vec::new();
    for &(place, list, engine) in LISTS {
        for &(name, sql) in list {
            let by_name = match name {
                name if name.ends_with("_SQLITE") => Some(Engine::Sqlite),
                name if name.ends_with("_POSTGRES") => Some(Engine::Postgres),
                _ => None,
            };
            all.push(Statement { place, name, sql, engine: engine.or(by_name) });
        }
    }
    all
}
