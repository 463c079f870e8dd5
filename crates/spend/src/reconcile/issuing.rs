//! Stripe Issuing against the ledger: every capture and refund of a card, line by line and both ways, and what each
//! authorisation holds.
//!
//! What Stripe knows and the ledger does not is read as the webhook would have it read that was lost; then everything is
//! listed and compared once more, and what differs still is reported. A line that is booked already is not booked again
//! with another sum: at Stripe such lines do not change, so that is for humans.

use std::collections::{BTreeMap, BTreeSet};

use bursar_base::{Money, OrgId, TimeUs, limits, money};
use bursar_identity::orgs::Org;
use bursar_money::authorizations::{self, Authorization};
use bursar_money::policies::RailName;
use bursar_money::transactions::{self, Filter, Page, Status, Transaction, list};
use bursar_store::{StoreError, Tx};

use super::{Booked, Difference, PAGE, Report, Scope, changes};
use crate::Spend;
use crate::authorizations::read_now;
use crate::cards::service::{any_at_stripe, by_stripe_id, find as find_card};
use crate::cases::Kind;
use crate::rails::stripe::authorizations::{CardAuthorization, CardTransaction};
use crate::rails::stripe::{StripeError, StripeRail, from_minor_units};

/// Why no comparison was made.
#[derive(Debug, thiserror::Error)]
enum NotCompared {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Stripe(#[from] StripeError),
}

/// What Stripe has since some time.
struct Listed {
    authorizations: Vec<CardAuthorization>,
    moved: Vec<CardTransaction>,
    /// When it was asked: rows that changed since are newer than what it said.
    at: TimeUs,
}

/// What one look found.
#[derive(Default)]
struct Look {
    differences: Vec<Difference>,
    /// What a reading may put right, with whose it is.
    unread: BTreeMap<String, OrgId>,
    compared: u64,
}

/// What is ours of one reference.
struct Ours {
    org_id: OrgId,
    known: Option<(Authorization, Transaction)>,
    /// A difference of it, to be filled in.
    about: Difference,
}

/// Compares what cards did since `since`; `from` is a little earlier, because the clocks may differ.
///
/// # Errors
/// [`StoreError`]; what Stripe does not answer is a problem in the report.
pub(super) async fn compare(
    spend: &Spend,
    scope: &Scope,
    stripe: &StripeRail,
    orgs: &[Org],
    (from, since): (TimeUs, TimeUs),
    report: &mut Report,
) -> Result<(), StoreError> {
    // Accounts without Issuing refuse the question.
    if !any_at_stripe(&mut spend.identity.db.read().await?).await? {
        return Ok(());
    }
    let once = Compared { spend, scope, stripe, orgs, from, since };
    match once.healed(report).await {
        Ok(look) => {
            report.compared += look.compared;
            report.differences.extend(look.differences);
        }
        Err(NotCompared::Store(error)) => return Err(error),
        Err(NotCompared::Stripe(error)) => {
            report.problems.push(format!("what Stripe's cards did could not be read: {error}"));
        }
    }
    Ok(())
}

struct Compared<'a> {
    spend: &'a Spend,
    scope: &'a Scope,
    stripe: &'a StripeRail,
    orgs: &'a [Org],
    from: TimeUs,
    since: TimeUs,
}

