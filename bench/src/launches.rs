//! One person on one connection: asks, checks the answer, notes how long it took.

use std::{
    io::{self, Write as _},
    net::TcpStream,
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

use crate::{http::Messages, load::Shared};

/// Every answer has it: the form that goes to AWS.
const MARK: &[u8] = b"name=\"SAMLResponse\" type=\"hidden\" value=\"";
/// One in so many answers of a connection is kept for a closer look.
const SAMPLE: usize = 1_000;
/// Longer than this, and an answer counts as none.
const PATIENCE: Duration = Duration::from_secs(10);

/// When requests are sent.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// As soon as the answer before is there.
    AtOnce,
    /// At fixed moments. Time counts from the moment at which the request was due, so that a stall is felt by all who
    /// would have come meanwhile.
    Every {
        /// From one request to the next on one connection.
        period: Duration,
        /// From one connection's request to that of the next connection.
        shift: Duration,
    },
}

impl Pace {
    /// `rate` requests a second over all connections; 0 is [`Pace::AtOnce`].
    pub fn new(rate: f64, connections: u32) -> Self {
        if rate <= 0.0 {
            return Self::AtOnce;
        }
        let shift = Duration::from_secs_f64(1.0 / rate);
        Self::Every { period: shift * connections, shift }
    }

    /// When the connection in this place is due for the first time.
    fn first(self, place: u32) -> Instant {
        match self {
            Self::AtOnce => Instant::now(),
            Self::Every { shift, .. } => Instant::now() + shift * place,
        }
    }
}

/// What was seen while it counted.
#[derive(Debug, Default)]
pub struct Seen {
    micros: Vec<u32>,
    failures: Vec<String>,
    kept: usize,
}

impl Seen {
    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.micros.extend(other.micros);
        self.failures.extend(other.failures);
        self.kept += other.kept;
    }

    /// One line. Times in milliseconds.
    pub fn json(mut self, took: Duration) -> String {
        self.micros.sort_unstable();
        let at = |share: usize| {
            let place = (self.micros.len() * share / 1_000).min(self.micros.len().saturating_sub(1));
            f64::from(self.micros.get(place).copied().unwrap_or(0)) / 1_000.0
        };
        let first = self.failures.first().map_or("", String::as_str).replace(['"', '\\', '\n'], " ");
        format!(
            r#"{{"launches":{},"seconds":{:.4},"failures":{},"first_failure":"{first}","kept":{},"p50_ms":{:.3},"p90_ms":{:.3},"p99_ms":{:.3},"max_ms":{:.3}}}"#,
            self.micros.len(),
            took.as_secs_f64(),
            self.failures.len(),
            self.kept,
            at(500),
            at(900),
            at(990),
            at(1_000),
        )
    }
}

/// One person's connection.
pub struct Connection {
    request: Vec<u8>,
    place: u32,
    stream: TcpStream,
    messages: Messages<TcpStream>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When the server does not take it.
    pub fn new(shared: &Shared, place: u32, path: &str, cookie: &str) -> io::Result<Self> {
        let (stream, messages) = connect(&shared.address)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nuser-agent: Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 \
             Firefox/145.0\r\naccept: text/html\r\ncookie: {cookie}\r\n\r\n",
            shared.address
        );
        Ok(Self { request: request.into_bytes(), place, stream, messages })
    }

    /// Launches again and again; answers what was seen while it counted. Failures count always.
    pub fn launch_until_over(mut self, shared: &Shared) -> Seen {
        let mut seen = Seen::default();
        let mut due = shared.pace.first(self.place);
        while !shared.over.load(Ordering::Relaxed) {
            if let Pace::Every { period, .. } = shared.pace {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                self.once(shared, due, &mut seen);
                due += period;
            } else {
                self.once(shared, Instant::now(), &mut seen);
            }
        }
        seen
    }

    fn once(&mut self, shared: &Shared, from: Instant, seen: &mut Seen) {
        let counted = shared.counting.load(Ordering::Relaxed);
        let keep = counted && seen.micros.len().is_multiple_of(SAMPLE);
        match self.launch(shared, keep) {
            Ok(()) if counted && !shared.over.load(Ordering::Relaxed) => {
                seen.kept += usize::from(keep);
                seen.micros.push(u32::try_from(from.elapsed().as_micros()).unwrap_or(u32::MAX));
            }
            Ok(()) => {}
            Err(error) => {
                seen.failures.push(error.to_string());
                // A connection in an unknown state is of no use; without a new one every further launch fails too.
                if let Ok((stream, messages)) = connect(&shared.address) {
                    (self.stream, self.messages) = (stream, messages);
                }
            }
        }
    }

    fn launch(&mut self, shared: &Shared, keep: bool) -> io::Result<()> {
        self.stream.write_all(&self.request)?;
        let answer = self.messages.next(|answer| {
            let is_launch = answer.head.starts_with("HTTP/1.1 200") && contains(answer.body, MARK);
            let kept = if is_launch && keep { shared.keep(answer.body) } else { Ok(()) };
            let told = if is_launch { None } else { answer.head.lines().next().map(str::to_owned) };
            kept.map(|()| (is_launch, told))
        })?;
        match answer.transpose()? {
            Some((true, _)) => Ok(()),
            Some((false, told)) => Err(io::Error::other(format!("no launch: {}", told.unwrap_or_default()))),
            None => Err(io::Error::other("the server closed the connection")),
        }
    }
}

fn connect(address: &str) -> io::Result<(TcpStream, Messages<TcpStream>)> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let reading = stream.try_clone()?;
    Ok((stream, Messages::of(reading)))
}

/// Whether `part` is in `whole`. The form comes early in the page: a plain search is quick.
fn contains(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_times() {
        let seen = Seen { micros: (1..=1_000).rev().collect(), failures: vec!["a \"b\"".to_owned()], kept: 1 };
        let json = seen.json(Duration::from_secs(2));
        assert!(json.contains(r#""launches":1000,"seconds":2.0000,"failures":1,"first_failure":"a  b ","kept":1"#));
        assert!(json.contains(r#""p50_ms":0.501,"p90_ms":0.901,"p99_ms":0.991,"max_ms":1.000"#), "{json}");
    }

    #[test]
    fn a_rate_is_shared_by_the_connections() {
        assert!(matches!(Pace::new(100.0, 4), Pace::Every { period, .. } if period == Duration::from_millis(40)));
        assert!(matches!(Pace::new(0.0, 4), Pace::AtOnce));
    }
}
