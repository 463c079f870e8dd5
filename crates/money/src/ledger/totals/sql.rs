//! Sums for the metrics. Each looks at few rows: accounts grow with orgs, open payments with what is going on.

bursar_store::statements! {
    /// What every rail has been paid, less what came back, and what is held for it.
    BY_RAIL = "SELECT CASE WHEN id LIKE 'rail:sandbox:%' THEN 'sandbox' WHEN id LIKE 'rail:stripe:%' THEN 'stripe' \
        WHEN id LIKE 'rail:card:%' THEN 'card' WHEN id LIKE 'rail:x402:%' THEN 'x402' \
        WHEN id LIKE 'rail:tokens:%' THEN 'tokens' WHEN id LIKE 'rail:browser:%' THEN 'browser' ELSE 'compute' END AS rail, \
        currency, CAST(SUM(credits_posted - debits_posted) AS BIGINT) AS posted, \
        CAST(SUM(credits_pending) AS BIGINT) AS held FROM accounts WHERE id LIKE 'rail:%' GROUP BY 1, 2";
    /// Payments whose outcome is open, and how much of it is of those that nobody knows the outcome of.
    UNSETTLED = "SELECT rail, currency, COUNT(*) AS payments, \
        CAST(SUM(CASE WHEN status = 'unknown' THEN held_micros ELSE 0 END) AS BIGINT) AS unknown FROM transactions \
        WHERE status IN ('executing', 'unknown') GROUP BY rail, currency";
}
