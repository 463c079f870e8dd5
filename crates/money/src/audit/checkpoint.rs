//! Signed heads of chains, to be kept where nobody who can change the database can change them.

use std::fmt;

use bursar_base::{Clock, TimeUs};
use bursar_store::events::{Event, GENESIS};
use bursar_store::{Columns, Db, MasterKey, StoreError, Tx};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::{next_chain, sql};

/// What the signing key is derived from the master key for.
const PURPOSE: &str = "bursar audit checkpoints v1";
/// The first field of what is signed, so that the signature means nothing anywhere else.
const DOMAIN: &str = "bursar audit checkpoint v1";

/// The installation's key for checkpoints, derived from its master key.
pub struct CheckpointKey(SigningKey);

impl CheckpointKey {
    /// The key that belongs to a master key; always the same.
    pub fn derive(master: &MasterKey) -> CheckpointKey {
        CheckpointKey(SigningKey::from_bytes(&master.derive(PURPOSE)))
    }

    /// The public half, in hex: what others verify with.
    pub fn public_key(&self) -> String {
        hex::encode(self.0.verifying_key().to_bytes())
    }

    fn sign(&self, org_id: &str, seq: i64, hash: &str, at: TimeUs) -> Checkpoint {
        let mut checkpoint = Checkpoint {
            org_id: org_id.to_owned(),
            seq,
            hash: hash.to_owned(),
            at_us: at.0,
            public_key: self.public_key(),
            signature: String::new(),
        };
        let signature = self.0.sign(&checkpoint.signed_bytes());
        checkpoint.signature = hex::encode(signature.to_bytes());
        checkpoint
    }
}

/// Never shows the private half.
impl fmt::Debug for CheckpointKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckpointKey({})", self.public_key())
    }
}

/// A signed statement: at this time the chain's entry `seq` was its last, and had this hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The chain.
    pub org_id: String,
    /// The number of its last entry.
    pub seq: i64,
    /// The hash of that entry, in hex.
    pub hash: String,
    /// When it was signed, in microseconds since the epoch.
    pub at_us: i64,
    /// The Ed25519 key it is signed with, in hex.
    pub public_key: String,
    /// In hex.
    pub signature: String,
}

/// Why a checkpoint is not genuine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not JSON, or not of the fields of a checkpoint.
    #[error("line {line} is no checkpoint: {why}")]
    Form {
        /// Counted from 1.
        line: usize,
        /// What the parser says.
        why: String,
    },
    /// The key or the signature is not hex of the right length.
    #[error("`{0}` is not hex of the right length")]
    Hex(&'static str),
    /// The key did not sign this.
    #[error("its signature is wrong: one of its fields was changed, or another key signed it")]
    Signature,
}

impl Checkpoint {
    /// What is signed: the JSON array `["bursar audit checkpoint v1", org_id, seq, hash, at_us]` without white space.
    fn signed_bytes(&self) -> Vec<u8> {
        let fields = (DOMAIN, &self.org_id, self.seq, &self.hash, self.at_us);
        serde_json::to_vec(&fields).unwrap_or_default()
    }

    /// Whether its signature is good. That says nothing about whose key it is: compare
    /// [`Checkpoint::public_key`] with one you trust.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn verify(&self) -> Result<(), CheckpointError> {
        let (mut key, mut signature) = ([0; 32], [0; 64]);
        hex::decode_to_slice(&self.public_key, &mut key).map_err(|_| CheckpointError::Hex("public_key"))?;
        hex::decode_to_slice(&self.signature, &mut signature)
            .map_err(|_| CheckpointError::Hex("signature"))?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| CheckpointError::Hex("public_key"))?;
        key.verify_strict(&self.signed_bytes(), &Signature::from_bytes(&signature))
            .map_err(|_| CheckpointError::Signature)
    }

    pub(super) fn from_row(row: &impl Columns) -> Result<Checkpoint, StoreError> {
        Ok(Checkpoint {
            org_id: row.text("org_id")?,
            seq: row.int("seq")?,
            hash: row.text("hash")?,
            at_us: row.int("at_us")?,
            public_key: row.text("public_key")?,
            signature: row.text("signature")?,
        })
    }
}

