//! Content synchronisation (RFC 4533), the refresh alone: the server tells what changed since a cookie, deletions included.
//! When it can only list what is still there (the present phase), a full reading costs no more and says it all.
//!
//! `OpenLDAP` names as deleted whatever its session log holds and a search does not find: also what was changed and belongs to
//! another base or filter.

use std::collections::BTreeMap;

use domain::directory::{DirectoryError, DirectoryStep, ExternalId};
use ldap3::{
    LdapResult,
    asn1::{PL, StructureTag},
    controls::{Control, MakeCritical as _, RefreshMode, SyncRequest},
};
use ports::directory::DirectoryResult;

use super::{root_dse::RootDse, scopes::Scope, teller::Teller};
use crate::{
    ber::{BOOLEAN, ENUMERATED, Malformed, OCTET_STRING, Reader, SEQUENCE, SET, Value},
    connection::{Fault, Item, LdapConnection, Search},
    failure,
};

const REQUEST: &str = "1.3.6.1.4.1.4203.1.9.1.1";
const STATE: &str = "1.3.6.1.4.1.4203.1.9.1.2";
const DONE: &str = "1.3.6.1.4.1.4203.1.9.1.3";
const INFO: &str = "1.3.6.1.4.1.4203.1.9.1.4";

/// The present as a cookie for each naming context; nothing when one of them is not synchronised.
pub(super) async fn cookies(
    connection: &mut LdapConnection,
    root: &RootDse,
    scopes: &[Scope],
) -> DirectoryResult<Option<BTreeMap<String, String>>> {
    if !root.supports(REQUEST) {
        return Ok(None);
    }
    let mut cookies = BTreeMap::new();
    for scope in scopes {
        let context = root.context_of(&scope.dn);
        if cookies.contains_key(&context) {
            continue;
        }
        let search = Search::of(&context, &["contextCSN"]);
        let (found, _) = connection.find_and_end(DirectoryStep::Read, &search).await?;
        let mut csns: Vec<String> =
            found.iter().flat_map(|entry| entry.texts("contextCSN")).map(str::to_owned).collect();
        if csns.is_empty() {
            return Ok(None);
        }
        // In the order of server ids, the part after the second `#`.
        csns.sort_by_key(|csn| csn.split('#').nth(2).unwrap_or_default().to_owned());
        cookies.insert(context, format!("rid=000,csn={}", csns.join(";")));
    }
    Ok(Some(cookies))
}

/// Tells what changed in every scope.
pub(super) async fn tell(
    connection: &mut LdapConnection,
    root: &RootDse,
    scopes: &[Scope],
    cookies: &BTreeMap<String, String>,
    teller: &mut Teller<'_>,
) -> DirectoryResult<()> {
    for scope in scopes {
        let cookie = cookies
            .get(&root.context_of(&scope.dn))
            .ok_or_else(|| cannot_go_on("a base has moved to another database"))?;
        teller.begin(scope);
        let request = SyncRequest {
            mode: RefreshMode::RefreshOnly,
            cookie: Some(cookie.clone().into_bytes()),
            reload_hint: false,
        };
        let search = scope.search(&scope.filter).with(request.critical());
        let url = connection.url().clone();
        let malformed =
            |wrong: Malformed| failure::lost(DirectoryStep::Read, &url, Some(&Fault::Malformed(wrong.0.to_owned())));
        let mut items = connection.search(DirectoryStep::Read, &search).await?;
        while let Some(item) = items.next().await? {
            match item {
                Item::Entry(entry, controls) => match state(&controls).map_err(malformed)? {
                    State::Now => teller.tell(entry).await?,
                    State::Gone(id) => teller.may_be_gone_by_id(id),
                    State::Present => return Err(present_phase()),
                },
                Item::Intermediate(message) => {
                    for id in info(&message).map_err(malformed)? {
                        teller.may_be_gone_by_id(id.ok_or_else(present_phase)?);
                    }
                }
            }
        }
        let end = items.end().await;
        check_end(&end).map_err(|error| match error {
            End::Malformed(wrong) => malformed(wrong),
            End::CannotGoOn(why) => cannot_go_on(why),
            End::Refused => failure::of_result(DirectoryStep::Read, &url, &end, Some(&scope.base)),
        })?;
    }
    Ok(())
}

fn cannot_go_on(why: &str) -> DirectoryError {
    DirectoryError::full_import_needed(why)
}

fn present_phase() -> DirectoryError {
    cannot_go_on("the server remembers deletions no longer than since the last import")
}

/// What an entry's control says of it.
enum State {
    Now,
    Gone(ExternalId),
    Present,
}

fn state(controls: &[Control]) -> Result<State, Malformed> {
    const MISSING: Malformed = Malformed("an entry without its state");
    let value = value_of(controls, STATE).ok_or(MISSING)?;
    let mut parts = Reader(value).expect(SEQUENCE)?.inner()?;
    match parts.expect(ENUMERATED)?.number()? {
        0 => Ok(State::Present),
        1 | 2 => Ok(State::Now),
        3 => Ok(State::Gone(id(parts.expect(OCTET_STRING)?)?)),
        _ => Err(Malformed("an entry in an unknown state")),
    }
}

