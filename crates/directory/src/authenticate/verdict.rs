//! What the answer to a bind means: let in, refused for a reason, or no answer about the password at all.

use domain::{DirectoryKind, directory::PersonState};
use ldap3::LdapResult;
use ports::directory::AuthenticationRefusal as Why;

use crate::ber::{Reader, SEQUENCE};

/// The password policy control (draft-behera-ldap-password-policy).
pub(super) const POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";
/// 389 Directory Server: the password has expired, or has to be changed.
const EXPIRED: &str = "2.16.840.1.113730.3.4.4";

/// What a bind came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    Refused(Why),
    /// The server is at fault or busy: nothing is known of the password.
    Unanswered,
}

/// Judges an answer; `state` is what the entry said of itself before.
pub(super) fn of(kind: DirectoryKind, result: &LdapResult, state: PersonState) -> Verdict {
    match result.rc {
        0 => accepted(result, state),
        49 => Verdict::Refused(match kind {
            DirectoryKind::ActiveDirectory => of_active_directory(&result.text),
            DirectoryKind::OpenLdap => of_policy(result, state),
        }),
        // 389 Directory Server says so of accounts that are locked, and of such that are switched off.
        19 => Verdict::Refused(Why::Locked),
        53 if state == PersonState::Disabled => Verdict::Refused(Why::Disabled),
        53 | 50 | 10 => Verdict::Refused(Why::Other),
        // No password is kept for the entry.
        48 | 16 => Verdict::Refused(Why::WrongPassword),
        32 => Verdict::Refused(Why::UnknownPerson),
        _ => Verdict::Unanswered,
    }
}

/// The right password; marks of the account count also where the server does not look at them.
fn accepted(result: &LdapResult, state: PersonState) -> Verdict {
    match state {
        PersonState::Disabled => Verdict::Refused(Why::Disabled),
        PersonState::Expired => Verdict::Refused(Why::AccountExpired),
        _ if policy_error(result) == Some(2) || has_control(result, EXPIRED) => {
            Verdict::Refused(Why::MustChangePassword)
        }
        PersonState::Active | PersonState::Locked => Verdict::Accepted,
    }
}

fn of_policy(result: &LdapResult, state: PersonState) -> Why {
    match (policy_error(result), state) {
        (Some(0), _) => Why::PasswordExpired,
        (Some(1), PersonState::Disabled) => Why::Disabled,
        (Some(1), _) => Why::Locked,
        (Some(2), _) => Why::MustChangePassword,
        _ if has_control(result, EXPIRED) => Why::PasswordExpired,
        _ => Why::WrongPassword,
    }
}

/// The error of the policy control, if there is one.
fn policy_error(result: &LdapResult) -> Option<u32> {
    let control = result.ctrls.iter().find(|control| control.1.ctype == POLICY)?;
    let mut parts = Reader(control.1.val.as_deref()?).expect(SEQUENCE).ok()?.inner().ok()?;
    parts.optional(0xa0).ok()?;
    parts.optional(0x81).ok()??.number().ok()
}

fn has_control(result: &LdapResult, oid: &str) -> bool {
    result.ctrls.iter().any(|control| control.1.ctype == oid)
}

/// `80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1`: the number after `data`.
fn of_active_directory(text: &str) -> Why {
    let code = text.split("data ").nth(1).and_then(|rest| rest.split(|end: char| !end.is_ascii_alphanumeric()).next());
    match code {
        Some("525") => Why::UnknownPerson,
        Some("530" | "531") => Why::NotNow,
        Some("532") => Why::PasswordExpired,
        Some("533") => Why::Disabled,
        Some("701") => Why::AccountExpired,
        Some("773") => Why::MustChangePassword,
        Some("775") => Why::Locked,
        Some("52e" | "52f" | "56") | None => Why::WrongPassword,
        Some(_) => Why::Other,
    }
}

#[cfg(test)]
mod tests {
    use ldap3::controls::{Control, RawControl};

