//! The certificate authority that a client must trust, and the voice gateway's certificate.
//!
//! Both are made anew at each start and live as long as the server: no private key is ever
//! written to the disk.

use std::{
    io,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use tempfile::TempDir;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// The server's side of TLS, and the file that makes clients trust it.
#[derive(Debug)]
pub struct Tls {
    ca_pem: PathBuf,
    // Deletes the file.
    _directory: TempDir,
}

impl Tls {
    /// Makes an authority and a certificate for `ip`, 127.0.0.1 and localhost.
    pub fn new(ip: IpAddr) -> io::Result<(Self, TlsAcceptor)> {
        let mut authority = CertificateParams::default();
        authority
            .distinguished_name
            .push(DnType::CommonName, "uguisu sandbox");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().map_err(other)?)
                .map_err(other)?;

        let mut leaf =
            CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into(), ip.to_string()])
                .map_err(other)?;
        leaf.distinguished_name
            .push(DnType::CommonName, "uguisu sandbox voice");
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().map_err(other)?;
        let leaf = leaf.signed_by(&key, &authority).map_err(other)?;

        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(other)?
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .map_err(other)?;

        let directory = tempfile::Builder::new().prefix("sandbox-").tempdir()?;
        let ca_pem = directory.path().join("ca.pem");
        std::fs::write(&ca_pem, authority.pem())?;
        Ok((
            Self {
                ca_pem,
                _directory: directory,
            },
            TlsAcceptor::from(Arc::new(config)),
        ))
    }

    /// Where the authority's certificate is.
    pub fn ca_pem(&self) -> &Path {
        &self.ca_pem
    }
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::other(error)
}