/// The ids that a message in between names as deleted; a nothing among them stands for the present phase.
fn info(message: &StructureTag) -> Result<Vec<Option<ExternalId>>, Malformed> {
    let PL::C(parts) = &message.payload else { return Err(Malformed("an intermediate message of an unknown shape")) };
    let part = |number: u64| {
        parts
            .iter()
            .find(|part| part.id == number)
            .and_then(|part| if let PL::P(bytes) = &part.payload { Some(bytes) } else { None })
    };
    if part(0).is_none_or(|name| name != INFO.as_bytes()) {
        return Ok(Vec::new());
    }
    let value = part(1).ok_or(Malformed("a sync message without a value"))?;
    let choice = Reader(value).next()?.ok_or(Malformed("a sync message without a value"))?;
    match choice.tag {
        // A new cookie, and the end of the delete phase.
        0x80 | 0xa1 => Ok(Vec::new()),
        0xa2 => Ok(vec![None]),
        0xa3 => {
            let mut parts = choice.inner()?;
            parts.optional(OCTET_STRING)?;
            let deletes = parts.optional(BOOLEAN)?.is_some_and(Value::is_true);
            if !deletes {
                return Ok(vec![None]);
            }
            let mut ids = parts.expect(SET)?.inner()?;
            let mut gone = Vec::new();
            while let Some(one) = ids.next()? {
                gone.push(Some(id(one)?));
            }
            Ok(gone)
        }
        _ => Err(Malformed("a sync message of an unknown kind")),
    }
}

fn id(value: Value<'_>) -> Result<ExternalId, Malformed> {
    let bytes = <[u8; 16]>::try_from(value.content).map_err(|_| Malformed("an id that has not 16 bytes"))?;
    Ok(ExternalId::from_bytes(bytes))
}

enum End {
    Malformed(Malformed),
    CannotGoOn(&'static str),
    Refused,
}

/// A refresh is complete when it says that deletions were told.
fn check_end(end: &LdapResult) -> Result<(), End> {
    match end.rc {
        0 => {
            let value = value_of(&end.ctrls, DONE).ok_or(End::Malformed(Malformed("a refresh without an end")))?;
            let mut parts = Reader(value).expect(SEQUENCE).and_then(Value::inner).map_err(End::Malformed)?;
            parts.optional(OCTET_STRING).map_err(End::Malformed)?;
            let deletes = parts.optional(BOOLEAN).map_err(End::Malformed)?.is_some_and(Value::is_true);
            if deletes {
                Ok(())
            } else {
                Err(End::CannotGoOn("the server remembers deletions no longer than since the last import"))
            }
        }
        4 | 11 => Err(End::CannotGoOn("more has changed than the server tells this account at once")),
        4096 | 53 | 12 | 2 => Err(End::CannotGoOn("the server cannot tell what changed since the last import")),
        _ => Err(End::Refused),
    }
}

fn value_of<'controls>(controls: &'controls [Control], oid: &str) -> Option<&'controls [u8]> {
    controls.iter().find(|control| control.1.ctype == oid).and_then(|control| control.1.val.as_deref())
}

#[cfg(test)]
mod tests {
    use ldap3::{asn1::TagClass, controls::RawControl};

    use super::*;

    fn control(oid: &str, value: &[u8]) -> [Control; 1] {
        [Control(None, RawControl { ctype: oid.to_owned(), crit: false, val: Some(value.to_vec()) })]
    }

    fn message(value: &[u8]) -> StructureTag {
        let part = |id, bytes: &[u8]| StructureTag { class: TagClass::Context, id, payload: PL::P(bytes.to_vec()) };
        StructureTag {
            class: TagClass::Application,
            id: 25,
            payload: PL::C(vec![part(0, INFO.as_bytes()), part(1, value)]),
        }
    }

    #[test]
    fn deletions_are_read_from_sets_of_ids() {
        let set = [&b"\xa3\x17\x01\x01\xff\x31\x12\x04\x10"[..], &[0xab; 16]].concat();
        assert_eq!(info(&message(&set)), Ok(vec![Some(ExternalId::from_bytes([0xab; 16]))]));
        assert_eq!(info(&message(b"\xa1\x00")), Ok(vec![]));
        assert_eq!(info(&message(b"\xa2\x00")), Ok(vec![None]), "present phase");
        let present = [&b"\xa3\x14\x31\x12\x04\x10"[..], &[0xab; 16]].concat();
        assert_eq!(info(&message(&present)), Ok(vec![None]));
        assert!(info(&message(b"\xa3\x05\x01\x01\xff\x31\x01")).is_err());
        assert!(info(&message(b"\xa3\x08\x01\x01\xff\x31\x03\x04\x01x")).is_err());
    }

    #[test]
    fn an_entry_says_what_became_of_it() {
        let modified = [&b"\x30\x15\x0a\x01\x02\x04\x10"[..], &[1; 16]].concat();
        assert!(matches!(state(&control(STATE, &modified)), Ok(State::Now)));
        let deleted = [&b"\x30\x15\x0a\x01\x03\x04\x10"[..], &[1; 16]].concat();
        assert!(
            matches!(state(&control(STATE, &deleted)), Ok(State::Gone(id)) if id == ExternalId::from_bytes([1; 16]))
        );
        assert!(matches!(state(&control(STATE, b"\x30\x03\x0a\x01\x00")), Ok(State::Present)));
        assert!(state(&[]).is_err() && state(&control(STATE, b"\x30\x03\x0a\x01\x07")).is_err());
    }

    #[test]
    fn a_refresh_that_told_no_deletions_is_not_enough() {
        let end = |rc, value: &[u8]| LdapResult {
            rc,
            matched: String::new(),
            text: String::new(),
            refs: vec![],
            ctrls: control(DONE, value).to_vec(),
        };
        assert!(check_end(&end(0, b"\x30\x06\x04\x01c\x01\x01\xff")).is_ok());
        assert!(matches!(check_end(&end(0, b"\x30\x03\x04\x01c")), Err(End::CannotGoOn(_))));
        assert!(matches!(check_end(&end(4096, b"\x30\x00")), Err(End::CannotGoOn(_))));
        assert!(matches!(check_end(&end(50, b"\x30\x00")), Err(End::Refused)));
        assert!(matches!(check_end(&end(0, b"junk")), Err(End::Malformed(_))));
    }
}
