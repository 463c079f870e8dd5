//! A list of every statement of a file, so that a test can prepare each one on both engines.

/// The name and text of one statement. A name that ends in `_SQLITE` or `_POSTGRES` is for that engine alone.
pub type Statement = (&'static str, &'static str);

/// Declares statements as constants and lists them all in `ALL`.
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* pub const $name: &str = $sql;)+

        /// Every statement of this file.
        pub const ALL: &[$crate::statements::Statement] = &[$((stringify!($name), $name)),+];
    };
}
