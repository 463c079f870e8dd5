//! Whether the books are right: everything that changes is recomputed from what is insert-only.

mod chain;
mod windows;

use std::collections::{BTreeMap, HashMap, HashSet};

use bursar_base::OrgId;
use bursar_money::budgets;
use bursar_money::holds::Budget;
use bursar_money::ledger::TransferKind;
use bursar_money::policies::RailName;
use bursar_money::transactions::{self, Filter, Page, Status, Transaction};
use bursar_store::events::Event;
use bursar_store::{Columns as _, Db, Tx};

/// A row of `movements`.
pub struct Moved {
    pub kind: TransferKind,
    pub transaction: Option<String>,
    pub debit: String,
    pub credit: String,
    pub micros: i64,
    pub at: i64,
}

/// All there is about one org.
pub struct Books {
    pub org: OrgId,
    pub transactions: Vec<Transaction>,
    pub budgets: Vec<Budget>,
    pub transfers: Vec<Moved>,
    pub events: Vec<Event>,
}

impl Books {
    pub async fn read(tx: &mut Tx, org: &OrgId) -> Books {
        let page = Page { after: None, limit: u32::MAX };
        let filter = Filter::default();
        let transactions = transactions::list(tx, org, &filter, &page).await.unwrap();
        let budgets = budgets::of_org(tx, org).await.unwrap();
        let sql = "SELECT * FROM movements WHERE org_id = $1 ORDER BY seq, part";
        let rows = tx.rows(sql, &[org.as_str().into()]).await.unwrap();
        let transfers = rows.iter().map(|row| Moved {
            kind: TransferKind::parse(&row.text("kind").unwrap()).unwrap(),
            transaction: row.opt_text("transaction_id").unwrap(),
            debit: row.text("debit_account").unwrap(),
            credit: row.text("credit_account").unwrap(),
            micros: row.int("amount_micros").unwrap(),
            at: row.int("at_us").unwrap(),
        });
        Books {
            org: org.clone(),
            transactions,
            budgets,
            transfers: transfers.collect(),
            events: chain::read(tx, org).await,
        }
    }
}

/// Panics with what is wrong with the books of any org.
pub async fn assert_right(db: &Db) {
    let mut tx = db.snapshot().await.unwrap();
    for row in tx.rows("SELECT id FROM orgs ORDER BY id", &[]).await.unwrap() {
        let org = OrgId::from_store(&row.text("id").unwrap());
        let books = Books::read(&mut tx, &org).await;
        chain::assert_unbroken(&mut tx, &books).await;
        chain::assert_only_known_arrows(&books);
        windows::assert_recomputed(&mut tx, &books).await;
        assert_holds_accounted_for(&books);
        assert_accounts(&mut tx, &books).await;
    }
}

/// Every transaction's sums are what its transfers say, and it holds something exactly while its status says so.
fn assert_holds_accounted_for(books: &Books) {
    let mut sums: HashMap<&str, HashMap<TransferKind, i64>> = HashMap::new();
    for moved in &books.transfers {
        let id = moved.transaction.as_deref().unwrap_or_default();
        *sums.entry(id).or_default().entry(moved.kind).or_default() += moved.micros;
    }
    let none = HashMap::new();
    for t in &books.transactions {
        let sums = sums.get(t.id.as_str()).unwrap_or(&none);
        let sum = |kind| sums.get(&kind).copied().unwrap_or(0);
        let at_till = t.rail == RailName::Card && t.status == Status::Executing;
        let held = match t.status.holds() {
            // Of an open card purchase parts may be captured or given up already.
            true if at_till => t.held_micros.clamp(0, t.amount_micros),
            true => t.amount_micros,
            false => 0,
        };
        assert_eq!(t.held_micros, held, "what {t:?} holds");
        let left = sum(TransferKind::Hold) - sum(TransferKind::Release);
        assert_eq!(left, held, "holds less releases of {t:?}");
        let posted = sum(TransferKind::Post) + sum(TransferKind::Capture);
        assert_eq!(t.posted_micros, posted, "what was posted of {t:?}");
        assert_eq!(t.refunded_micros, sum(TransferKind::Refund), "refunds of {t:?}");
    }
    for budget in &books.budgets {
        let mut numbers: Vec<i64> =
            books.transactions.iter().filter(|t| t.agent_id == budget.agent_id).map(|t| t.number).collect();
        numbers.sort_unstable();
        let expected: Vec<i64> = (1..=budget.decisions).collect();
        assert_eq!(numbers, expected, "decisions of {} are counted", budget.agent_id);
    }
}