impl Compared<'_> {
    /// Looks, reads what a reading may put right, and looks again.
    async fn healed(&self, report: &mut Report) -> Result<Look, NotCompared> {
        let first = self.look().await?;
        if first.unread.is_empty() {
            return Ok(first);
        }
        for (reference, org_id) in &first.unread {
            let before = self.booked(reference).await?;
            if let Err(why) = read_now(self.spend, org_id, reference).await? {
                report.problems.push(format!("{reference} could not be read at Stripe: {why}"));
            }
            if let Some(now) = self.booked(reference).await? {
                let before = before.filter(|before| before.id == now.id);
                report.booked.extend(held_now(before.as_ref(), &now));
                report.booked.extend(changes(before.as_ref(), &now));
            }
        }
        self.look().await
    }

    /// The transaction where the money of a reference is booked.
    async fn booked(&self, reference: &str) -> Result<Option<Transaction>, StoreError> {
        let mut tx = self.spend.identity.db.read().await?;
        let Some(known) = authorizations::find(&mut tx, reference).await? else { return Ok(None) };
        let t = transactions::find(&mut tx, &known.transaction_id).await?;
        Ok(t.filter(|t| t.rail_reference.as_deref() == Some(reference)))
    }

    async fn look(&self) -> Result<Look, NotCompared> {
        let at = self.spend.now();
        let authorizations = self.stripe.card_authorizations_since(self.from).await?;
        let moved = self.stripe.card_transactions_since(self.from).await?;
        let listed = Listed { authorizations, moved, at };
        let mut look = Look::default();
        for line in &listed.moved {
            let mut tx = self.spend.identity.db.read().await?;
            let ours = self.ours(&mut tx, line.reference(), line.card.id()).await?;
            drop(tx);
            if let Some(ours) = ours {
                look.compared += 1;
                look.line(line, ours)?;
            }
        }
        for authorization in &listed.authorizations {
            let mut tx = self.spend.identity.db.read().await?;
            let ours = self.ours(&mut tx, &authorization.id, authorization.card.id()).await?;
            drop(tx);
            if let Some(ours) = ours {
                look.compared += 1;
                look.authorization(authorization, ours, listed.at)?;
            }
        }
        for org in self.orgs.iter().filter(|org| self.scope.covers(&org.id)) {
            self.missing_there(org, &listed, &mut look).await?;
        }
        Ok(look)
    }

    /// What is ours of a reference and a card of Stripe's; nothing where neither is, and what some other org has.
    async fn ours(&self, tx: &mut Tx, reference: &str, card: &str) -> Result<Option<Ours>, NotCompared> {
        let card_there = by_stripe_id(tx, card).await?;
        let known = match authorizations::find(tx, reference).await? {
            Some(known) => transactions::find(tx, &known.transaction_id).await?.map(|t| (known, t)),
            None => None,
        };
        let none = || Difference::of(Money::usd_micros(0), self.since);
        let mut ours = match (&known, &card_there) {
            (Some((row, t)), _) => Ours {
                org_id: row.org_id.clone(),
                about: Difference::about(t, Money { micros: 0, currency: t.currency }, self.since),
                known,
            },
            (None, Some(card)) => {
                let (org_id, agent_id) = (card.org_id.clone(), Some(card.agent_id.clone()));
                let about = Difference { org_id: Some(org_id.clone()), agent_id, ..none() };
                Ours { org_id, known, about }
            }
            (None, None) => return Ok(None),
        };
        if !self.scope.covers(&ours.org_id) {
            return Ok(None);
        }
        ours.about.reference = Some(reference.to_owned());
        if let Some((row, _)) = &ours.known
            && card_there.as_ref().is_none_or(|there| there.id != row.card_id)
        {
            let here = find_card(tx, &row.card_id).await?.and_then(|card| card.stripe_id);
            ours.about.what = ANOTHER_CARD.to_owned();
            (ours.about.ours, ours.about.theirs) = (here.unwrap_or_default(), card.to_owned());
        }
        Ok(Some(ours))
    }

    /// What the ledger has of cards, and Stripe did not list.
    async fn missing_there(&self, org: &Org, listed: &Listed, look: &mut Look) -> Result<(), NotCompared> {
        let moved: BTreeSet<&str> = listed.moved.iter().map(|line| line.id.as_str()).collect();
        let asked: BTreeSet<&str> = listed.authorizations.iter().map(|known| known.id.as_str()).collect();
        let mut page = Page { after: None, limit: PAGE };
        let filter = Filter { from: Some(self.since), ..Filter::default() };
        loop {
            let mut tx = self.spend.identity.db.read().await?;
            let rows = list(&mut tx, &org.id, &filter, &page).await?;
            drop(tx);
            let Some(last) = rows.last() else { return Ok(()) };
            page.after = Some(last.id.clone());
            for t in rows.iter().filter(|t| t.rail == RailName::Card) {
                let Some(reference) = &t.rail_reference else { continue };
                let mut tx = self.spend.identity.db.read().await?;
                let row = authorizations::find(&mut tx, reference).await?;
                drop(tx);
                let Some(row) = row.filter(|row| row.transaction_id == t.id && row.updated <= listed.at)
                else {
                    continue;
                };
                let lines = row.captures.iter().chain(&row.refunds);
                for (id, micros) in lines.filter(|(id, _)| !moved.contains(id.as_str())) {
                    // It may have been made before the list begins, and heard of since.
                    if gone(self.stripe.card_transaction(id).await)? {
                        look.differences.push(missing(t, id, "moved with a card here", *micros));
                    }
                }
                let open = t.status == Status::Executing && !asked.contains(reference.as_str());
                if open && gone(self.stripe.card_authorization(reference).await)? {
                    look.differences.push(missing(t, reference, "held for a card here", t.held_micros));
                }
            }
        }
    }
}

const ANOTHER_CARD: &str = "Stripe has another card for it.";

fn missing(t: &Transaction, reference: &str, what: &str, micros: i64) -> Difference {
    Difference {
        kind: Kind::MissingThere,
        reference: Some(reference.to_owned()),
        what: format!("{what}, unknown there"),
        ours: money::decimal(micros),
        theirs: "none".to_owned(),
        ..Difference::about(t, Money { micros, currency: t.currency }, t.created)
    }
}

/// Whether Stripe is certain that it has no such object.
fn gone<T>(answer: Result<T, StripeError>) -> Result<bool, StripeError> {
    match answer {
        Ok(_) => Ok(false),
        Err(StripeError::Refused(refusal)) if refusal.status == 404 => Ok(true),
        Err(error) => Err(error),
    }
}

