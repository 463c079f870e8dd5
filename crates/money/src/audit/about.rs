//! What the trail says about one payment.

use bursar_base::{OrgId, TransactionId};
use bursar_store::events::Event;
use bursar_store::{StoreError, Tx};

use super::sql;

/// The most entries that are read about one payment. A card purchase has two for each of its hundred authorisations.
const ABOUT_MAX: i64 = 1_000;

/// The entries about a payment, oldest first: at most a thousand. `first` is the entry that it began with.
///
/// # Errors
/// [`StoreError`].
pub async fn about(
    tx: &mut Tx,
    org: &OrgId,
    transaction: &TransactionId,
    first: i64,
) -> Result<Vec<Event>, StoreError> {
    let arguments = [org.as_str().into(), first.into(), transaction.as_str().into(), ABOUT_MAX.into()];
    tx.rows(sql::ABOUT, &arguments).await?.iter().map(Event::from_row).collect()
}
