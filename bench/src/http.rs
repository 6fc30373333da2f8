//! Just enough HTTP/1.1 for both sides: a message with a `content-length`, on a connection that stays open.

use std::io::{self, Read};

/// A message larger than this is a mistake.
const MOST_BYTES: usize = 4 << 20;

/// Reads messages off one connection.
pub struct Messages<R> {
    stream: R,
    buffer: Vec<u8>,
    filled: usize,
}

/// One message, in the connection's buffer.
pub struct Message<'a> {
    /// First line and headers.
    pub head: &'a str,
    /// Body.
    pub body: &'a [u8],
}

impl Message<'_> {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

impl<R: Read> Messages<R> {
    /// Of this connection.
    pub fn of(stream: R) -> Self {
        Self { stream, buffer: vec![0; 64 * 1024], filled: 0 }
    }

    /// The next message, handed to `take`; `None` when the peer closed between two messages. Sent one at a time: what
    /// comes after a message before it was answered is an error.
    ///
    /// # Errors
    /// When the connection breaks, or what comes is no such message.
    pub fn next<T>(&mut self, take: impl FnOnce(Message<'_>) -> T) -> io::Result<Option<T>> {
        self.filled = 0;
        let mut whole: Option<(usize, usize)> = None;
        loop {
            if whole.is_none() {
                whole = self.measure()?;
            }
            if let Some((head, length)) = whole {
                match self.filled.cmp(&(head + length)) {
                    std::cmp::Ordering::Less => {}
                    std::cmp::Ordering::Equal => break,
                    std::cmp::Ordering::Greater => return Err(bad("more came than one message")),
                }
                if head + length > MOST_BYTES {
                    return Err(bad("a message is too large"));
                }
                self.buffer.resize(self.buffer.len().max(head + length), 0);
            } else if self.filled == self.buffer.len() {
                return Err(bad("the headers are too large"));
            }
            let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
            match self.stream.read(room)? {
                0 if self.filled == 0 => return Ok(None),
                0 => return Err(bad("the connection ended within a message")),
                count => self.filled += count,
            }
        }
        let (head, length) = whole.unwrap_or_default();
        let text = self.buffer.get(..head).unwrap_or_default();
        let head_text = std::str::from_utf8(text).map_err(|_| bad("the headers are no text"))?;
        let body = self.buffer.get(head..head + length).unwrap_or_default();
        Ok(Some(take(Message { head: head_text, body })))
    }

    /// Bytes of the head and of the body, once the whole head is there.
    fn measure(&self) -> io::Result<Option<(usize, usize)>> {
        let so_far = self.buffer.get(..self.filled).unwrap_or_default();
        let Some(end) = so_far.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
        let head = end + 4;
        let text = so_far.get(..head).unwrap_or_default();
        let text = std::str::from_utf8(text).map_err(|_| bad("the headers are no text"))?;
        let length = match header(text, "content-length") {
            Some(length) => length.parse().map_err(|_| bad("`content-length` is no number"))?,
            None if header(text, "transfer-encoding").is_some() => return Err(bad("chunks are not understood")),
            None => 0,
        };
        Ok(Some((head, length)))
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::other(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a message in pieces, as a network does.
    struct Pieces(Vec<&'static [u8]>);

    impl Read for Pieces {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            room[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    #[test]
    fn a_message_in_pieces_is_read_whole() {
        let pieces: Vec<&[u8]> = vec![b"HTTP/1.1 200 OK\r\nContent-L", b"ength: 5\r\n\r\nab", b"cde"];
        let mut messages = Messages::of(Pieces(pieces));
        let read = messages.next(|message| (message.head.starts_with("HTTP/1.1 200"), message.body.to_vec())).unwrap();
        assert_eq!(read, Some((true, b"abcde".to_vec())));
        assert!(messages.next(|_| ()).unwrap().is_none());
    }

    #[test]
    fn what_ends_early_or_never_is_an_error() {
        for bytes in [&b"GET / HTTP/1.1\r\ncontent-length: 2\r\n\r\n1"[..], b"GET / HT", b"X\r\n\r\nmore"] {
            assert!(Messages::of(bytes).next(|_| ()).is_err());
        }
    }
}
