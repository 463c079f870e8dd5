//! The statements of automatic top-ups.

bursar_store::statements! {
    /// The rule of a wallet.
    FIND = "SELECT * FROM auto_topups WHERE wallet = $1";
    /// The rules that charge a payment method.
    OF_METHOD = "SELECT * FROM auto_topups WHERE payment_method_id = $1 ORDER BY wallet";
    /// A rule is made or changed, and begins anew.
    SET = "INSERT INTO auto_topups (wallet, org_id, agent_id, floor_micros, amount_micros, monthly_cap_micros, currency, \
        payment_method_id, paused_reason, wait_until_us, created_us, updated_us) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, 0, $9, $9) ON CONFLICT (wallet) DO UPDATE SET \
        floor_micros = excluded.floor_micros, amount_micros = excluded.amount_micros, \
        monthly_cap_micros = excluded.monthly_cap_micros, payment_method_id = excluded.payment_method_id, \
        paused_reason = NULL, wait_until_us = 0, updated_us = excluded.updated_us";
    /// Away.
    DELETE = "DELETE FROM auto_topups WHERE wallet = $1";
    /// It waits for an owner.
    PAUSE = "UPDATE auto_topups SET paused_reason = $2, updated_us = $3 WHERE wallet = $1 AND paused_reason IS NULL";
    /// It waits for the next month.
    WAIT = "UPDATE auto_topups SET wait_until_us = $2 WHERE wallet = $1";
    /// Whether all of an org is frozen.
    FROZEN_ORG = "SELECT id FROM orgs WHERE id = $1 AND frozen_us IS NOT NULL";
    /// Wallets that are below their floor and that nothing is on its way into.
    DUE = "SELECT r.wallet, r.org_id FROM auto_topups r JOIN orgs o ON o.id = r.org_id LEFT JOIN accounts a ON a.id = r.wallet \
        LEFT JOIN budgets b ON b.agent_id = r.agent_id WHERE o.frozen_us IS NULL AND r.paused_reason IS NULL AND r.wait_until_us <= $1 \
        AND COALESCE(a.credits_posted - a.debits_posted - a.debits_pending, 0) < r.floor_micros \
        AND COALESCE(b.state, 'active') = 'active' AND NOT EXISTS (SELECT 1 FROM checkouts c \
        WHERE c.auto_wallet = r.wallet AND c.status = 'processing') ORDER BY r.wallet LIMIT $2";
}
