//! Who stands in for members that are away, as people manage it.

pub mod api;
