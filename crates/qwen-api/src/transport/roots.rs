//! Trusted root certificates: the system's and further ones.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use reqwest::{Certificate, ClientBuilder};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::{Error, InvalidInput, TransportFailure};

/// Where Linux and the BSDs keep the bundle of their roots: the list of Go's `crypto/x509`.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/etc/openssl/certs/ca-certificates.crt",
    "/etc/certs/ca-certificates.crt",
];

/// Where single certificates are, if there is no bundle.
const FOLDERS: &[&str] = &["/etc/ssl/certs", "/etc/pki/tls/certs", "/usr/local/share/certs"];

/// The most bytes of a file that is read. A device or a pipe, which has no end, may stand at the path.
const MAX_FILE: u64 = 16 << 20;

/// Whether the system's roots are files. Then they are read here: the loader of reqwest takes those that
/// `SSL_CERT_FILE` and `SSL_CERT_DIR` name for all there are.
const ARE_FILES: bool = cfg!(all(unix, not(target_vendor = "apple"), not(target_os = "android")));

/// Root certificates, in PEM form, that are trusted beside the system's.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    /// Files of certificates, each of which must hold one.
    pub files: Vec<CertificatePath>,
    /// Folders of such files.
    pub folders: Vec<CertificatePath>,
}

/// A file or folder of certificates.
#[derive(Clone, Debug)]
pub struct CertificatePath {
    /// Where it is.
    pub path: PathBuf,
    /// The caller's name for its origin; `None` if that is obvious.
    pub origin: Option<String>,
}

impl CertificatePath {
    fn unreadable(&self, error: &std::io::Error, is_folder: bool) -> Error {
        Error::new(InvalidInput::CertificatesUnreadable {
            path: self.path.clone(),
            origin: self.origin.clone(),
            is_folder,
            reason: error.into(),
        })
    }
}

impl Roots {
    /// An error for the first file that cannot be read.
    pub fn check(&self) -> Result<(), Error> {
        for file in &self.files {
            read(&file.path).map_err(|error| file.unreadable(&error, false))?;
        }
        Ok(())
    }

    /// The certificates of all files and folders; an error for what cannot be read.
    fn named(&self) -> Result<Vec<Certificate>, Error> {
        let mut named = Vec::new();
        for file in &self.files {
            let found = in_file(&file.path).map_err(|error| file.unreadable(&error, false))?;
            if found.is_empty() {
                return Err(Error::new(InvalidInput::NoCertificates {
                    path: file.path.clone(),
                    origin: file.origin.clone(),
                }));
            }
            named.extend(found);
        }
        for folder in &self.folders {
            named.extend(in_folder(&folder.path).map_err(|error| folder.unreadable(&error, true))?);
        }
        Ok(named)
    }

    /// The builder with these and the system's.
    pub(crate) fn trusted_by(&self, builder: ClientBuilder) -> Result<ClientBuilder, Error> {
        let mut all = self.named()?;
        if !ARE_FILES {
            return Ok(builder.tls_certs_merge(all));
        }
        all.extend(of_system());
        if all.is_empty() {
            return Err(Error::new(TransportFailure::TlsSetup { detail: String::new() }));
        }
        Ok(builder.tls_certs_only(all))
    }
}

fn of_system() -> Vec<Certificate> {
    let bundle = BUNDLES.iter().find_map(|path| in_file(Path::new(path)).ok());
    bundle.unwrap_or_else(|| {
        let folders = FOLDERS.iter().filter_map(|path| in_folder(Path::new(path)).ok());
        folders.flatten().collect()
    })
}

fn in_folder(path: &Path) -> std::io::Result<Vec<Certificate>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path)? {
        // Such a folder also holds revocation lists, notes and dangling links.
        found.extend(in_file(&entry?.path()).unwrap_or_default());
    }
    Ok(found)
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// The certificates of a file that can be roots.
fn in_file(path: &Path) -> std::io::Result<Vec<Certificate>> {
    let bytes = read(path)?;
    let is_root = |der: &CertificateDer<'static>| RootCertStore::empty().add(der.clone()).is_ok();
    Ok(CertificateDer::pem_slice_iter(&bytes)
        .filter_map(Result::ok)
        .filter(is_root)
        .filter_map(|der| Certificate::from_der(&der).ok())
        .collect())
}
