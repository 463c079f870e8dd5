//! Sums for the metrics. Each looks at few rows: accounts grow with orgs, open payments with what is going on.

bursar_store::statements! {
    /// What every rail has been paid, less what came back.
    POSTED = "SELECT CASE WHEN id LIKE 'rail:sandbox:%' THEN 'sandbox' WHEN id LIKE 'rail:stripe:%' THEN 'stripe' \
        WHEN id LIKE 'rail:card:%' THEN 'card' WHEN id LIKE 'rail:x402:%' THEN 'x402' \
        WHEN id LIKE 'rail:tokens:%' THEN 'tokens' WHEN id LIKE 'rail:browser:%' THEN 'browser' ELSE 'compute' END AS rail, \
        currency, CAST(SUM(credits_posted - debits_posted) AS BIGINT) AS posted FROM accounts \
        WHERE id LIKE 'rail:%' GROUP BY 1, 2";
    /// What is held, and how much of it for payments of which nobody knows the outcome.
    OPEN = "SELECT rail, currency, COUNT(*) AS payments, CAST(SUM(held_micros) AS BIGINT) AS held, \
        CAST(SUM(CASE WHEN status = 'unknown' THEN held_micros ELSE 0 END) AS BIGINT) AS unknown FROM transactions \
        WHERE status IN ('pending', 'approved', 'executing', 'unknown') GROUP BY rail, currency";
}
