//! Many people who launch at once, each on a connection of their own that stays open, or at a fixed rate.
//!
//! Every answer is checked. Says `begin` and `end` on stdout around the time that counts, so that whoever started it can
//! read the server's clock then, and one JSON object at the end.

use std::{
    fs,
    io::{self, Write as _},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    launches::{Connection, Pace, Seen},
    options::Options,
};

/// What all connections share.
pub struct Shared {
    /// The server, as `127.0.0.1:PORT`.
    pub address: String,
    /// Whether the time that counts has begun.
    pub counting: AtomicBool,
    /// Whether it is over.
    pub over: AtomicBool,
    /// When each connection sends.
    pub pace: Pace,
    samples: Mutex<Option<fs::File>>,
}

impl Shared {
    /// Keeps a page for a closer look.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, page: &[u8]) -> io::Result<()> {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        match samples.as_mut() {
            Some(file) => file.write_all(&[page, b"\n\0\n"].concat()),
            None => Ok(()),
        }
    }
}

/// `load ADDRESS PATH COOKIES`: the cookies with commas between them; connections take them in turn.
///
/// # Errors
/// When an argument is missing or the server does not take connections.
pub fn run(options: &Options) -> io::Result<()> {
    let (address, path) = (options.word(0, "ADDRESS")?, options.word(1, "PATH")?);
    let cookies: Vec<&str> = options.word(2, "COOKIES")?.split(',').collect();
    let connections: u32 = options.number("connections", 64)?;
    let warm_up = Duration::from_secs_f64(options.number("warm-up", 2.0)?);
    let seconds = Duration::from_secs_f64(options.number("seconds", 10.0)?);
    let samples = options.text("samples").map(fs::File::create).transpose()?;
    let shared = Arc::new(Shared {
        address: address.to_owned(),
        counting: AtomicBool::new(false),
        over: AtomicBool::new(false),
        pace: Pace::new(options.number("rate", 0.0)?, connections),
        samples: Mutex::new(samples),
    });
    let people: Vec<_> = cookies
        .iter()
        .cycle()
        .zip(0..connections)
        .map(|(cookie, place)| {
            let connection = Connection::new(&shared, place, path, cookie)?;
            let shared = shared.clone();
            Ok(thread::spawn(move || connection.launch_until_over(&shared)))
        })
        .collect::<io::Result<_>>()?;
    thread::sleep(warm_up);
    let begun = Instant::now();
    shared.counting.store(true, Ordering::SeqCst);
    say("begin")?;
    thread::sleep(seconds);
    shared.over.store(true, Ordering::SeqCst);
    let took = begun.elapsed();
    say("end")?;
    let mut seen = Seen::default();
    for person in people {
        seen.add(person.join().map_err(|_| io::Error::other("a connection's thread ended badly"))?);
    }
    say(&seen.json(took))
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
