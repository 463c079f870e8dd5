//! Invitations into an org, from both sides.

pub mod api;
