//! The statements of payment methods, and of the customers that they belong to.

bursar_store::statements! {
    /// The customer of an org.
    CUSTOMER = "SELECT * FROM stripe_customers WHERE org_id = $1";
    /// The org of a customer.
    ORG_OF_CUSTOMER = "SELECT * FROM stripe_customers WHERE customer = $1";
    /// Stripe is asked for a customer. Another one only once it is known that there is none.
    ASK_CUSTOMER = "INSERT INTO stripe_customers (org_id, attempt, customer, asked_us, since_us) VALUES ($1, 1, NULL, $2, $2) \
        ON CONFLICT (org_id) DO NOTHING";
    /// The same again under another key.
    ASK_CUSTOMER_AGAIN = "UPDATE stripe_customers SET attempt = attempt + 1, customer = NULL, asked_us = $3 \
        WHERE org_id = $1 AND attempt = $2";
    /// Stripe has answered.
    SET_CUSTOMER = "UPDATE stripe_customers SET customer = $2 WHERE org_id = $1 AND customer IS NULL";
    /// A page is asked for.
    INSERT = "INSERT INTO payment_methods (id, org_id, actor, status, customer, session_expires_us, for_topups, created_us, \
        updated_us) VALUES ($1, $2, $3, 'open', $4, $5, 0, $6, $6)";
    /// One, of any org: the caller checks whose it is.
    FIND = "SELECT * FROM payment_methods WHERE id = $1";
    /// The one that Stripe knows by this id.
    BY_METHOD = "SELECT * FROM payment_methods WHERE method = $1";
    /// The one of an org's whose page is open.
    OPEN = "SELECT * FROM payment_methods WHERE org_id = $1 AND status = 'open'";
    /// What is shown of an org's: without what was removed, and pages on which nobody saved anything.
    LIST = "SELECT * FROM payment_methods WHERE org_id = $1 AND (status IN ('open', 'checking', 'active') \
        OR (status = 'ended' AND method IS NOT NULL)) ORDER BY id";
    /// Those of a customer that can be charged.
    OF_CUSTOMER = "SELECT * FROM payment_methods WHERE customer = $1 AND status IN ('open', 'checking', 'active') ORDER BY id";
    /// How many an org has saved.
    COUNT = "SELECT COUNT(*) AS methods FROM payment_methods WHERE org_id = $1 AND status = 'active'";
    /// What changes.
    SAVE = "UPDATE payment_methods SET status = $2, ended_reason = $3, session_id = $4, session_url = $5, method = $6, \
        kind = $7, brand = $8, last4 = $9, exp_month = $10, exp_year = $11, for_topups = $12, detached_us = $13, \
        updated_us = $14 WHERE id = $1";
}
