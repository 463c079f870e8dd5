//! Whether a new policy lets an agent spend more than the old one: then a person must prove that it is them.

use bursar_base::money;

use super::Document;

/// Whether `new` may let through what `old` does not. In doubt it does: only limits have an order, so whatever else is
/// different counts as more. No policy lets nothing through.
pub fn raises(old: Option<&Document>, new: &Document) -> bool {
    let Some(old) = old else { return true };
    let limits = [
        (&old.per_transaction, &new.per_transaction),
        (&old.daily, &new.daily),
        (&old.weekly, &new.weekly),
        (&old.monthly, &new.monthly),
        (&old.lifetime, &new.lifetime),
        (&old.approve_above, &new.approve_above),
    ];
    limits.into_iter().any(|(old, new)| is_higher(old.as_deref(), new.as_deref()))
        || new.approvals.unwrap_or(1) < old.approvals.unwrap_or(1)
        || without_limits(old) != without_limits(new)
}

/// An absent limit is the highest.
fn is_higher(old: Option<&str>, new: Option<&str>) -> bool {
    let (Some(old), Some(new)) = (old, new) else { return old.is_some() && new.is_none() };
    match (money::parse_micros(old), money::parse_micros(new)) {
        (Ok(old), Ok(new)) => new > old,
        (Err(_), _) | (_, Err(_)) => true,
    }
}

fn without_limits(document: &Document) -> Document {
    Document {
        per_transaction: None,
        daily: None,
        weekly: None,
        monthly: None,
        lifetime: None,
        approve_above: None,
        approvals: None,
        ..document.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::{Merchants, RailName};

    fn daily(limit: Option<&str>) -> Document {
        Document { daily: limit.map(str::to_owned), ..Document::default() }
    }

    #[test]
    fn a_higher_limit_or_none_raises() {
        assert!(raises(None, &daily(Some("1"))));
        assert!(raises(Some(&daily(Some("10"))), &daily(Some("10.01"))));
        assert!(raises(Some(&daily(Some("10"))), &daily(None)));
        assert!(!raises(Some(&daily(Some("10"))), &daily(Some("10.00"))));
        assert!(!raises(Some(&daily(Some("10"))), &daily(Some("9"))));
        assert!(!raises(Some(&daily(None)), &daily(Some("9"))));
    }

    #[test]
    fn fewer_who_have_to_say_yes_raise_and_more_do_not() {
        let asks = |approvals| Document { approvals, ..daily(Some("10")) };
        assert!(raises(Some(&asks(Some(2))), &asks(Some(1))));
        assert!(raises(Some(&asks(Some(2))), &asks(None)));
        assert!(!raises(Some(&asks(None)), &asks(Some(1))));
        assert!(!raises(Some(&asks(Some(2))), &asks(Some(3))));
        assert!(!raises(Some(&asks(None)), &asks(Some(2))));
    }

    #[test]
    fn a_lower_limit_makes_up_for_nothing() {
        let old = Document { per_transaction: Some("5".to_owned()), ..daily(Some("10")) };
        let new = Document { per_transaction: Some("6".to_owned()), ..daily(Some("1")) };
        assert!(raises(Some(&old), &new));
    }

    #[test]
    fn whatever_else_is_different_counts_as_more() {
        let old = daily(Some("10"));
        let merchants = Merchants { allow: vec!["shop.example".to_owned()], ..Merchants::default() };
        assert!(raises(Some(&old), &Document { merchants: Some(merchants), ..old.clone() }));
        assert!(raises(Some(&old), &Document { rails: Some(vec![RailName::Card]), ..old.clone() }));
    }
}