/// Debits and credits, pending and posted.
type Sums = [i64; 4];

/// The transactions that the card network began by itself.
fn unasked(events: &[Event]) -> HashSet<&str> {
    let all = events.iter().filter(|event| event.action == "card.unasked");
    all.filter_map(|event| event.transaction_id.as_deref()).collect()
}

async fn assert_accounts(tx: &mut Tx, books: &Books) {
    let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
    // What may make a wallet negative: money that left, or is held, without having been authorised here.
    let mut forced: BTreeMap<&str, i64> = BTreeMap::new();
    let unasked = unasked(&books.events);
    for moved in &books.transfers {
        let (place, micros) = match moved.kind {
            TransferKind::Hold => (0, moved.micros),
            TransferKind::Release => (0, -moved.micros),
            _ => (1, moved.micros),
        };
        sums.entry(moved.debit.clone()).or_default()[place] += micros;
        sums.entry(moved.credit.clone()).or_default()[2 + place] += micros;
        let given_back = moved.kind == TransferKind::Refund && moved.debit.starts_with("wallet:");
        if given_back || matches!(moved.kind, TransferKind::Capture | TransferKind::Dispute) {
            *forced.entry(&moved.debit).or_default() += moved.micros;
        } else if moved.transaction.as_deref().is_some_and(|id| unasked.contains(id)) {
            let sign = if moved.kind == TransferKind::Release { -1 } else { 1 };
            *forced.entry(&moved.debit).or_default() += sign * moved.micros;
        }
    }
    let sql = "SELECT * FROM accounts WHERE org_id = $1";
    let rows = tx.rows(sql, &[books.org.as_str().into()]).await.unwrap();
    let stored: BTreeMap<String, Sums> = rows
        .iter()
        .map(|row| {
            let columns = ["debits_pending", "debits_posted", "credits_pending", "credits_posted"];
            (row.text("id").unwrap(), columns.map(|column| row.int(column).unwrap()))
        })
        .collect();
    let moved: BTreeMap<_, _> = stored.clone().into_iter().filter(|(_, s)| *s != [0; 4]).collect();
    sums.retain(|_, sums| *sums != [0; 4]);
    assert_eq!(moved, sums, "accounts are what their transfers add up to");
    let total = |place: usize| stored.values().map(|sums| i128::from(sums[place])).sum::<i128>();
    assert_eq!(total(0), total(2), "pending debits equal pending credits");
    assert_eq!(total(1), total(3), "posted debits equal posted credits");
    for (id, [debits_pending, debits_posted, credits_pending, credits_posted]) in &stored {
        let held = |side: fn(&Transaction) -> &str| -> i64 {
            let ours = books.transactions.iter().filter(|t| side(t) == id);
            ours.map(|t| t.held_micros).sum()
        };
        assert_eq!(*debits_pending, held(|t| t.debit.as_str()), "holds on {id}");
        assert_eq!(*credits_pending, held(|t| t.credit.as_str()), "holds for {id}");
        if id.starts_with("wallet:") {
            let left = credits_posted - debits_posted - debits_pending;
            let forced = forced.get(id.as_str()).copied().unwrap_or(0);
            assert!(left + forced >= 0, "{id} was overspent by approvals: {left} left");
        }
    }
}
