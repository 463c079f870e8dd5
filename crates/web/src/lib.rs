//! What people and newcomers meet: bots that register and are claimed, signing in by mail, passkey and a
//! company's account, sessions, members and invitations, as JSON and as pages; and the dashboard.
//!
//! Invariants: nothing here decides about money. Opening a page changes nothing; what changes something is a POST that
//! came from a page of ours. Secrets are shown once.

pub mod bots;
mod context;
pub mod dashboard;
pub mod door;
pub mod first_run;
pub mod invitations;
pub mod languages;
pub mod members;
pub mod oidc;
mod page;
pub mod passkeys;
mod problems;
pub mod reference;
pub mod router;
pub mod sessions;
pub mod sign_ins;
pub mod skill;
pub mod stand_ins;

pub use context::Web;
