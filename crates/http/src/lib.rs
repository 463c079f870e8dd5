//! What every HTTP endpoint needs: problems, strict bodies, credentials, signatures, pages of lists; and the client for
//! calls that go out.
//!
//! Invariant: bad input is answered with a 4xx that names the field, and nothing of it is written.

pub mod body;
pub mod cookies;
pub mod credentials;
pub mod language;
pub mod outgoing;
pub mod page;
pub mod path;
pub mod peer;
pub mod problem;
pub mod signatures;

pub use body::{json, parse_json, read_body};
pub use credentials::Credentials;
pub use language::Reading;
pub use path::PathText;
pub use problem::Problem;
