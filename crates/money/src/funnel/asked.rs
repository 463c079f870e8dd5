//! What of a batch's needs was asked for already.

use std::collections::BTreeSet;

use super::storage::Wanted;

/// What was asked for in this batch: a row that is not there is not asked for twice.
#[derive(Debug, Default)]
pub struct Asked(Wanted);

impl Asked {
    /// What of `needs` was not asked for yet; from now on it was.
    pub fn new_in(&mut self, needs: Wanted) -> Wanted {
        let asked = &mut self.0;
        Wanted {
            orgs: new(&mut asked.orgs, needs.orgs),
            nonces: new(&mut asked.nonces, needs.nonces),
            by_key: new(&mut asked.by_key, needs.by_key),
            transactions: new(&mut asked.transactions, needs.transactions),
            agents: new(&mut asked.agents, needs.agents),
            keys: new(&mut asked.keys, needs.keys),
            accounts: new(&mut asked.accounts, needs.accounts),
            jobs: new(&mut asked.jobs, needs.jobs),
            policies: new(&mut asked.policies, needs.policies),
            payees: new(&mut asked.payees, needs.payees),
            numbers: new(&mut asked.numbers, needs.numbers),
            purchases: new(&mut asked.purchases, needs.purchases),
            past: new(&mut asked.past, needs.past),
            refunds: new(&mut asked.refunds, needs.refunds),
            receipts: new(&mut asked.receipts, needs.receipts),
            cards: new(&mut asked.cards, needs.cards),
            reserved: new(&mut asked.reserved, needs.reserved),
            authorizations: new(&mut asked.authorizations, needs.authorizations),
            deciders: new(&mut asked.deciders, needs.deciders),
            votes: new(&mut asked.votes, needs.votes),
        }
    }
}

fn new<T: Ord + Clone>(asked: &mut BTreeSet<T>, mut needed: BTreeSet<T>) -> BTreeSet<T> {
    if asked.is_empty() {
        asked.clone_from(&needed);
    } else {
        needed.retain(|item| asked.insert(item.clone()));
    }
    needed
}
