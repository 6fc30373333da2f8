//! What an administrator can do about a failure, in our words.

use domain::directory::{DirectoryStep, DirectoryStep as Step, ServerUrl};
use ldap3::LdapResult;

/// For what a server answered.
pub(crate) fn for_result(step: DirectoryStep, result: &LdapResult, about: Option<&str>) -> String {
    match result.rc {
        32 => no_such_object(&result.matched),
        34 => dn(),
        10 | 71 => "It is kept on another server: give that server's address, or a base that this one holds. Referrals are not \
                    followed, so that no password goes to a server that nobody named."
            .to_owned(),
        49 if step == Step::Bind => "Check the bind DN and enter its password again; for Active Directory the bind DN may also be \
                                     `name@domain`. An account that is locked or expired is refused in the same way."
            .to_owned(),
        8 | 13 => "The server asks for an encrypted connection: use `ldaps://`, or switch StartTLS on.".to_owned(),
        48 | 7 => "The server takes no simple bind of this account: give the account a password, or allow simple binds over TLS."
            .to_owned(),
        53 if step == Step::Bind => "The server takes no bind without name and password: give a bind DN and its password.".to_owned(),
        1 if step != Step::Write => "Active Directory answers so to anonymous readers: give a bind DN and its password.".to_owned(),
        4 | 11 => format!(
            "The server limits how many entries this account may read, also in pages. Raise the limit for it: on OpenLDAP `limits \
             dn.exact=\"<bind DN>\" size.soft=unlimited size.hard=unlimited size.pr=1000 size.prtotal=unlimited`, on 389 Directory \
             Server `nsSizeLimit` and `nsPagedSizeLimit` of the account, on Active Directory `MaxResultSetSize`{}.",
            about.map(|base| format!("; or choose a narrower base than `{base}`")).unwrap_or_default()
        ),
        3 => "The server needs longer than it allows itself: index the attributes of the filter, or choose a narrower base.".to_owned(),
        50 if step == Step::Write => format!(
            "Give the bind account the right to create, change and delete groups in {}.",
            about.map_or_else(|| "this OU".to_owned(), |dn| format!("`{dn}`"))
        ),
        50 => "Give the bind account the right to read there.".to_owned(),
        51 | 52 => "The server is overloaded or being maintained; it is tried again. A second address lets another one answer meanwhile."
            .to_owned(),
        17 | 18 | 21 => "The server's schema knows an attribute, or a way to compare it, not as it is used here: check the filter and \
                         the attribute names."
            .to_owned(),
        19 if step == Step::Write => "The server finds a value illegal, often one that is too long; its message names it.".to_owned(),
        64 | 65 => "The server's schema allows no such group there; its message names what is missing or too much.".to_owned(),
        66 => "It has entries below it, so it is no group: look at it before it is deleted.".to_owned(),
        68 => "Something else has this name already: look at it, and rename or remove it.".to_owned(),
        _ if step == Step::Write => "See the server's log for this operation.".to_owned(),
        _ => "See the server's log for this connection.".to_owned(),
    }
}

/// The nearest that is there, as the server says.
fn no_such_object(matched: &str) -> String {
    if matched.is_empty() {
        "Check every part of the name. A server also answers so when the bind account may not see the entry.".to_owned()
    } else {
        format!(
            "The nearest entry that is there is `{matched}`: check the parts before it. A server also answers so when the bind \
             account may not see the entry."
        )
    }
}

pub(crate) fn no_roots() -> String {
    "Give the certificate of the authority that signed the server's certificate (PEM), or install the system's package \
     `ca-certificates`."
        .to_owned()
}

pub(crate) fn ca_malformed() -> String {
    "Give one or more certificates as PEM, each from `-----BEGIN CERTIFICATE-----` to `-----END CERTIFICATE-----`; a private \
     key does not belong there."
        .to_owned()
}

pub(crate) fn name_invalid() -> String {
    "Use the server's DNS name or address as it stands in its certificate.".to_owned()
}

pub(crate) fn no_tls(url: &ServerUrl) -> String {
    let expected = if url.ldaps {
        "`ldaps://` is usually port 636; for port 389 use `ldap://` with StartTLS"
    } else {
        "check the port"
    };
    format!("What answers there speaks no TLS, or has no certificate yet: {expected}.")
}

pub(crate) fn tls() -> String {
    "Check the server's certificate with `openssl s_client -connect host:636 -showcerts`.".to_owned()
}

pub(crate) fn name_mismatch(names: &[String]) -> String {
    if names.is_empty() {
        "The certificate has no name that counts (subjectAltName): have it issued anew with the server's DNS name."
            .to_owned()
    } else {
        format!(
            "Use one of the certificate's names in the address ({}), or have the certificate issued for this one.",
            names.join(", ")
        )
    }
}

