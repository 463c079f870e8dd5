//! Members of an org as people manage them.

pub mod api;
