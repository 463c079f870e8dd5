//! Spending.

pub mod rails;
