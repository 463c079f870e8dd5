//! Backtests over HTTP and on the command line: a draft of a policy tried on what an agent has asked for already. Reading
//! and deciding is `money`'s; nothing here changes anything.

pub mod api;
pub mod service;

#[cfg(test)]
mod tests;
