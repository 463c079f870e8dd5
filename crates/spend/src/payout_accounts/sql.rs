//! The statements of connected accounts.

bursar_store::statements! {
    /// An org's.
    FIND = "SELECT * FROM payout_accounts WHERE org_id = $1";
    /// The one that Stripe knows by this id.
    BY_ACCOUNT = "SELECT * FROM payout_accounts WHERE account = $1";
    /// Stripe is asked for one. Another one only once it is known that there is none.
    ASK = "INSERT INTO payout_accounts (org_id, attempt, country, asked_us, since_us, details_submitted, charges_enabled, \
        payouts_enabled, due) VALUES ($1, 1, $2, $3, $3, 0, 0, 0, '[]') ON CONFLICT (org_id) DO NOTHING";
    /// The one that is asked for is to be somewhere else, as long as there is none.
    SET_COUNTRY = "UPDATE payout_accounts SET country = $2 WHERE org_id = $1 AND account IS NULL";
    /// The same again under another key.
    ASK_AGAIN = "UPDATE payout_accounts SET attempt = attempt + 1, asked_us = $3 WHERE org_id = $1 AND attempt = $2 \
        AND account IS NULL";
    /// Stripe has answered.
    SET_ACCOUNT = "UPDATE payout_accounts SET account = $2 WHERE org_id = $1 AND account IS NULL";
    /// What Stripe says of it.
    SET_STATE = "UPDATE payout_accounts SET details_submitted = $2, charges_enabled = $3, payouts_enabled = $4, \
        disabled_reason = $5, due = $6, checked_us = $7 WHERE org_id = $1";
}
