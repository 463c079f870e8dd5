//! Passkeys: adding them, signing in with them, and proving with one that somebody is still there.
//!
//! Invariants: a passkey is made only by somebody who proved themselves a short while ago: by a mail or a company's account when it is the
//! first, by another passkey otherwise. What is signed is a challenge of ours, once.

pub mod api;
mod verify;
