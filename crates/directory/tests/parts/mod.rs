//! Starts real directories (`tests/directories`) and administers them. One of each kind serves a whole test program; it
//! ends with it, because its standard input does.

use std::{
    collections::HashSet,
    io::{BufRead as _, BufReader, Read as _},
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use domain::directory::ServerUrl;
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Mod, Scope, SearchEntry, StdStream};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A directory that runs.
pub(crate) struct Part {
    /// What it said of itself.
    told: Value,
    _child: Child,
    // Dropped, or closed by the end of this process: the directory ends.
    _stdin: Option<ChildStdin>,
}

impl Part {
    /// Starts one; without its program the test fails.
    pub(crate) fn start(words: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
        let mut child = Command::new("python3")
            .args(["-B", "-m", "directories"])
            .args(words)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("python3 is there");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("readable");
        if line.is_empty() {
            let mut words = String::new();
            child.stderr.take().expect("piped").read_to_string(&mut words).expect("readable");
            panic!("the directory did not start:\n{words}");
        }
        let stdin = child.stdin.take();
        Self { told: serde_json::from_str(&line).expect("JSON"), _child: child, _stdin: stdin }
    }

    /// One of the words it said, `administrator.dn`.
    pub(crate) fn told(&self, name: &str) -> &str {
        let found = name.split('.').fold(&self.told, |value, part| &value[part]);
        found.as_str().unwrap_or_else(|| panic!("the directory did not say `{name}`"))
    }

    /// The authority that signed its certificate.
    pub(crate) fn ca_pem(&self) -> String {
        std::fs::read_to_string(self.told("ca")).expect("the directory's authority is readable")
    }

    /// A number that no other case of this program has.
    pub(crate) fn next_case() -> u32 {
        static CASES: AtomicU32 = AtomicU32::new(1);
        CASES.fetch_add(1, Ordering::SeqCst)
    }
}

/// A way to a directory through TLS: the library is built without its own.
async fn tunnel(part: &Part) -> UnixStream {
    let url: ServerUrl = part.told("ldaps").parse().expect("an address");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(part.ca_pem().as_bytes()) {
        roots.add(certificate.expect("PEM")).expect("a certificate");
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("protocol versions");
    let connector = TlsConnector::from(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()));
    let stream = TcpStream::connect((url.host.as_str(), url.port)).await.expect("reachable");
    let name = ServerName::try_from(url.host).expect("a name");
    let mut secured = connector.connect(name, stream).await.expect("TLS");
    let (ours, theirs) = UnixStream::pair().expect("a socket pair");
    ours.set_nonblocking(true).expect("a socket");
    let mut ours = tokio::net::UnixStream::from_std(ours).expect("a socket");
    tokio::spawn(async move { tokio::io::copy_bidirectional(&mut ours, &mut secured).await });
    theirs
}

/// The administrator of a directory; what is refused stops the test.
pub(crate) struct Administrator(pub(crate) Ldap);

impl Administrator {
    pub(crate) async fn of(part: &Part) -> Self {
        let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(tunnel(part).await));
        let (driver, mut ldap) = LdapConnAsync::with_settings(settings, "ldapi:///").await.expect("a socket pair");
        tokio::spawn(driver.drive());
        let (dn, password) = (part.told("administrator.dn"), part.told("administrator.password"));
        ldap.simple_bind(dn, password).await.expect("answered").success().expect("bound");
        Self(ldap)
    }

    pub(crate) async fn add(&mut self, dn: &str, attributes: &[(&str, &[&[u8]])]) {
        let attribute = |(name, values): &(&str, &[&[u8]])| {
            (name.as_bytes().to_vec(), values.iter().map(|value| value.to_vec()).collect::<HashSet<_>>())
        };
        let attributes = attributes.iter().filter(|(_, values)| !values.is_empty()).map(attribute).collect();
        self.0
            .add(dn, attributes)
            .await
            .expect("answered")
            .success()
            .unwrap_or_else(|error| panic!("add `{dn}`: {error}"));
    }

    pub(crate) async fn replace(&mut self, dn: &str, attribute: &str, values: &[&[u8]]) {
        let values: HashSet<Vec<u8>> = values.iter().map(|value| value.to_vec()).collect();
        let change = vec![Mod::Replace(attribute.as_bytes().to_vec(), values)];
        let answer = self.0.modify(dn, change).await.expect("answered");
        answer.success().unwrap_or_else(|error| panic!("replace `{attribute}` of `{dn}`: {error}"));
    }

    pub(crate) async fn rename(&mut self, dn: &str, rdn: &str, new_superior: Option<&str>) {
        let answer = self.0.modifydn(dn, rdn, true, new_superior).await.expect("answered");
        answer.success().unwrap_or_else(|error| panic!("rename `{dn}`: {error}"));
    }

    pub(crate) async fn delete(&mut self, dn: &str) {
        self.0.delete(dn).await.expect("answered").success().unwrap_or_else(|error| panic!("delete `{dn}`: {error}"));
    }

    /// The name of the entry below a base whose `cn` this is.
    pub(crate) async fn dn_of(&mut self, base: &str, cn: &str) -> String {
        let filter = format!("(cn={})", ldap3::ldap_escape(cn));
        let found = self.0.search(base, Scope::Subtree, &filter, ["1.1"]).await.expect("answered");
        let (mut entries, _) = found.success().expect("found");
        assert_eq!(entries.len(), 1, "`{cn}` is there once below `{base}`");
        SearchEntry::construct(entries.remove(0)).dn
    }
}