/// Reads one checkpoint as it was kept, and verifies its signature.
///
/// # Errors
/// [`CheckpointError`].
pub fn verify_checkpoint(json: &str) -> Result<Checkpoint, CheckpointError> {
    let checkpoint = parse(1, json)?;
    checkpoint.verify()?;
    Ok(checkpoint)
}

/// Reads a file of checkpoints, one a line, without verifying them: [`super::verify()`] does that against the chains.
///
/// # Errors
/// [`CheckpointError::Form`].
pub fn read_checkpoints(text: &str) -> Result<Vec<Checkpoint>, CheckpointError> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(number, line)| parse(number, line)).collect()
}

fn parse(line: usize, json: &str) -> Result<Checkpoint, CheckpointError> {
    serde_json::from_str(json).map_err(|error| CheckpointError::Form { line, why: error.to_string() })
}

/// Signs the head of a chain and stores the checkpoint; nothing for an empty chain. A head that this key has signed
/// already keeps its checkpoint. One that another key has signed gets a new one, which is returned but not stored.
///
/// # Errors
/// [`StoreError::Damaged`] when the head is not what its last entry hashes to: what is broken is not signed.
pub async fn checkpoint(
    db: &Db,
    org: &str,
    key: &CheckpointKey,
    clock: &dyn Clock,
) -> Result<Option<Checkpoint>, StoreError> {
    let mut tx = db.write().await?;
    let Some(head) = tx.row(sql::HEAD, &[org.into()]).await? else {
        return Ok(None);
    };
    let (seq, hash) = (head.int("seq")?, head.text("hash")?);
    if seq == 0 {
        return Ok(None);
    }
    check_end(&mut tx, org, seq, &hash).await?;
    let stored = tx.row(sql::CHECKPOINT, &[org.into(), seq.into()]).await?;
    let stored = stored.map(|row| Checkpoint::from_row(&row)).transpose()?;
    let is_ours = |checkpoint: &Checkpoint| {
        checkpoint.hash == hash && checkpoint.public_key == key.public_key() && checkpoint.verify().is_ok()
    };
    if let Some(ours) = stored.clone().filter(is_ours) {
        return Ok(Some(ours));
    }
    let at = tx.now(clock).await?;
    let checkpoint = key.sign(org, seq, &hash, at);
    if stored.is_none() {
        let args = [
            org.into(),
            seq.into(),
            (&checkpoint.hash).into(),
            checkpoint.at_us.into(),
            (&checkpoint.public_key).into(),
            (&checkpoint.signature).into(),
        ];
        tx.execute(sql::INSERT_CHECKPOINT, &args).await?;
        tx.commit().await?;
    }
    Ok(Some(checkpoint))
}

/// Signs the heads of all chains, in the order of their names.
///
/// # Errors
/// See [`checkpoint`].
pub async fn checkpoint_all(
    db: &Db,
    key: &CheckpointKey,
    clock: &dyn Clock,
) -> Result<Vec<Checkpoint>, StoreError> {
    let (mut all, mut last) = (Vec::new(), String::new());
    loop {
        let next = {
            let mut tx = db.read().await?;
            next_chain(&mut tx, &last).await?
        };
        let Some(org) = next else { return Ok(all) };
        all.extend(checkpoint(db, &org, key, clock).await?);
        last = org;
    }
}

/// Whether the head is its last entry, and that entry follows the one before it.
async fn check_end(tx: &mut Tx, org: &str, seq: i64, hash: &str) -> Result<(), StoreError> {
    let rows = tx.rows(sql::PAGE, &[org.into(), (seq - 2).into(), 3_i64.into()]).await?;
    let entries = rows.iter().map(Event::from_row).collect::<Result<Vec<_>, _>>()?;
    let follows = match entries.as_slice() {
        [only] => seq == 1 && only.seq == 1 && only.hash_after(GENESIS) == hash && only.hash == hash,
        [before, last] => {
            before.seq == seq - 1
                && last.seq == seq
                && last.hash_after(&before.hash) == hash
                && last.hash == hash
        }
        _ => false,
    };
    if follows {
        Ok(())
    } else {
        Err(StoreError::Damaged(format!(
            "the chain {org} does not end as its head says; `bursar audit verify` names the broken link, and nothing \
             was signed"
        )))
    }
}
