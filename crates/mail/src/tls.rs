//! Whom TLS connections to a mail server trust.

use lettre::transport::smtp::client::{Certificate, TlsParameters};

use crate::error::SettingsError;
use crate::url::SmtpUrl;

/// TLS 1.2 or later with the name of the server checked, trusting the public authorities and those of `?ca=`.
///
/// # Errors
/// When the file of `?ca=` cannot be read or holds no certificate.
pub(crate) fn parameters(server: &SmtpUrl) -> Result<TlsParameters, SettingsError> {
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(path) = &server.ca {
        let unusable = |why: String| {
            SettingsError(format!(
                "BURSAR_MAIL_URL: ca={} {why}; it names a PEM file with the certificate of an authority",
                path.display()
            ))
        };
        let pem = std::fs::read(path).map_err(|error| unusable(format!("cannot be read: {error}")))?;
        if !pem.windows(27).any(|window| window == b"-----BEGIN CERTIFICATE-----") {
            return Err(unusable("holds no certificate".to_owned()));
        }
        let certificate = Certificate::from_pem(&pem)
            .map_err(|error| unusable(format!("is not a certificate: {error}")))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|error| SettingsError(format!("BURSAR_MAIL_URL: TLS cannot be set up: {error}")))
}
