//! The tools of the Model Context Protocol, used by clients of other authors, on both engines.
#![allow(clippy::unwrap_used)] // the test configuration knows only functions that are tests themselves

mod client;
mod door;
mod inspector;
mod story;
