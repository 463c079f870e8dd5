//! The languages' statements.

bursar_store::statements! {
    /// The language of an address.
    FIND = "SELECT language FROM languages WHERE email = $1";
    /// It was chosen.
    CHOOSE = "INSERT INTO languages (email, language, updated_us) VALUES ($1, $2, $3) \
        ON CONFLICT (email) DO UPDATE SET language = excluded.language, updated_us = excluded.updated_us";
    /// A browser asked for it, and nothing else is known.
    NOTE = "INSERT INTO languages (email, language, updated_us) VALUES ($1, $2, $3) ON CONFLICT (email) DO NOTHING";
}
