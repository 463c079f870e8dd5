//! Reconciliation's statements.

bursar_store::statements! {
    /// Whether a day's comparison has begun.
    DAY = "SELECT day FROM reconciliations WHERE day = $1";
    /// Begins a day's comparison; touches no row when somebody else has.
    BEGIN_DAY = "INSERT INTO reconciliations (day, begun_us) VALUES ($1, $2) ON CONFLICT (day) DO NOTHING";
    /// Since when there is something to compare.
    OLDEST_ORG = "SELECT MIN(created_us) AS created_us FROM orgs";
}
