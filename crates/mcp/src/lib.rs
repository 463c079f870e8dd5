//! The API as tools of the Model Context Protocol: over HTTP at `/mcp`, and on stdio for clients that start programs.
//!
//! Invariants: a tool is a path of the API under another name. Its arguments become a request to that path, with the
//! caller's own key, and whatever checks, decides and writes down such a request does so here too; its schemas are those
//! of the API's description. Nothing is kept between two calls, so there is no session that could be taken over. No tool
//! shows a card.

mod answer;
mod door;
mod request;
mod schema;
mod server;
pub mod stdio;
mod tools;
mod words;

pub use door::{Door, router};
