//! Connections that say nothing, or stop in the middle of a request's head: closed after a time limit. Otherwise a few
//! hundred silent ones would take every file handle.
//!
//! HTTP/1 and HTTP/2 have limits of their own, which [`limit`] sets. Before either counts, the server waits for bytes
//! that tell them apart, and that wait has none: [`FirstWords`] gives it one. Bodies have theirs in `web`.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum_server::accept::Accept;
use hyper_util::{
    rt::{TokioExecutor, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// What a connection that speaks HTTP/2 begins with (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Limits the time that a request's head may take, from the moment the connection is free for it; on HTTP/2 the time
/// without a sign of life.
pub(super) fn limit(builder: &mut Builder<TokioExecutor>, patience: Duration) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(patience);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(patience).keep_alive_timeout(patience);
}

/// Accepts as another acceptor does, and limits the time until the first words.
#[derive(Debug, Clone)]
pub(super) struct Impatient<A> {
    acceptor: A,
    patience: Duration,
}

impl<A> Impatient<A> {
    /// `patience`: from the end of the acceptor's own work.
    pub(super) fn new(acceptor: A, patience: Duration) -> Self {
        Self { acceptor, patience }
    }
}

impl<I, S, A> Accept<I, S> for Impatient<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
{
    type Stream = FirstWords<A::Stream>;
    type Service = A::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let (accepted, patience) = (self.acceptor.accept(stream, service), self.patience);
        Box::pin(async move {
            let (stream, service) = accepted.await?;
            Ok((FirstWords { stream, waiting: Some(Waiting { seen: 0, end: Box::pin(sleep(patience)) }) }, service))
        })
    }
}

/// A connection whose first read ends in time: with bytes that tell the protocol, or with an error.
pub(super) struct FirstWords<S> {
    stream: S,
    waiting: Option<Waiting>,
}

struct Waiting {
    /// So much of the preface has come.
    seen: usize,
    end: Pin<Box<Sleep>>,
}

impl Waiting {
    /// Whether the bytes leave it open which protocol is spoken.
    fn goes_on(&mut self, bytes: &[u8]) -> bool {
        let rest = PREFACE.get(self.seen..).unwrap_or_default();
        self.seen += bytes.len();
        rest.len() > bytes.len() && rest.starts_with(bytes)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for FirstWords<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buffer);
        let Some(waiting) = &mut this.waiting else { return polled };
        if polled.is_pending() {
            return waiting.end.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()));
        }
        if !waiting.goes_on(buffer.filled().get(before..).unwrap_or_default()) {
            this.waiting = None;
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FirstWords<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::{Router, routing::get};
    use axum_server::accept::NoDelayAcceptor;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
    };

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(300);
    /// Until a test gives up: far more than a loaded machine needs.
    const PATIENCE_OF_TESTS: Duration = Duration::from_mins(1);

    /// A server without much patience.
    fn server() -> SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let mut server =
            axum_server::from_tcp(listener).unwrap().acceptor(Impatient::new(NoDelayAcceptor::new(), PATIENCE));
        limit(server.http_builder(), PATIENCE);
        let app = Router::new().route("/", get(|| async { "here" }));
        tokio::spawn(server.serve(app.into_make_service()));
        address
    }

    /// Everything that is answered until the server hangs up.
    async fn rest(mut stream: TcpStream) -> String {
        let mut answer = Vec::new();
        let read = tokio::time::timeout(PATIENCE_OF_TESTS, stream.read_to_end(&mut answer));
        assert!(read.await.is_ok(), "the connection was never closed");
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn a_connection_that_stops_anywhere_before_the_end_of_a_head_is_closed() {
        let address = server();
        for words in ["", "G", "GET / HTTP/1.1\r\nhost: x\r\n", "PRI * HT", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(words.as_bytes()).await.unwrap();
            assert!(!rest(stream).await.contains("here"), "{words:?}");
        }
    }

    #[tokio::test]
    async fn a_head_that_trickles_in_is_not_waited_for() {
        let (mut reading, mut writing) = TcpStream::connect(server()).await.unwrap().into_split();
        let trickle = tokio::spawn(async move {
            let mut head = "GET / HTTP/1.1\r\n".to_owned();
            head.extend((0..20_000).map(|_| "x: y\r\n"));
            for byte in head.into_bytes() {
                if writing.write_all(&[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            unreachable!("the whole head was taken");
        });
        let mut answer = Vec::new();
        let read = tokio::time::timeout(PATIENCE_OF_TESTS, reading.read_to_end(&mut answer));
        assert!(read.await.is_ok(), "the connection was never closed");
        trickle.await.unwrap();
    }

    #[tokio::test]
    async fn an_answered_connection_may_rest_as_long_and_is_closed_then() {
        let mut stream = TcpStream::connect(server()).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let answer = rest(stream).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("here"), "{answer}");
    }

    #[test]
    fn the_preface_ends_the_wait_when_it_is_whole_and_anything_else_at_its_first_byte() {
        let waiting = |words: &[&[u8]]| {
            let mut waiting = Waiting { seen: 0, end: Box::pin(sleep(PATIENCE)) };
            words.iter().map(|bytes| waiting.goes_on(bytes)).collect::<Vec<_>>()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _inside = runtime.enter();
        assert_eq!(waiting(&[b"PRI * ", b"HTTP/2.0\r\n\r\nSM\r\n", b"\r\n"]), [true, true, false]);
        assert_eq!(waiting(&[b"P", b"OST / HTTP/1.1"]), [true, false]);
        assert_eq!(waiting(&[b"GET"]), [false]);
    }
}
