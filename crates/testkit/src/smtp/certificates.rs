//! Certificates for TLS between test and server, made anew for each test.

use std::path::PathBuf;

use tempfile::TempDir;

/// The files that a TLS server needs.
#[derive(Debug, Clone)]
pub struct CertFiles {
    /// The certificate, PEM.
    pub cert: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// A certificate authority of its own, and a certificate of it for `localhost` and 127.0.0.1.
#[derive(Debug)]
pub struct TestCa {
    dir: TempDir,
}

impl TestCa {
    /// Makes both, in files that go when this goes.
    ///
    /// # Panics
    /// When the files cannot be written.
    pub fn new() -> TestCa {
        TestCa::naming(&["localhost", "127.0.0.1"])
    }

    /// The same with a certificate for other names.
    ///
    /// # Panics
    /// When the files cannot be written.
    pub fn naming(names: &[&str]) -> TestCa {
        let authority = rcgen::KeyPair::generate().expect("a key pair");
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "Bursar test authority");
        let root = params.self_signed(&authority).expect("an authority");
        let issuer = rcgen::Issuer::new(params, authority);

        let key = rcgen::KeyPair::generate().expect("a key pair");
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let params = rcgen::CertificateParams::new(names).expect("names");
        let leaf = params.signed_by(&key, &issuer).expect("a certificate");

        let ca = TestCa { dir: TempDir::new().expect("a temporary directory") };
        for (path, pem) in
            [(ca.root(), root.pem()), (ca.server().cert, leaf.pem()), (ca.server().key, key.serialize_pem())]
        {
            std::fs::write(path, pem).expect("a file in it");
        }
        ca
    }

    /// The certificate of the authority, PEM, for those who shall trust it.
    pub fn root(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// The server's certificate and key.
    pub fn server(&self) -> CertFiles {
        CertFiles { cert: self.dir.path().join("server.pem"), key: self.dir.path().join("server.key") }
    }
}

impl Default for TestCa {
    fn default() -> TestCa {
        TestCa::new()
    }
}
