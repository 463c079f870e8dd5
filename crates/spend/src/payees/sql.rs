//! The payees' statements.

bursar_store::statements! {
    /// A new payee, or another category and account for a known one.
    UPSERT = "INSERT INTO payees (id, org_id, merchant, merchant_key, category, stripe_account, created_us) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (org_id, merchant_key) DO UPDATE SET \
        merchant = excluded.merchant, category = excluded.category, stripe_account = excluded.stripe_account \
        RETURNING id";
    /// An org's payees, oldest first.
    LIST = "SELECT id, merchant, merchant_key, category, stripe_account, created_us FROM payees WHERE org_id = $1 \
        ORDER BY id";
}
