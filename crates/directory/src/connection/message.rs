//! The shape of a server's messages (RFC 4511 §4.1.1), as far as the library relies on it.

use crate::ber::{self, ENUMERATED, INTEGER, Malformed, OCTET_STRING, Reader, SEQUENCE, Value};

const CONTROLS: u8 = 0xa0;
/// Where Active Directory puts the name of a notice, outside of the response that it belongs to.
const STRAY_NAME: u8 = 0x8a;

/// What a message is, by its identifier octet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An entry, a reference or an intermediate response: more will follow.
    SearchItem,
    /// The end of an operation, of whichever kind.
    Outcome,
    /// Message 0: the server is about to hang up.
    Notice,
}

/// Which operation is waiting for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaited {
    /// Entries, then an end.
    Search,
    /// One outcome.
    Other,
}

/// A message that may be passed on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message<'bytes> {
    pub(super) kind: Kind,
    /// An outcome's result code and text.
    pub(super) outcome: Option<(u32, &'bytes str)>,
}

impl<'bytes> Message<'bytes> {
    /// Checks one whole message.
    pub(super) fn check(bytes: &'bytes [u8], awaited: Awaited) -> Result<Self, Malformed> {
        ber::check_nesting(bytes)?;
        let mut parts = Reader(bytes).expect(SEQUENCE)?.inner()?;
        let id = parts.expect(INTEGER)?.number()?;
        let operation = parts.next()?.ok_or(Malformed("a message without an operation"))?;
        let last = parts.next()?;
        if parts.next()?.is_some() {
            return Err(Malformed("a message with too many parts"));
        }
        match last {
            Some(controls) if controls.tag == CONTROLS => check_controls(controls)?,
            Some(stray) if stray.tag != STRAY_NAME => return Err(Malformed("a message with an unknown part")),
            _ => {}
        }
        let is_search_item = matches!(operation.tag, 0x64 | 0x73 | 0x79);
        if is_search_item && awaited == Awaited::Search && id != 0 {
            operation.inner()?;
            return Ok(Self { kind: Kind::SearchItem, outcome: None });
        }
        let fits = match operation.tag {
            0x65 => awaited == Awaited::Search,
            0x61 | 0x67 | 0x69 | 0x6b | 0x6d | 0x6f => awaited == Awaited::Other,
            0x78 => awaited == Awaited::Other || id == 0,
            _ => false,
        };
        if !fits {
            return Err(Malformed("an answer to something that was not asked"));
        }
        let outcome = Some(check_outcome(operation)?);
        Ok(Self { kind: if id == 0 { Kind::Notice } else { Kind::Outcome }, outcome })
    }
}

/// `LDAPResult` (§4.1.9): code, name, text, and what may follow.
fn check_outcome(operation: Value<'_>) -> Result<(u32, &str), Malformed> {
    let mut parts = operation.inner()?;
    let code = parts.expect(ENUMERATED)?.number()?;
    parts.expect(OCTET_STRING)?.text()?;
    let text = parts.expect(OCTET_STRING)?.text()?;
    while let Some(part) = parts.next()? {
        match part.tag {
            0xa3 => {
                let mut referrals = part.inner()?;
                while let Some(referral) = referrals.next()? {
                    referral.text()?;
                }
            }
            0x8a => {
                part.text()?;
            }
            0x87 | 0x8b => {}
            _ => return Err(Malformed("a result with an unknown part")),
        }
    }
    Ok((code, text))
}

fn check_controls(controls: Value<'_>) -> Result<(), Malformed> {
    let mut controls = controls.inner()?;
    while let Some(control) = controls.next()? {
        let mut parts = control.inner()?;
        parts.expect(OCTET_STRING)?.text()?;
        if let Some(critical) = parts.optional(ber::BOOLEAN)?
            && critical.content.len() != 1
        {
            return Err(Malformed("a control with a wrong flag"));
        }
        parts.optional(OCTET_STRING)?;
        if parts.next()?.is_some() {
            return Err(Malformed("a control with an unknown part"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BIND_DONE: &[u8] = &[0x30, 0x0c, 0x02, 0x01, 0x01, 0x61, 0x07, 0x0a, 0x01, 0x31, 0x04, 0x00, 0x04, 0x00];

    #[test]
    fn an_answer_to_what_was_asked_passes() {
        let message = Message::check(BIND_DONE, Awaited::Other).unwrap();
        assert_eq!(message, Message { kind: Kind::Outcome, outcome: Some((49, "")) });
        assert_eq!(
            Message::check(BIND_DONE, Awaited::Search),
            Err(Malformed("an answer to something that was not asked"))
        );
    }

    #[test]
    fn a_notice_of_active_directory_s_passes() {
        let notice = [
            &[0x30, 0x12, 0x02, 0x01, 0x00, 0x78, 0x08, 0x0a, 0x01, 0x34, 0x04, 0x00, 0x04, 0x01, b'x'][..],
            &[0x8a, 0x03, b'1', b'.', b'3'],
        ]
        .concat();
        let message = Message::check(&notice, Awaited::Search).unwrap();
        assert_eq!(message, Message { kind: Kind::Notice, outcome: Some((52, "x")) });
    }

    #[test]
    fn what_the_library_would_fall_over_is_refused() {
        let mut no_text = BIND_DONE.to_vec();
        no_text.truncate(12);
        no_text[1] = 0x0a;
        no_text[6] = 0x05;
        let mut no_utf8 = BIND_DONE.to_vec();
        no_utf8[11] = 0x01;
        no_utf8[12] = 0xff;
        for bytes in
            [&no_text[..], &no_utf8, &[0x30, 0x03, 0x02, 0x01, 0x01], &[0x30, 0x00], b"HTTP/1.1 400 Bad Request\r\n"]
        {
            assert!(Message::check(bytes, Awaited::Other).is_err(), "{bytes:x?}");
        }
    }

    proptest! {
        #[test]
        fn checking_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..48), flips in proptest::collection::vec((0..14_usize, any::<u8>()), 1..4)) {
            let _ = Message::check(&bytes, Awaited::Search);
            let mut bent = BIND_DONE.to_vec();
            for (place, byte) in flips {
                bent[place] = byte;
            }
            let _ = Message::check(&bent, Awaited::Other);
        }
    }
}