    use super::*;

    fn result(rc: u32, text: &str, controls: &[(&str, &[u8])]) -> LdapResult {
        let control = |(oid, value): &(&str, &[u8])| {
            Control(None, RawControl { ctype: (*oid).to_owned(), crit: false, val: Some(value.to_vec()) })
        };
        LdapResult {
            rc,
            matched: String::new(),
            text: text.to_owned(),
            refs: vec![],
            ctrls: controls.iter().map(control).collect(),
        }
    }

    #[test]
    fn active_directory_s_reasons_are_told_apart() {
        for (code, why) in [
            ("52e", Why::WrongPassword),
            ("525", Why::UnknownPerson),
            ("530", Why::NotNow),
            ("531", Why::NotNow),
            ("532", Why::PasswordExpired),
            ("533", Why::Disabled),
            ("701", Why::AccountExpired),
            ("773", Why::MustChangePassword),
            ("775", Why::Locked),
            ("52f", Why::WrongPassword),
            ("0", Why::Other),
        ] {
            let text =
                format!("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {code}, v1db1\0");
            let verdict = of(DirectoryKind::ActiveDirectory, &result(49, &text, &[]), PersonState::Active);
            assert_eq!(verdict, Verdict::Refused(why), "{code}");
        }
        let silent = of(DirectoryKind::ActiveDirectory, &result(49, "", &[]), PersonState::Active);
        assert_eq!(silent, Verdict::Refused(Why::WrongPassword));
    }

    #[test]
    fn the_policy_control_s_reasons_are_told_apart() {
        let policy = |rc, error: u8, state| {
            let value = [0x30, 0x03, 0x81, 0x01, error];
            of(DirectoryKind::OpenLdap, &result(rc, "", &[(POLICY, &value)]), state)
        };
        assert_eq!(policy(49, 0, PersonState::Active), Verdict::Refused(Why::PasswordExpired));
        assert_eq!(policy(49, 1, PersonState::Active), Verdict::Refused(Why::Locked));
        assert_eq!(policy(49, 1, PersonState::Disabled), Verdict::Refused(Why::Disabled));
        assert_eq!(policy(0, 2, PersonState::Active), Verdict::Refused(Why::MustChangePassword));
        let with_warning = [0x30, 0x08, 0xa0, 0x03, 0x81, 0x01, 0x02, 0x81, 0x01, 0x01];
        let warned = of(DirectoryKind::OpenLdap, &result(49, "", &[(POLICY, &with_warning)]), PersonState::Active);
        assert_eq!(warned, Verdict::Refused(Why::Locked));
        let grace = of(DirectoryKind::OpenLdap, &result(0, "", &[(POLICY, &with_warning[..7])]), PersonState::Active);
        assert_eq!(grace, Verdict::Accepted);
    }

    #[test]
    fn marks_count_where_the_server_does_not_look() {
        let bind = |rc, state| of(DirectoryKind::OpenLdap, &result(rc, "", &[]), state);
        assert_eq!(bind(0, PersonState::Active), Verdict::Accepted);
        assert_eq!(bind(0, PersonState::Locked), Verdict::Accepted);
        assert_eq!(bind(0, PersonState::Disabled), Verdict::Refused(Why::Disabled));
        assert_eq!(bind(0, PersonState::Expired), Verdict::Refused(Why::AccountExpired));
        assert_eq!(bind(53, PersonState::Disabled), Verdict::Refused(Why::Disabled));
        assert_eq!(bind(53, PersonState::Active), Verdict::Refused(Why::Other));
        for rc in [1, 8, 13, 51, 52, 80] {
            assert_eq!(bind(rc, PersonState::Active), Verdict::Unanswered, "{rc}");
        }
        let changed = of(DirectoryKind::OpenLdap, &result(0, "", &[(EXPIRED, b"0")]), PersonState::Active);
        assert_eq!(changed, Verdict::Refused(Why::MustChangePassword));
    }
}
