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
    sync::{Semaphore, SemaphorePermit},
};

use super::message::{Awaited, Kind, Message};
use crate::ber;

/// The largest message: a group of some 800,000 members.
pub(super) const LARGEST: usize = 64 * 1024 * 1024;
/// Bytes of entries that are on their way and not taken yet. A single larger entry passes when nothing else is.
const WINDOW: u32 = 8 * 1024 * 1024;
/// Bytes that are read at once, at least, if so many have come.
const READ_AT_ONCE: usize = 64 * 1024;

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
            if let Err(fault) = read_message(&mut server, &mut buffer).await {
                return fault;
            }
            let passed = self.pass_whole(&mut buffer, library).await;
            if let Err(fault) = passed {
                return fault;
            }
        }
    }

    /// Passes the messages that have come whole, in one piece as far as there is room for them.
    async fn pass_whole(&self, buffer: &mut Vec<u8>, library: &mut (impl AsyncWrite + Unpin)) -> Result<(), Fault> {
        let mut ready = 0;
        let mut end = Ok(());
        while let Ok(Some(length)) = whole_message(buffer.get(ready..).unwrap_or_default()) {
            let message = buffer.get(ready..ready + length).unwrap_or_default();
            match self.check(message) {
                Ok(Kind::SearchItem) if !self.admit_now(length) => {
                    // Room comes as what was passed is taken: nothing may be held back meanwhile.
                    pass_on(library, buffer, ready).await?;
                    ready = 0;
                    self.admit(length).await;
                }
                Ok(_) => {}
                Err(fault) => {
                    end = Err(fault);
                    break;
                }
            }
            ready += length;
        }
        pass_on(library, buffer, ready).await?;
        end
    }

    fn check(&self, bytes: &[u8]) -> Result<Kind, Fault> {
        let awaited = if self.searching.load(Ordering::SeqCst) { Awaited::Search } else { Awaited::Other };
        match Message::check(bytes, awaited) {
            Ok(Message { kind: Kind::Notice, outcome }) => {
                Err(Fault::Notice(outcome.map(|(code, text)| format!("result {code}: {text}")).unwrap_or_default()))
            }
            Ok(Message { kind, .. }) => Ok(kind),
            Err(malformed) => Err(Fault::Malformed(malformed.0.to_owned())),
        }
    }

    /// Whether there is room for so many bytes of entries at once; then they are counted.
    fn admit_now(&self, length: usize) -> bool {
        let size = window_of(length);
        let Ok(permit) = self.window.try_acquire_many(size) else { return false };
        self.count(permit, size);
        true
    }

    /// Waits until there is room for so many bytes of entries.
    async fn admit(&self, length: usize) {
        let size = window_of(length);
        if let Ok(permit) = self.window.acquire_many(size).await {
            self.count(permit, size);
        }
    }

    fn count(&self, permit: SemaphorePermit<'_>, size: u32) {
        permit.forget();
        self.passed.lock().unwrap_or_else(PoisonError::into_inner).push_back(size);
    }
}

fn window_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(WINDOW).min(WINDOW)
}

/// Writes so many bytes, and forgets them.
async fn pass_on(library: &mut (impl AsyncWrite + Unpin), buffer: &mut Vec<u8>, ready: usize) -> Result<(), Fault> {
    library.write_all(buffer.get(..ready).unwrap_or_default()).await.map_err(|_| Fault::Closed)?;
    buffer.drain(..ready);
    Ok(())
}

/// The length of the message that the bytes begin with, once all of it is there.
fn whole_message(bytes: &[u8]) -> Result<Option<usize>, Fault> {
    match ber::header(bytes) {
        Ok(Some((header, length))) if header + length > LARGEST => {
            Err(Fault::Malformed(format!("a message of {length} bytes; the largest that is taken has {LARGEST}")))
        }
        Ok(Some((header, length))) if bytes.len() >= header + length => Ok(Some(header + length)),
        // What does not begin as a message never becomes one.
        Ok(_) if bytes.first().is_some_and(|first| *first != ber::SEQUENCE) => {
            Err(Fault::Malformed("it does not begin as a message of LDAP".to_owned()))
        }
        Ok(_) => Ok(None),
        Err(malformed) => Err(Fault::Malformed(malformed.0.to_owned())),
    }
}

/// Reads until the buffer begins with one whole message; answers its length.
pub(super) async fn read_message(server: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Result<usize, Fault> {
    loop {
        if let Some(length) = whole_message(buffer)? {
            return Ok(length);
        }
        buffer.reserve(READ_AT_ONCE);
        match server.read_buf(buffer).await {
            Ok(0) => return Err(Fault::Closed),
            Ok(_) => {}
            Err(error) => return Err(Fault::Broken(error.to_string())),
        }
    }
}
