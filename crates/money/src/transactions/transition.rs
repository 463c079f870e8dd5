//! The arrows between statuses: the only ones there are.

use super::Status;

/// Whether a transaction may go from one status to another. New transactions begin as `declined`, `pending` or
/// `approved`; those of a card also as `executing`, because a yes at the till is the call of the rail and the network may
/// hold money without one, and as `completed` or `refunded`, where the network moved money without asking.
pub fn allowed(from: Status, to: Status) -> bool {
    match from {
        Status::Pending => {
            matches!(to, Status::Approved | Status::Declined | Status::TimedOut | Status::Cancelled)
        }
        Status::Approved => matches!(to, Status::Executing | Status::Cancelled),
        // At once refunded is a card purchase of which all that was captured came back before the rest ended.
        Status::Executing => {
            matches!(to, Status::Completed | Status::Refunded | Status::Failed | Status::Unknown)
        }
        Status::Unknown => matches!(to, Status::Completed | Status::Failed),
        Status::Completed => matches!(to, Status::Refunded),
        Status::Refunded | Status::Failed | Status::Declined | Status::TimedOut | Status::Cancelled => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_a_final_status_and_nothing_held_is_lost() {
        for &from in Status::ALL {
            let arrows = Status::ALL.iter().filter(|&&to| allowed(from, to)).count();
            let is_end = !from.holds() && from != Status::Completed;
            assert_eq!(arrows == 0, is_end, "{from:?}");
            assert!(!allowed(from, from), "{from:?} to itself is no change");
        }
    }

    #[test]
    fn no_arrow_leads_back_to_the_rail() {
        for from in [Status::Unknown, Status::Completed, Status::Failed, Status::Cancelled, Status::TimedOut]
        {
            assert!(!allowed(from, Status::Executing), "{from:?}");
        }
    }
}
