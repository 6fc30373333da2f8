//! The server: for each request it runs a script that says what to send, and it keeps what was asked.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{Directory, DirectoryKind, Secret, Timestamp, directory::DirectoryError};
use ports::directory::{Directories as _, DirectorySession};
use rolegate_directory::LdapDirectories;
use testkit::{FixedClock, directory::Reading, sample};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) id: u32,
    /// The operation's identifier octet: 0x60 bind, 0x63 search …
    pub(crate) operation: u8,
    /// The whole message.
    pub(crate) bytes: Vec<u8>,
}

impl Request {
    /// Whether these characters stand in it.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
    }
}

/// What the server does with a request.
pub(crate) enum Deed {
    /// Sends these bytes and goes on.
    Send(Vec<u8>),
    /// Sends these bytes and then nothing any more.
    Hang(Vec<u8>),
    /// Sends these bytes and closes the connection.
    Close(Vec<u8>),
    /// Sends the first once, and the second for ever.
    Flood(Vec<u8>, Vec<u8>),
}

type Script = Arc<dyn Fn(&Request) -> Deed + Send + Sync>;

/// A server that runs until its test ends.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<Mutex<u32>>,
    /// Bytes that were sent by floods.
    flooded: Arc<Mutex<usize>>,
}

impl Server {
    /// In plain text.
    pub(crate) async fn plain(script: impl Fn(&Request) -> Deed + Send + Sync + 'static) -> Self {
        Self::start(None, Arc::new(script)).await
    }

    /// With TLS from the beginning.
    pub(crate) async fn secured(
        acceptor: TlsAcceptor,
        script: impl Fn(&Request) -> Deed + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(acceptor), Arc::new(script)).await
    }

    async fn start(acceptor: Option<TlsAcceptor>, script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let server = Self {
            address: listener.local_addr().expect("bound"),
            requests: Arc::default(),
            connections: Arc::default(),
            flooded: Arc::default(),
        };
        let running = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *running.connections.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                let (server, script, acceptor) = (running.clone(), script.clone(), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        Some(acceptor) => {
                            if let Ok(secured) = acceptor.accept(stream).await {
                                server.serve(secured, &script).await;
                            }
                        }
                        None => server.serve(stream, &script).await,
                    }
                });
            }
        });
        server
    }

    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin, script: &Script) {
        while let Some(request) = read_request(&mut stream).await {
            self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
            match script(&request) {
                Deed::Send(bytes) => stream.write_all(&bytes).await.expect("somebody reads"),
                Deed::Hang(bytes) => {
                    stream.write_all(&bytes).await.expect("somebody reads");
                    std::future::pending::<()>().await;
                }
                Deed::Close(bytes) => {
                    let _ = stream.write_all(&bytes).await;
                    let _ = stream.shutdown().await;
                    return;
                }
                Deed::Flood(first, bytes) => {
                    stream.write_all(&first).await.expect("somebody reads");
                    while stream.write_all(&bytes).await.is_ok() {
                        *self.flooded.lock().unwrap_or_else(PoisonError::into_inner) += bytes.len();
                    }
                    return;
                }
            }
        }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn connections(&self) -> u32 {
        *self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn flooded(&self) -> usize {
        *self.flooded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Settings that lead there, with the shortest time limit.
    pub(crate) fn settings(&self, kind: DirectoryKind) -> Directory {
        let mut settings = Directory { kind, ..sample::directory("corp") };
        settings.connection.urls = vec![format!("ldap://{}", self.address)];
        settings.connection.timeout_seconds = 1;
        settings.people.attributes.login = String::from("mail");
        settings
    }

    /// A session there.
    pub(crate) async fn session(&self) -> Box<dyn DirectorySession> {
        session(&self.settings(DirectoryKind::OpenLdap)).await
    }

    /// A whole reading that must fail.
    pub(crate) async fn failure(&self) -> DirectoryError {
        Reading::of(&*self.session().await, None).await.expect_err("the server does not let it succeed")
    }
}

/// A session with these settings.
pub(crate) async fn session(settings: &Directory) -> Box<dyn DirectorySession> {
    directories().open(settings, Some(Secret::from("bind password"))).await.expect("opened")
}

/// The adapter, at a fixed time.
pub(crate) fn directories() -> LdapDirectories {
    LdapDirectories::new(Arc::new(FixedClock::at(Timestamp::from_millis(1_795_324_200_000))))
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
    let mut bytes = vec![0; 2];
    stream.read_exact(&mut bytes).await.ok()?;
    let mut length = usize::from(bytes[1]);
    if length >= 0x80 {
        let mut digits = vec![0; length & 0x7f];
        stream.read_exact(&mut digits).await.ok()?;
        length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
        bytes.extend(digits);
    }
    let start = bytes.len();
    bytes.resize(start + length, 0);
    stream.read_exact(&mut bytes[start..]).await.ok()?;
    let id_length = usize::from(bytes[start + 1]);
    let (id, rest) = bytes[start + 2..].split_at(id_length);
    let id = id.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
    Some(Request { id, operation: rest[0], bytes })
}

/// A BER value.
pub(crate) fn ber(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("small").to_be_bytes();
    let mut bytes = vec![tag, 0x84];
    bytes.extend(length);
    bytes.extend(content);
    bytes
}

/// A BER value of values.
pub(crate) fn all(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    ber(tag, &parts.concat())
}

/// A message of the server's.
pub(crate) fn message(id: u32, operation: Vec<u8>, controls: &[Vec<u8>]) -> Vec<u8> {
    let mut parts = vec![ber(0x02, &id.to_be_bytes()), operation];
    if !controls.is_empty() {
        parts.push(all(0xa0, controls));
    }
    all(0x30, &parts)
}

/// A control with a value.
pub(crate) fn control(oid: &str, value: &[u8]) -> Vec<u8> {
    all(0x30, &[ber(0x04, oid.as_bytes()), ber(0x04, value)])
}

/// The end of an operation: 0x61 bind, 0x65 search, 0x69 add …
pub(crate) fn outcome(id: u32, operation: u8, code: u8, text: &str) -> Vec<u8> {
    message(id, all(operation, &[ber(0x0a, &[code]), ber(0x04, b""), ber(0x04, text.as_bytes())]), &[])
}

/// An entry.
pub(crate) fn entry(id: u32, dn: &str, attributes: &[(&str, &[&[u8]])]) -> Vec<u8> {
    let attribute = |(name, values): &(&str, &[&[u8]])| {
        let values: Vec<Vec<u8>> = values.iter().map(|value| ber(0x04, value)).collect();
        all(0x30, &[ber(0x04, name.as_bytes()), all(0x31, &values)])
    };
    let attributes: Vec<Vec<u8>> = attributes.iter().map(attribute).collect();
    message(id, all(0x64, &[ber(0x04, dn.as_bytes()), all(0x30, &attributes)]), &[])
}

/// What an ordinary server answers before the entries: binds, and that every base is there.
pub(crate) fn ordinary(request: &Request) -> Option<Deed> {
    match request.operation {
        0x60 => Some(Deed::Send(outcome(request.id, 0x61, 0, ""))),
        // Base searches: the bases, and the root.
        0x63 if request.has("1.1") || request.has("namingContexts") => {
            let found = entry(request.id, "dc=example,dc=com", &[("namingContexts", &[b"dc=example,dc=com"])]);
            Some(Deed::Send([found, outcome(request.id, 0x65, 0, "")].concat()))
        }
        _ => None,
    }
}
