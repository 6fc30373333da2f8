//! An AWS on loopback that answers every call after a fixed time: as many accounts as are asked for, each with the same
//! number of roles that trust the SAML provider `Rolegate` of their account.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use crate::{accounts::Accounts, http::Messages, options::Options};

/// `aws`: prints its URL, and serves until its stdin ends.
///
/// # Errors
/// When no port can be had.
pub fn run(options: &Options) -> io::Result<()> {
    let latency = Duration::from_millis(options.number("latency-ms", 50)?);
    let accounts = Arc::new(Accounts::new(options.number("roles", 50)?));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut out = io::stdout().lock();
    writeln!(out, "http://{}", listener.local_addr()?)?;
    out.flush()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let accounts = accounts.clone();
            // A caller that breaks off ends its own thread, and no more.
            thread::spawn(move || serve(stream, &accounts, latency));
        }
    });
    io::stdin().read_to_end(&mut Vec::new()).map(|_| ())
}

fn serve(mut stream: TcpStream, accounts: &Accounts, latency: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut requests = Messages::of(stream.try_clone()?);
    while let Some((status, kind, body)) = requests.next(|request| accounts.answer(&request))? {
        thread::sleep(latency);
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nx-amzn-requestid: \
             00000000-0000-4000-8000-000000000000\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
    }
    Ok(())
}
