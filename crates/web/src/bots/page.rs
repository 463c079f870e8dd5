//! The pages of claiming and refusing.
