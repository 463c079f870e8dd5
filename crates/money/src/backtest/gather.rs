//! Turning a stretch of the trail into the entries of a record.

use std::collections::{BTreeMap, HashMap};

use bursar_base::{AgentId, Money, OrgId, TimeUs, TransactionId};
use bursar_store::{Columns as _, Row, StoreError, Tx};
use serde::Deserialize;

use super::history::{Answers, Asked, Entry, Origin, What};
use super::read::{Org, Progress, zone_named};
use super::sql;
use crate::ledger::moved::{Movement, movements};
use crate::ledger::{AccountId, TransferKind};
use crate::policies::{AtTill, Policy, Verdict};
use crate::transactions::{self, Status, Transaction};

/// Entries read at once: a few hundred kilobytes.
const STRETCH_ENTRIES: i64 = 2_000;

/// Which stretch of which chain.
pub struct Place<'a> {
    pub org_id: &'a OrgId,
    pub agent: &'a AgentId,
    /// What the agent draws on.
    pub wallet: &'a AccountId,
    /// Behind this entry ...
    pub after: i64,
    /// ... up to this one.
    pub to: i64,
}

/// What was found.
#[derive(Default)]
pub struct Gathered {
    pub entries: Vec<Entry>,
    pub answers: HashMap<TransactionId, Answers>,
    /// Whether a transaction of before was held or paid before its first entry here.
    pub counted: HashMap<TransactionId, bool>,
    /// The number of the first request.
    pub first_number: i64,
    /// How the agent stood before it was frozen or unfrozen here for the first time.
    pub agent_was_frozen: Option<bool>,
    /// The same of the whole org.
    pub org_was_frozen: Option<bool>,
    /// Whether the agent was unfrozen here.
    pub unfrozen: bool,
    /// Whether the org's time zone was set here.
    pub zone_set: bool,
}

/// What an entry says of its transaction.
#[derive(Debug, Default, Deserialize)]
struct Detail {
    status: Option<Status>,
    reason: Option<String>,
    note: Option<String>,
    time_zone: Option<String>,
}