/// What is held now, where that changed.
fn held_now(before: Option<&Transaction>, now: &Transaction) -> Option<Booked> {
    let was = before.map_or(0, |before| before.held_micros);
    (was != now.held_micros).then(|| Booked {
        transaction_id: now.id.clone(),
        what: "held".to_owned(),
        before: money::decimal(was),
        now: money::decimal(now.held_micros),
    })
}

fn amount(minor_units: i64, currency: &str, of: &str) -> Result<Money, StripeError> {
    let none = || StripeError::NoAnswer(format!("{of} has an amount that is none"));
    from_minor_units(minor_units, currency).ok_or_else(none)
}

impl Look {
    /// A capture or refund of Stripe's against the row that has it. Money that left is less than zero, on both sides.
    fn line(&mut self, line: &CardTransaction, ours: Ours) -> Result<(), StripeError> {
        let theirs = amount(line.amount, &line.currency, &line.id)?;
        let Ours { org_id, known, mut about } = ours;
        about.reference = Some(line.id.clone());
        about.since = TimeUs::from_seconds(line.created);
        let booked = known.as_ref().and_then(|(row, _)| {
            let left = row.captures.get(&line.id).map(|micros| -micros);
            left.or_else(|| row.refunds.get(&line.id).copied())
        });
        self.other_card(&about, theirs);
        let what = |kind: &str| format!("a card's {kind}");
        let what = what(if line.amount < 0 { "capture" } else { "refund" });
        match (booked, &known) {
            (Some(_), Some((_, t))) if t.currency != theirs.currency => self.differences.push(Difference {
                kind: Kind::AmountDiffers,
                what: format!("{what} in another currency"),
                ours: t.currency.to_string(),
                theirs: theirs.currency.to_string(),
                at_stake: size(theirs),
                ..about
            }),
            (Some(micros), _) if micros != theirs.micros => self.differences.push(Difference {
                kind: Kind::AmountDiffers,
                what,
                ours: money::decimal(micros),
                theirs: theirs.decimal(),
                at_stake: Money { micros: distance(micros, theirs.micros), ..theirs },
                ..about
            }),
            (Some(_), _) => {}
            (None, _) => {
                self.unread.insert(line.reference().to_owned(), org_id);
                self.differences.push(Difference {
                    kind: Kind::MissingHere,
                    what,
                    ours: "none".to_owned(),
                    theirs: theirs.decimal(),
                    at_stake: size(theirs),
                    ..about
                });
            }
        }
        Ok(())
    }

    /// What Stripe holds for an authorisation against what is held here.
    fn authorization(
        &mut self,
        theirs: &CardAuthorization,
        ours: Ours,
        at: TimeUs,
    ) -> Result<(), StripeError> {
        let there = amount(theirs.held(), &theirs.currency, &theirs.id)?;
        let Ours { org_id, known, mut about } = ours;
        about.since = TimeUs::from_seconds(theirs.created);
        self.other_card(&about, there);
        let settles = |row: &Authorization| {
            let just_allowed = row.allowed.is_some_and(|when| at.since(when) < limits::CARD_ANSWER_SETTLES);
            just_allowed || row.updated > at
        };
        // While it is being answered, both sides are right.
        if theirs.pending_request.is_some() || known.as_ref().is_some_and(|(row, _)| settles(row)) {
            return Ok(());
        }
        let open = known
            .as_ref()
            .map(|(_, t)| t)
            .filter(|t| t.status == Status::Executing && t.rail_reference.as_ref() == Some(&theirs.id));
        let here = open.map_or(0, |t| t.held_micros);
        let is_over = open.is_some() && !theirs.is_open();
        if !is_over && here == there.micros {
            return Ok(());
        }
        self.unread.insert(theirs.id.clone(), org_id);
        let (kind, what) = match open {
            _ if is_over => (Kind::StateDiffers, "A card purchase that is over at Stripe is open here."),
            None => (Kind::MissingHere, "held for a card"),
            Some(_) => (Kind::AmountDiffers, "held for a card"),
        };
        let words = |status: &str, micros: i64| format!("{status}, {} held", money::decimal(micros));
        self.differences.push(Difference {
            kind,
            what: what.to_owned(),
            ours: open.map_or_else(|| "none".to_owned(), |t| words(t.status.as_str(), t.held_micros)),
            theirs: words(theirs.status.as_str(), there.micros),
            at_stake: Money { micros: distance(here, there.micros), ..there },
            ..about
        });
        Ok(())
    }

    fn other_card(&mut self, about: &Difference, at_stake: Money) {
        if about.what == ANOTHER_CARD {
            self.differences.push(Difference {
                kind: Kind::StateDiffers,
                at_stake: size(at_stake),
                ..about.clone()
            });
        }
    }
}

fn size(amount: Money) -> Money {
    Money { micros: distance(amount.micros, 0), ..amount }
}

fn distance(a: i64, b: i64) -> i64 {
    a.abs_diff(b).try_into().unwrap_or(i64::MAX)
}
