//! Stands between a server and the library. Only whole, well-formed answers to what was asked pass, none larger than
//! [`LARGEST`], and no more of them at a time than [`WINDOW`] bytes: the library trusts shapes and lengths, and keeps in
//! memory whatever it is sent faster than we read.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{self, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf},
    net::UnixStream,
    sync::Semaphore,
};

use super::message::{Awaited, Kind, Message};
use crate::ber;

/// The largest message: a group of some 800,000 members.
pub(super) const LARGEST: usize = 64 * 1024 * 1024;
/// Bytes of entries that are on their way and not taken yet. A single larger entry passes when nothing else is.
const WINDOW: u32 = 8 * 1024 * 1024;

/// Why nothing passes any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server closed the connection.
    Closed,
    /// The server said that it closes the connection.
    Notice(String),
    /// Not LDAP.
    Malformed(String),
    /// The connection broke.
    Broken(String),
}

/// What both sides of the gate know.
#[derive(Debug)]
pub(super) struct Gate {
    /// Whether a search is waiting, or another operation.
    searching: AtomicBool,
    fault: OnceLock<Fault>,
    window: Semaphore,
    /// Sizes of the search items that were passed on and not taken yet, in order.
    passed: Mutex<VecDeque<u32>>,
}

impl Gate {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            searching: AtomicBool::new(false),
            fault: OnceLock::new(),
            window: Semaphore::new(WINDOW as usize),
            passed: Mutex::new(VecDeque::new()),
        })
    }

    /// Says what is being asked; one thing at a time.
    pub(super) fn expect(&self, awaited: Awaited) {
        self.searching.store(awaited == Awaited::Search, Ordering::SeqCst);
    }

    /// One search item was taken: as much may follow.
    pub(super) fn taken(&self) {
        let size = self.passed.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        self.window.add_permits(size.unwrap_or(0) as usize);
    }

    /// Why nothing passes any more; `None` while it does.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault.get().cloned()
    }

    /// Passes messages until either side ends.
    pub(super) async fn run<S: AsyncRead + AsyncWrite>(self: Arc<Self>, server: S, library: UnixStream) {
        let (from_server, mut to_server) = io::split(server);
        let (mut from_library, mut to_library) = library.into_split();
        let requests = async {
            // The end of the library is the end of the connection; a failure to write is one that the reading side sees.
            let _ = io::copy(&mut from_library, &mut to_server).await;
            let _ = to_server.shutdown().await;
        };
        let answers = async {
            let fault = self.pass(from_server, &mut to_library).await;
            let _ = self.fault.set(fault);
        };
        tokio::select! {
            () = requests => {}
            () = answers => {}
        }
    }

    async fn pass<S: AsyncRead>(&self, mut server: ReadHalf<S>, library: &mut (impl AsyncWrite + Unpin)) -> Fault {
        let mut buffer = Vec::new();
        loop {
            let length = match read_message(&mut server, &mut buffer).await {
                Ok(length) => length,
                Err(fault) => return fault,
            };
            let awaited = if self.searching.load(Ordering::SeqCst) { Awaited::Search } else { Awaited::Other };
            let bytes = buffer.get(..length).unwrap_or_default();
            match Message::check(bytes, awaited) {
                Ok(Message { kind: Kind::SearchItem, .. }) => self.admit(length).await,
                Ok(Message { kind: Kind::Outcome, .. }) => {}
                Ok(Message { kind: Kind::Notice, outcome }) => {
                    return Fault::Notice(
                        outcome.map(|(code, text)| format!("result {code}: {text}")).unwrap_or_default(),
                    );
                }
                Err(malformed) => return Fault::Malformed(malformed.0.to_owned()),
            }
            if library.write_all(bytes).await.is_err() {
                return Fault::Closed;
            }
            buffer.drain(..length);
        }
    }

    /// Waits until there is room for so many bytes of entries.
    async fn admit(&self, length: usize) {
        let size = u32::try_from(length).unwrap_or(WINDOW).min(WINDOW);
        if let Ok(permit) = self.window.acquire_many(size).await {
            permit.forget();
            self.passed.lock().unwrap_or_else(PoisonError::into_inner).push_back(size);
        }
    }
}

/// Reads until the buffer begins with one whole message; answers its length.
pub(super) async fn read_message(server: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Result<usize, Fault> {
    loop {
        match ber::header(buffer) {
            Ok(Some((header, length))) if header + length > LARGEST => {
                return Err(Fault::Malformed(format!(
                    "a message of {length} bytes; the largest that is taken has {LARGEST}"
                )));
            }
            Ok(Some((header, length))) if buffer.len() >= header + length => return Ok(header + length),
            // What does not begin as a message never becomes one.
            Ok(_) if buffer.first().is_some_and(|first| *first != ber::SEQUENCE) => {
                return Err(Fault::Malformed("it does not begin as a message of LDAP".to_owned()));
            }
            Ok(_) => {}
            Err(malformed) => return Err(Fault::Malformed(malformed.0.to_owned())),
        }
        match server.read_buf(buffer).await {
            Ok(0) => return Err(Fault::Closed),
            Ok(_) => {}
            Err(error) => return Err(Fault::Broken(error.to_string())),
        }
    }
}