impl Detail {
    fn of(text: &str) -> Detail {
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// The time zone that an entry names.
pub fn zone_in(detail: &str) -> Option<String> {
    Detail::of(detail).time_zone
}

/// Reads the entries of a stretch. `asked` are the agent's transactions that began in it, oldest first.
pub async fn gather(
    tx: &mut Tx,
    place: &Place<'_>,
    org: &Org,
    policies: &BTreeMap<i64, Option<Policy>>,
    asked: Vec<Transaction>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Gathered, StoreError> {
    let requests = asked.len();
    let mut state = Gathering {
        org,
        policies,
        windows: asked.iter().map(|t| (t.id.clone(), windows_of(t))).collect(),
        took_up: HashMap::new(),
        found: Gathered { first_number: asked.first().map_or(0, |t| t.number), ..Gathered::default() },
        begun: asked.into_iter().map(|t| (t.seq, t)).collect(),
    };
    state.begins_with(tx, place).await?;
    let mut after = place.after;
    while after < place.to {
        let to = (after + STRETCH_ENTRIES).min(place.to);
        let (org, agent) = (place.org_id.as_str(), place.agent.as_str());
        let rows = tx.rows(sql::ENTRIES, &[org.into(), after.into(), to.into(), agent.into()]).await?;
        let mut stretch: BTreeMap<i64, Entry> = BTreeMap::new();
        for row in &rows {
            if let Some(id) = row.opt_text("transaction_id")? {
                state.know(tx, TransactionId::from_store(&id)).await?;
            }
            stretch.insert(row.int("seq")?, state.entry(row)?);
        }
        for movement in movements(tx, place.org_id, after, to).await? {
            count(&mut stretch, &movement, place.wallet);
        }
        state.take(stretch);
        after = to;
        progress(Progress { requests, entries: to - place.after, of_entries: place.to - place.after });
    }
    Ok(state.found)
}

struct Gathering<'a> {
    org: &'a Org,
    policies: &'a BTreeMap<i64, Option<Policy>>,
    /// Transactions by the entry that they began with.
    begun: HashMap<i64, Transaction>,
    /// Where each transaction counts.
    windows: HashMap<TransactionId, [TimeUs; 3]>,
    /// Purchases, and the reservation that each took up.
    took_up: HashMap<String, TransactionId>,
    found: Gathered,
}

impl Gathering<'_> {
    /// Where the first request took up a reservation, the entry that says so stands right before its own.
    async fn begins_with(&mut self, tx: &mut Tx, place: &Place<'_>) -> Result<(), StoreError> {
        let row = tx.row(sql::TAKEN_UP, &[place.org_id.as_str().into(), place.after.into()]).await?;
        let Some(row) = row else { return Ok(()) };
        let detail = Detail::of(&row.text("detail")?);
        if let (Some(purchase), Some(id)) = (detail.note, row.opt_text("transaction_id")?) {
            self.took_up.insert(purchase, TransactionId::from_store(&id));
        }
        Ok(())
    }

    /// Finds out where a transaction counts that began before.
    async fn know(&mut self, tx: &mut Tx, id: TransactionId) -> Result<(), StoreError> {
        if !self.windows.contains_key(&id)
            && let Some(t) = transactions::find(tx, &id).await?
        {
            self.windows.insert(id, windows_of(&t));
        }
        Ok(())
    }

    fn entry(&mut self, row: &Row) -> Result<Entry, StoreError> {
        let (seq, action) = (row.int("seq")?, row.text("action")?);
        let detail = Detail::of(&row.text("detail")?);
        let id = row.opt_text("transaction_id")?.map(|id| TransactionId::from_store(&id));
        let at = row.time("at_us")?;
        let what = match (self.begun.remove(&seq), &id) {
            (Some(t), _) => self.asked(t, &action, row.opt_int("amount_micros")?, detail.reason),
            (None, Some(id)) => self.went(id, &action, detail),
            (None, None) => self.happened(&action, &row.text("actor")?, detail)?,
        };
        let windows = id.as_ref().and_then(|id| self.windows.get(id)).copied();
        // Without windows there is nothing that it could move: a transaction that is not there any more.
        let transaction = id.filter(|_| windows.is_some());
        let windows = windows.unwrap_or([at; 3]);
        Ok(Entry { at, transaction, windows, remembered: 0, forced: 0, wallet: 0, what })
    }

    fn happened(&mut self, action: &str, actor: &str, detail: Detail) -> Result<What, StoreError> {
        let found = &mut self.found;
        Ok(match action {
            "agent.frozen" => {
                found.agent_was_frozen.get_or_insert(false);
                // Whether the breaker freezes it is decided again.
                if actor == "breaker" { What::Other } else { What::AgentFrozen(true) }
            }
            "agent.unfrozen" => {
                found.agent_was_frozen.get_or_insert(true);
                found.unfrozen = true;
                What::AgentFrozen(false)
            }
            "org.frozen" | "org.unfrozen" => {
                let frozen = action == "org.frozen";
                found.org_was_frozen.get_or_insert(!frozen);
                What::OrgFrozen(frozen)
            }
            "org.time_zone_set" => {
                found.zone_set = true;
                match detail.time_zone {
                    Some(name) => What::Zone(zone_named(&name)?),
                    None => What::Other,
                }
            }
            _ => What::Other,
        })
    }

    fn went(&mut self, id: &TransactionId, action: &str, detail: Detail) -> What {
        match action {
            "approval.voted" => self.answers(id).yes += 1,
            "approval.approved" => {
                let answers = self.answers(id);
                (answers.yes, answers.enough) = (answers.yes + 1, true);
            }
            "approval.declined" => self.answers(id).no = true,
            "intent.taken_up" => {
                if let Some(purchase) = detail.note {
                    self.took_up.insert(purchase, id.clone());
                }
            }
            _ => {}
        }
        let Some(to) = detail.status else { return What::Other };
        let counted = held_until(action) || to.holds() || to.is_paid();
        self.found.counted.entry(id.clone()).or_insert(counted);
        What::Went { to }
    }

    fn answers(&mut self, id: &TransactionId) -> &mut Answers {
        self.found.answers.entry(id.clone()).or_default()
    }

    /// A transaction as it began.
    fn asked(&mut self, t: Transaction, action: &str, micros: Option<i64>, reason: Option<String>) -> What {
        let verdict = match action {
            "approval.asked" => Verdict::Ask,
            "payment.declined" => Verdict::Decline,
            _ => Verdict::Approve,
        };
        let told = matches!(action, "card.unasked" | "payment.captured" | "payment.refunded");
        let origin = match self.took_up.remove(t.id.as_str()) {
            Some(reservation) => Origin::TookUp(reservation),
            None if told => Origin::Told,
            None => Origin::Decided,
        };
        What::Asked(Box::new(Asked {
            number: t.number,
            at: t.created,
            // More of a card purchase may have been asked for later.
            amount: Money { micros: micros.unwrap_or(t.amount_micros), currency: t.currency },
            rail_available: self.had_rail(&t),
            card: card_at_till(&t),
            payee_known: t.payee_id.is_some(),
            id: t.id,
            merchant: t.merchant,
            merchant_key: t.merchant_key,
            purpose: t.purpose,
            rail: t.rail,
            category: t.category,
            policy_version: t.policy_version,
            verdict,
            reason,
            checks: t.checks,
            origin,
        }))
    }

    /// Whether the org had the rail: as the decision shows it; where that ended before the rule, whether it has it now.
    fn had_rail(&self, t: &Transaction) -> bool {
        let now = t.rail.is_there(self.org.mode, self.org.has_stripe);
        let before = ["policy", "org", "agent", "breaker", "card", "hours"];
        match t.checks.iter().find(|check| check.rule == "rails") {
            Some(check) if check.verdict == Verdict::Approve => true,
            Some(_) => {
                let policy = self.policies.get(&t.policy_version).and_then(Option::as_ref);
                let listed = policy.and_then(|policy| policy.rails.as_ref());
                let allowed = listed.is_none_or(|rails| rails.contains(&t.rail));
                !allowed && now
            }
            None => {
                let ended = t.checks.last().filter(|check| check.verdict == Verdict::Decline);
                ended.is_none_or(|check| !before.contains(&&*check.rule)) || now
            }
        }
    }

    /// Appends a stretch; what only other agents moved in the wallet is one entry.
    fn take(&mut self, stretch: BTreeMap<i64, Entry>) {
        for entry in stretch.into_values() {
            let is_other = |entry: &Entry| matches!(entry.what, What::Other) && entry.transaction.is_none();
            match self.found.entries.last_mut().filter(|last| is_other(last) && is_other(&entry)) {
                Some(last) => last.wallet = last.wallet.saturating_add(entry.wallet),
                None => self.found.entries.push(entry),
            }
        }
    }
}

/// Whether what an entry is about was held before it, whatever it is after.
fn held_until(action: &str) -> bool {
    matches!(
        action,
        "approval.declined"
            | "approval.timed_out"
            | "payment.cancelled"
            | "payment.declined"
            | "payment.failed"
            | "intent.taken_up"
    )
}

/// How the card stood that was used, as the decision shows it: where that ended before the rule, as usable.
fn card_at_till(t: &Transaction) -> Option<AtTill> {
    t.card_id.as_ref()?;
    let refused = t.checks.last().filter(|check| check.verdict == Verdict::Decline);
    Some(match refused.map(|check| &*check.rule) {
        Some("card") => AtTill::Stopped,
        Some("card.merchant") => AtTill::Elsewhere,
        _ => AtTill::Usable,
    })
}

fn windows_of(t: &Transaction) -> [TimeUs; 3] {
    [t.day_start, t.week_start, t.month_start]
}

/// Counts a movement in the entry it belongs to.
fn count(stretch: &mut BTreeMap<i64, Entry>, movement: &Movement, wallet: &AccountId) {
    let in_wallet = movement.in_wallet(wallet);
    let micros = movement.micros;
    if let Some(entry) = stretch.get_mut(&movement.seq) {
        entry.wallet = entry.wallet.saturating_add(in_wallet);
        if entry.transaction.is_some() {
            match movement.kind {
                TransferKind::Hold | TransferKind::Post => entry.remembered += micros,
                TransferKind::Release => entry.remembered -= micros,
                TransferKind::Capture => entry.forced += micros,
                // They make no room in a window.
                TransferKind::Deposit | TransferKind::Refund | TransferKind::Dispute => {}
            }
        }
    } else if in_wallet != 0 {
        let windows = [movement.at; 3];
        let what = What::Other;
        let other = Entry {
            at: movement.at,
            transaction: None,
            windows,
            remembered: 0,
            forced: 0,
            wallet: in_wallet,
            what,
        };
        stretch.insert(movement.seq, other);
    }
}