pub(crate) fn unknown_issuer(has_ca: bool) -> String {
    if has_ca {
        "The given CA certificate did not sign it: give the certificate of the root authority, and let the server send those \
         in between."
            .to_owned()
    } else {
        "Give the certificate of the authority that signed it (PEM): it is none that the system knows.".to_owned()
    }
}

pub(crate) fn bad_signature() -> String {
    "The given CA certificate is of the same name as the authority that signed it, and of another key: give the current one.".to_owned()
}

pub(crate) fn expired() -> String {
    "Renew the server's certificate. When it is still good, check this machine's clock.".to_owned()
}

pub(crate) fn not_valid_yet() -> String {
    "Check the clocks of this machine and of the one that issued the certificate.".to_owned()
}

pub(crate) fn ca_as_server() -> String {
    "The server presents the certificate of an authority as its own: issue a server certificate, signed by that authority.".to_owned()
}

pub(crate) fn start_tls_refused(url: &ServerUrl) -> String {
    format!("Install a certificate on the server, or use `ldaps://{}`.", url.host)
}

pub(crate) fn unreachable(code: &str, url: &ServerUrl) -> String {
    match code {
        "CONNECTION_REFUSED" => format!("Nothing listens on port {} there: check the port, and that the server runs.", url.port),
        "NAME_NOT_FOUND" => format!("Check the name `{}` and this machine's DNS settings.", url.host),
        _ => "Check routes and firewalls between this machine and the server. Where it cannot be reached at all, run an agent \
              beside it."
            .to_owned(),
    }
}

pub(crate) fn timed_out(step: DirectoryStep) -> String {
    match step {
        Step::Connect => "A firewall drops the packets, or the address is wrong. Where it cannot be reached at all, run an agent \
                          beside it."
            .to_owned(),
        Step::Certificate => "What listens there speaks no TLS, or is overloaded: check the port.".to_owned(),
        _ => "The server is overloaded, or searches without an index: index the attributes of the filter, or raise the time limit."
            .to_owned(),
    }
}

pub(crate) fn lost(url: &ServerUrl) -> String {
    let tls = if url.ldaps { "" } else { " Some servers do so when they want TLS." };
    format!("See the server's log for this connection.{tls}")
}

pub(crate) fn bad_answer(url: &ServerUrl) -> String {
    let tls = if url.ldaps { "" } else { "; a port that wants TLS from the beginning is written `ldaps://`" };
    format!("Check the address: port {} may belong to another service{tls}.", url.port)
}

pub(crate) fn url() -> String {
    "Correct the directory's addresses.".to_owned()
}

pub(crate) fn filter() -> String {
    "Correct the filter; it is written like `(&(objectClass=person)(mail=*))`.".to_owned()
}

pub(crate) fn dn() -> String {
    "Correct the name; it is written like `ou=people,dc=example,dc=com`, with `\\` before a comma that belongs to a value.".to_owned()
}

pub(crate) fn no_password() -> String {
    "Enter the password of the bind DN.".to_owned()
}

pub(crate) fn changed_meanwhile() -> String {
    "Nothing was changed here. The next import reads the directory as it is then.".to_owned()
}

pub(crate) fn no_base() -> String {
    "Give at least one base, such as the OU that holds them.".to_owned()
}

pub(crate) fn not_shown() -> String {
    "Give the bind account the right to read the base.".to_owned()
}

pub(crate) fn no_entries() -> String {
    "Check the filter, and that the bind account may read the entries and the attributes of the filter.".to_owned()
}

pub(crate) fn group_name() -> String {
    "Give the group a name of one line that neither begins nor ends with a space.".to_owned()
}

pub(crate) fn name_too_long() -> String {
    "Let the groups' name be another attribute than `cn` in the directory's settings, such as `displayName`, or shorten the \
     template."
        .to_owned()
}

pub(crate) fn description_too_long() -> String {
    "Shorten the description.".to_owned()
}

pub(crate) fn describe_it() -> String {
    "Compare again: what is different is then changed, not made.".to_owned()
}

pub(crate) fn look_again() -> String {
    "Compare again: the directory may have changed since.".to_owned()
}

pub(crate) fn account_name_taken() -> String {
    "Something in the domain has this name, or the same `sAMAccountName`, already: look for it, and rename or remove it.".to_owned()
}

pub(crate) fn our_machine() -> String {
    "This is about Rolegate's own machine: see how many files its process may have open, and its log.".to_owned()
}

pub(crate) fn abandoned() -> String {
    "Import again: the reading was not at fault.".to_owned()
}
