//! Payees: what a merchant resolves to.

pub mod service;
pub mod sql;

use bursar_base::{PayeeId, TimeUs};
use serde::Serialize;

/// A payee to be recorded.
#[derive(Debug, Clone)]
pub struct NewPayee {
    /// A host, which covers its subdomains, or a name.
    pub merchant: String,
    /// What it sells; rules about categories go by it.
    pub category: Option<String>,
    /// Its connected Stripe account (`acct_…`); without one the operator's own account is paid.
    pub stripe_account: Option<String>,
}

/// A payee as recorded.
#[derive(Debug, Clone, Serialize)]
pub struct Payee {
    /// Its id.
    pub payee_id: PayeeId,
    /// As written.
    pub merchant: String,
    /// As compared.
    pub merchant_key: String,
    /// What it sells.
    pub category: Option<String>,
    /// Its connected Stripe account.
    pub stripe_account: Option<String>,
    /// When it was recorded.
    pub created_at: TimeUs,
}
