//! Automatic top-ups: a wallet that falls below a floor is filled from a saved payment method, within a cap for the month.
//!
//! Invariants: nothing of it is on the path of a payment; a worker looks at the wallets that have a rule. A wallet has at
//! most one automatic top-up under way, which a unique index keeps too. Each is a checkout without a page, on record before
//! Stripe is asked, with all that a repeat needs; it is paid in only when Stripe, asked then and there, says `succeeded`,
//! under the payment's id. The cap counts what is under way or unknown as spent. A payment method that was refused is not
//! tried again by itself: the rule waits for an owner.

pub mod api;
pub mod charge;
pub mod service;
pub mod sql;

use bursar_base::{AgentId, Currency, Money, OrgId, PaymentMethodId, TimeUs};
use bursar_money::ledger::AccountId;
use bursar_store::{Columns as _, Row, StoreError};

/// On whose behalf wallets are filled by themselves.
pub const ACTOR: &str = "auto-topup";

/// By which rule a wallet is filled by itself. Amounts in micros of `currency`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutoTopup {
    /// The wallet.
    pub wallet: AccountId,
    /// Whose it is.
    pub org_id: OrgId,
    /// The agent whose own wallet it is; the org's when absent.
    pub agent_id: Option<AgentId>,
    /// It is filled when less than this can be spent from it.
    pub floor_micros: i64,
    /// How much is put in.
    pub amount_micros: i64,
    /// The most that is put in within a calendar month of the org's zone.
    pub monthly_cap_micros: i64,
    /// Of what.
    pub currency: Currency,
    /// What is charged.
    pub payment_method_id: PaymentMethodId,
    /// Why it waits for an owner; it works when absent.
    pub paused_reason: Option<String>,
    /// It has nothing left of its month until then.
    pub wait_until: TimeUs,
    /// When it was made.
    pub created: TimeUs,
    /// When it last changed.
    pub updated: TimeUs,
}

impl AutoTopup {
    /// How much is put in at once.
    pub fn amount(&self) -> Money {
        Money { micros: self.amount_micros, currency: self.currency }
    }

    /// Whether a wallet from which so much can be spent is filled at `now`, as far as the rule alone says.
    pub fn wants(&self, available_micros: i64, now: TimeUs) -> bool {
        self.paused_reason.is_none() && now >= self.wait_until && available_micros < self.floor_micros
    }

    /// Whether a top-up fits into what is left of a month in which so much was put in, or is under way.
    pub fn fits(&self, this_month_micros: i64) -> bool {
        let after = this_month_micros.checked_add(self.amount_micros);
        after.is_some_and(|after| after <= self.monthly_cap_micros)
    }

    /// Whether this may charge more than `before` did, or something else.
    pub fn raises(&self, before: Option<&AutoTopup>) -> bool {
        before.is_none_or(|before| {
            self.floor_micros > before.floor_micros
                || self.amount_micros > before.amount_micros
                || self.monthly_cap_micros > before.monthly_cap_micros
                || self.payment_method_id != before.payment_method_id
        })
    }
}

fn from_row(row: &Row) -> Result<AutoTopup, StoreError> {
    let currency = row.text("currency")?;
    Ok(AutoTopup {
        wallet: AccountId(row.text("wallet")?.into()),
        org_id: OrgId::from_store(&row.text("org_id")?),
        agent_id: row.opt_text("agent_id")?.map(|id| AgentId::from_store(&id)),
        floor_micros: row.int("floor_micros")?,
        amount_micros: row.int("amount_micros")?,
        monthly_cap_micros: row.int("monthly_cap_micros")?,
        currency: Currency::parse(&currency)
            .map_err(|_| StoreError::Damaged(format!("auto_topups.currency: {currency:?}")))?,
        payment_method_id: PaymentMethodId::from_store(&row.text("payment_method_id")?),
        paused_reason: row.opt_text("paused_reason")?,
        wait_until: row.time("wait_until_us")?,
        created: row.time("created_us")?,
        updated: row.time("updated_us")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> AutoTopup {
        AutoTopup {
            wallet: AccountId::wallet("org_1"),
            org_id: OrgId::from_store("org_1"),
            agent_id: None,
            floor_micros: 20,
            amount_micros: 50,
            monthly_cap_micros: 120,
            currency: Currency::USD,
            payment_method_id: PaymentMethodId::from_store("pmt_1"),
            paused_reason: None,
            wait_until: TimeUs(100),
            created: TimeUs(0),
            updated: TimeUs(0),
        }
    }

    #[test]
    fn a_rule_wants_below_its_floor_while_it_neither_waits_nor_is_paused() {
        assert!(rule().wants(19, TimeUs(100)) && rule().wants(-5, TimeUs(100)));
        assert!(!rule().wants(20, TimeUs(100)) && !rule().wants(0, TimeUs(99)));
        let paused = AutoTopup { paused_reason: Some("card_declined".into()), ..rule() };
        assert!(!paused.wants(0, TimeUs(100)));
    }

    #[test]
    fn a_month_takes_its_cap_and_no_more() {
        assert!(rule().fits(0) && rule().fits(70));
        assert!(!rule().fits(71) && !rule().fits(i64::MAX));
    }

    #[test]
    fn more_of_anything_or_another_card_is_a_raise_and_less_is_none() {
        assert!(rule().raises(None) && !rule().raises(Some(&rule())));
        let less = AutoTopup { floor_micros: 19, amount_micros: 49, monthly_cap_micros: 119, ..rule() };
        assert!(!less.raises(Some(&rule())));
        for more in [
            AutoTopup { floor_micros: 21, ..less.clone() },
            AutoTopup { amount_micros: 51, ..less.clone() },
            AutoTopup { monthly_cap_micros: 121, ..less.clone() },
            AutoTopup { payment_method_id: PaymentMethodId::from_store("pmt_2"), ..less.clone() },
        ] {
            assert!(more.raises(Some(&rule())), "{more:?}");
        }
    }
}
