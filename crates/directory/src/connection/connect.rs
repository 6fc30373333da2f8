//! From an address to a secured byte stream, each step with its own failure.

use std::{io, sync::Arc, time::Duration};

use domain::directory::{DirectoryError, DirectoryStep, Security, ServerUrl};
use rustls::ClientConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{
    gate::{Fault, read_message},
    message::{Awaited, Message},
    tls,
};
use crate::{failure, hints};

/// `StartTLS` (RFC 4511 §4.14) as message 1.
const START_TLS: [u8; 31] = *b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// So many addresses of a name are tried.
const MOST_ADDRESSES: usize = 4;

/// Anything that bytes go through.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A stream to a server, and what its certificate says.
pub(super) struct Connected {
    pub(super) stream: Box<dyn Stream>,
    pub(super) certificate: Option<String>,
}

/// Whom to connect to, and how.
pub(crate) struct Target<'settings> {
    pub(crate) url: &'settings ServerUrl,
    pub(crate) security: Security,
    pub(crate) ca_pem: Option<&'settings str>,
    pub(crate) limit: Duration,
}

impl Target<'_> {
    /// Connects, and secures the connection before anything of ours crosses it.
    pub(super) async fn connect(&self) -> Result<Connected, DirectoryError> {
        let mut stream = self.reach().await?;
        if self.security == Security::Plain {
            return Ok(Connected { stream: Box::new(stream), certificate: None });
        }
        let configuration = tls::configuration(self.ca_pem)?;
        if self.security == Security::StartTls {
            self.within(DirectoryStep::Certificate, start_tls(self.url, &mut stream)).await??;
        }
        let secured = self.within(DirectoryStep::Certificate, self.handshake(stream, configuration)).await??;
        let certificate = secured.get_ref().1.peer_certificates().and_then(|chain| chain.first()).map(tls::describe);
        Ok(Connected { stream: Box::new(secured), certificate })
    }

    /// A name may stand for several machines, as a domain's does for its controllers: each gets its share of the time.
    async fn reach(&self) -> Result<TcpStream, DirectoryError> {
        let step = DirectoryStep::Connect;
        let ServerUrl { host, port, .. } = self.url;
        let found = self.within(step, tokio::net::lookup_host((host.as_str(), *port))).await?;
        let addresses: Vec<_> = found.map_err(|error| unreachable(self.url, &error))?.take(MOST_ADDRESSES).collect();
        let share = self.limit / u32::try_from(addresses.len().max(1)).unwrap_or(1);
        let mut failure = None;
        for address in addresses {
            match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // Requests are small and wait for answers. A socket that cannot be told so still works.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => failure = Some(unreachable(self.url, &error)),
                Err(_) => failure = Some(failure::timed_out(step, self.url, self.limit)),
            }
        }
        Err(failure.unwrap_or_else(|| unreachable(self.url, &io::Error::other("the name stands for no address"))))
    }

    async fn handshake(
        &self,
        stream: TcpStream,
        configuration: Arc<ClientConfig>,
    ) -> Result<tokio_rustls::client::TlsStream<TcpStream>, DirectoryError> {
        let name = tls::server_name(self.url)?;
        let secured = TlsConnector::from(configuration).connect(name, stream).await;
        secured.map_err(|error| tls::handshake_failure(self.url, &error, self.ca_pem.is_some()))
    }

    async fn within<T>(&self, step: DirectoryStep, work: impl Future<Output = T>) -> Result<T, DirectoryError> {
        timeout(self.limit, work).await.map_err(|_| failure::timed_out(step, self.url, self.limit))
    }
}

/// Asks for TLS, and takes nothing that came with the answer: it would have been written in plain text by anybody.
async fn start_tls(url: &ServerUrl, stream: &mut TcpStream) -> Result<(), DirectoryError> {
    let step = DirectoryStep::Certificate;
    let lost = |fault: &Fault| failure::lost(step, url, Some(fault));
    stream.write_all(&START_TLS).await.map_err(|error| lost(&Fault::Broken(error.to_string())))?;
    let mut buffer = Vec::new();
    let length = read_message(stream, &mut buffer).await.map_err(|fault| lost(&fault))?;
    let message = Message::check(buffer.get(..length).unwrap_or_default(), Awaited::Other);
    let message = message.map_err(|malformed| lost(&Fault::Malformed(malformed.0.to_owned())))?;
    match message.outcome {
        Some((0, _)) if buffer.len() == length => Ok(()),
        Some((0, _)) => {
            Err(lost(&Fault::Malformed("something in plain text follows the answer to StartTLS".to_owned())))
        }
        Some((code, text)) => {
            let message = format!("`{url}` refused StartTLS: {text}");
            Err(DirectoryError::new(step, failure::name(code), &message, hints::start_tls_refused(url)))
        }
        None => Err(lost(&Fault::Malformed("the answer to StartTLS is none".to_owned()))),
    }
}

fn unreachable(url: &ServerUrl, error: &io::Error) -> DirectoryError {
    let code = match error.kind() {
        io::ErrorKind::ConnectionRefused => "CONNECTION_REFUSED",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "UNREACHABLE",
        io::ErrorKind::TimedOut => "TIMEOUT",
        // What the resolver says has no kind of its own.
        _ if error.raw_os_error().is_none() => "NAME_NOT_FOUND",
        _ => "CONNECT",
    };
    DirectoryError::new(DirectoryStep::Connect, code, &format!("`{url}`: {error}"), hints::unreachable(code, url))
}
