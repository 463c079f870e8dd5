//! The binary `bursar` as a library, so that tests compose the very same app.
