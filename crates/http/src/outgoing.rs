//! The one way to make an HTTP client: with the TLS library that the mailer brings already.

/// A client to be set up further. TLS is rustls over ring, and trusts what the machine trusts.
pub fn client() -> reqwest::ClientBuilder {
    // Only the first installation of a process counts, and every one of ours is this one.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
}
