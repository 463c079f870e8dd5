//! Approvals: a human's decision, bound to exactly one payment.
//!
//! Invariants: a link only shows; a press of the button decides. The link's token is the authority: it names the payment,
//! what the payment is (its intent hash), the member it was sent to, and the deadline, and is signed. A member who is
//! no longer one decides nothing.

pub mod api;
pub mod links;
pub mod members;
pub mod view;

pub use links::link_for;
