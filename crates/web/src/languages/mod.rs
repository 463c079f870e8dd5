//! In which language a member is written to. It is the person's, and counts in every org that they are in.

pub mod api;

#[cfg(test)]
mod tests;
