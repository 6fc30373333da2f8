//! LDIF (RFC 2849). Each group is its own only member: `groupOfNames` wants one, and a group in itself grants nobody.

use std::fmt::Write as _;

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::directory::dn::Dn;

use super::super::wanted::WantedGroup;

/// One record a group, for `ldapadd -c`: what is there already is passed over.
pub(super) fn write(groups: &[WantedGroup], ou: &Dn) -> String {
    let mut text = String::from("version: 1\n");
    for group in groups {
        let dn = ou.child("cn", &group.name).to_string();
        text.push('\n');
        line(&mut text, "dn", &dn);
        line(&mut text, "objectClass", "top");
        line(&mut text, "objectClass", "groupOfNames");
        line(&mut text, "cn", &group.name);
        if !group.description.is_empty() {
            line(&mut text, "description", &group.description);
        }
        line(&mut text, "member", &dn);
    }
    text
}

/// `attribute: value`, or `attribute:: base64` for what RFC 2849 does not call a SAFE-STRING.
fn line(text: &mut String, attribute: &str, value: &str) {
    let is_safe = value.bytes().all(|byte| byte.is_ascii() && !matches!(byte, 0 | b'\n' | b'\r'))
        && !value.starts_with([' ', ':', '<'])
        && !value.ends_with(' ');
    // Writing into a string cannot fail.
    let _ = if is_safe {
        writeln!(text, "{attribute}: {value}")
    } else {
        writeln!(text, "{attribute}:: {}", BASE64_STANDARD.encode(value))
    };
}
