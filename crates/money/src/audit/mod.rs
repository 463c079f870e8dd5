//! The audit trail: proving that every chain is whole, exporting it, and signing its head.
//!
//! Entry `n` hashes entry `n - 1`, so a change anywhere shows at the first link after it. Whoever can rewrite the whole
//! database can rewrite a whole chain, though: that shows only against a checkpoint that is kept elsewhere. Nothing
//! here writes but [`checkpoint`], and that writes no audit entry: a signature says something about a chain, it is not
//! part of it. `docs/audit.md` tells how to verify all this without Bursar.

mod about;
mod checkpoint;
mod export;
mod report;
mod sql;
mod verify;

pub use about::about;
pub use checkpoint::{
    Checkpoint, CheckpointError, CheckpointKey, checkpoint, checkpoint_all, read_checkpoints,
    verify_checkpoint,
};
pub use export::{ExportError, Exported, export};
pub use report::{Broken, LISTED_MAX, VerifyReport, Wrong};
pub use sql::ALL as STATEMENTS;
pub use verify::{Verify, verify};

use bursar_store::{Columns as _, StoreError, Tx};

/// Entries read at once: a few hundred kilobytes.
const PAGE_ENTRIES: i64 = 1_000;

/// The chain after `previous`, in the order of names; begin with an empty text. Also names orgs without any entry.
async fn next_chain(tx: &mut Tx, previous: &str) -> Result<Option<String>, StoreError> {
    tx.row(sql::NEXT_CHAIN, &[previous.into()]).await?.map_or(Ok(None), |row| row.opt_text("org_id"))
}
