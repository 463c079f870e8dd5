//! Walking along the chains and recomputing every hash.

use std::collections::BTreeMap;

use bursar_base::TimeUs;
use bursar_store::events::{Event, GENESIS};
use bursar_store::{Columns as _, Db, StoreError, Tx};

use super::report::{Broken, VerifyReport, Wrong};
use super::{Checkpoint, PAGE_ENTRIES, next_chain, sql};

/// What is verified, and against what.
#[derive(Debug, Clone, Copy, Default)]
pub struct Verify<'a> {
    /// Only this chain; all of them when unset.
    pub org: Option<&'a str>,
    /// Checkpoints that were kept elsewhere. Of other chains than `org`, they are left out.
    pub kept: &'a [Checkpoint],
    /// The public keys, in hex, that may have signed checkpoints; any, when empty.
    pub trusted: &'a [String],
}

/// Walks the chains, each in one snapshot, and names the first broken link of each that is broken. `progress` hears
/// how many entries were recomputed so far.
///
/// # Errors
/// [`StoreError`] when the database cannot be read. A broken chain is no error, but a finding.
pub async fn verify(
    db: &Db,
    what: &Verify<'_>,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<VerifyReport, StoreError> {
    let mut report = VerifyReport::default();
    let mut walk = Walk { what, progress, report: &mut report };
    if let Some(org) = what.org {
        walk.chain(db, org).await?;
        return Ok(report);
    }
    let mut last = String::new();
    while let Some(org) = walk.next(db, &last).await? {
        walk.chain(db, &org).await?;
        last = org;
    }
    Ok(report)
}

struct Walk<'a> {
    what: &'a Verify<'a>,
    progress: &'a mut (dyn FnMut(u64) + Send),
    report: &'a mut VerifyReport,
}

/// Checkpoints by the number of the entry they signed.
type Signed = BTreeMap<i64, Vec<Checkpoint>>;

/// The end of what was walked so far.
struct End {
    seq: i64,
    hash: String,
    at: TimeUs,
}

