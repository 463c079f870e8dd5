//! The authorisations' statements. Writing them is the funnel's alone.

bursar_store::statements! {
    /// One, of any org: the caller checks whose it is.
    FIND = "SELECT * FROM authorizations WHERE reference = $1";
}