impl Walk<'_> {
    /// The next chain that the database or a kept checkpoint knows of.
    async fn next(&mut self, db: &Db, last: &str) -> Result<Option<String>, StoreError> {
        let mut tx = db.read().await?;
        let stored = next_chain(&mut tx, last).await?;
        let kept = self.what.kept.iter().map(|checkpoint| &checkpoint.org_id);
        let kept = kept.filter(|org| org.as_str() > last).min().cloned();
        Ok(stored.into_iter().chain(kept).min())
    }

    async fn chain(&mut self, db: &Db, org: &str) -> Result<(), StoreError> {
        let mut tx = db.snapshot().await?;
        self.report.chains += 1;
        let (signed, not_genuine) = self.checkpoints(&mut tx, org).await?;
        let walked = self.entries(&mut tx, org, &signed).await?;
        let broken = match walked {
            Err(broken) => Some(broken),
            Ok(end) => self.end(&mut tx, org, &end, &signed).await?,
        };
        // One finding a chain, and a broken link tells more than a false checkpoint.
        if let Some(broken) = broken.or(not_genuine) {
            self.report.add(broken);
        }
        Ok(())
    }

    /// The genuine checkpoints of a chain by entry, and the first that is not.
    async fn checkpoints(&mut self, tx: &mut Tx, org: &str) -> Result<(Signed, Option<Broken>), StoreError> {
        let rows = tx.rows(sql::CHECKPOINTS, &[org.into()]).await?;
        let stored = rows.iter().map(Checkpoint::from_row).collect::<Result<Vec<_>, _>>()?;
        let kept = self.what.kept.iter().filter(|checkpoint| checkpoint.org_id == org);
        let (mut genuine, mut first_false) = (Signed::new(), None);
        for checkpoint in stored.into_iter().chain(kept.cloned()) {
            self.report.checkpoints += 1;
            match self.not_genuine(&checkpoint) {
                None => genuine.entry(checkpoint.seq).or_default().push(checkpoint),
                Some(why) => {
                    first_false.get_or_insert(Broken {
                        org_id: org.to_owned(),
                        seq: checkpoint.seq,
                        wrong: Wrong::Signature { why },
                    });
                }
            }
        }
        Ok((genuine, first_false))
    }

    fn not_genuine(&self, checkpoint: &Checkpoint) -> Option<String> {
        if let Err(error) = checkpoint.verify() {
            return Some(error.to_string());
        }
        let trusted = self.what.trusted;
        let is_known = trusted.is_empty() || trusted.contains(&checkpoint.public_key);
        (!is_known).then(|| {
            format!("the key {} that signed it is not among the trusted ones", checkpoint.public_key)
        })
    }

    async fn entries(
        &mut self,
        tx: &mut Tx,
        org: &str,
        signed: &Signed,
    ) -> Result<Result<End, Broken>, StoreError> {
        let mut end = End { seq: 0, hash: GENESIS.to_owned(), at: TimeUs(i64::MIN) };
        // From below 1, so that an entry slipped in before the first is seen.
        let mut after = i64::MIN;
        loop {
            let rows = tx.rows(sql::PAGE, &[org.into(), after.into(), PAGE_ENTRIES.into()]).await?;
            if rows.is_empty() {
                return Ok(Ok(end));
            }
            for row in &rows {
                let event = Event::from_row(row)?;
                if let Some(broken) = link(&end, &event, signed) {
                    return Ok(Err(broken));
                }
                end = End { seq: event.seq, hash: event.hash, at: event.at };
                self.report.entries += 1;
            }
            after = end.seq;
            (self.progress)(self.report.entries);
        }
    }

    /// Whether the chain ends where its head and its checkpoints say.
    async fn end(
        &mut self,
        tx: &mut Tx,
        org: &str,
        end: &End,
        signed: &Signed,
    ) -> Result<Option<Broken>, StoreError> {
        let broken = |seq, wrong| {
            let org_id = org.to_owned();
            Some(Broken { org_id, seq, wrong })
        };
        let head = tx.row(sql::HEAD, &[org.into()]).await?;
        if let Some(head) = &head {
            let (seq, hash, last) = (head.int("seq")?, head.text("hash")?, head.time("last_us")?);
            let differs = |field| {
                let head = Some(seq);
                broken(end.seq, Wrong::Head { head, field })
            };
            if seq > end.seq {
                return Ok(broken(end.seq + 1, Wrong::Truncated { last: end.seq }));
            } else if seq < end.seq {
                return Ok(differs("number"));
            } else if hash != end.hash {
                return Ok(differs("hash"));
            } else if end.seq > 0 && last != end.at {
                return Ok(differs("time"));
            }
        }
        if let Some(gone) = signed.range(end.seq + 1..).next_back().and_then(|(_, all)| all.first()) {
            let wrong = Wrong::Checkpoint { signed: gone.hash.clone(), found: None };
            return Ok(broken(gone.seq, wrong));
        }
        if head.is_none() {
            let wrong = Wrong::Head { head: None, field: "head" };
            return Ok(broken(end.seq, wrong));
        }
        Ok(None)
    }
}

/// What is wrong with `event` after `end`.
fn link(end: &End, event: &Event, signed: &Signed) -> Option<Broken> {
    let broken = |seq, wrong| {
        let org_id = event.org_id.clone();
        Some(Broken { org_id, seq, wrong })
    };
    let expected = end.seq + 1;
    if event.seq < expected {
        return broken(event.seq, Wrong::Stray);
    }
    if event.seq > expected {
        return broken(expected, Wrong::Gap { found: event.seq });
    }
    let recomputed = event.hash_after(&end.hash);
    if recomputed != event.hash {
        let stored = event.hash.clone();
        return broken(event.seq, Wrong::Hash { stored, recomputed });
    }
    if event.at < end.at {
        let (at_us, before_us) = (event.at.0, end.at.0);
        return broken(event.seq, Wrong::Time { at_us, before_us });
    }
    let others = signed.get(&event.seq).into_iter().flatten();
    let other = others.into_iter().find(|checkpoint| checkpoint.hash != event.hash)?;
    let wrong = Wrong::Checkpoint { signed: other.hash.clone(), found: Some(event.hash.clone()) };
    broken(event.seq, wrong)
}
