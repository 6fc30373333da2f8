//! Where the agent may send its bind password, and people's passwords: to the servers of the directory as it was first
//! told of them. A server that was taken over can ask it to use others, and is refused.

use domain::{
    DirectoryId,
    directory::{Connection, DirectoryError, DirectoryStep},
};
use ports::agent::DirectoryAddress;
use serde::{Deserialize, Serialize};

/// A directory as it was accepted on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Pinned {
    id: DirectoryId,
    urls: Vec<String>,
    start_tls: bool,
    ca_pem: Option<String>,
}

impl From<&DirectoryAddress> for Pinned {
    fn from(directory: &DirectoryAddress) -> Self {
        let Connection { urls, start_tls, ca_pem, .. } = directory.connection.clone();
        Self { id: directory.id.clone(), urls, start_tls, ca_pem }
    }
}

impl Pinned {
    /// Whether the directory may be used: fewer servers, or in another order, are no others.
    ///
    /// # Errors
    /// What differs, or that it would be spoken to in plain text.
    pub(super) fn check(&self, directory: &DirectoryAddress) -> Result<(), DirectoryError> {
        let connection = &directory.connection;
        if let Err(error) = connection.servers() {
            let hint = "use `ldaps://` or StartTLS in the directory's settings";
            return Err(DirectoryError::new(DirectoryStep::Agent, "PLAIN_TEXT", &error.to_string(), hint));
        }
        let foreign = connection.urls.iter().find(|url| !self.urls.contains(url));
        let what = if directory.id != self.id {
            "this agent was registered for another directory".to_owned()
        } else if let Some(url) = foreign {
            format!("this agent was first told to use {}, not `{url}`", self.urls.join(", "))
        } else if connection.start_tls != self.start_tls {
            format!("this agent was first told to use StartTLS: {}", self.start_tls)
        } else if connection.ca_pem != self.ca_pem {
            "this agent was first told of other certificates (caPem)".to_owned()
        } else {
            return Ok(());
        };
        Err(DirectoryError::new(
            DirectoryStep::Agent,
            "NOT_ACCEPTED",
            &format!("{what}; it sends its bind password nowhere else"),
            "if the change is yours, start the agent once with --accept-new-urls; if it is not, the server may be in \
             somebody else's hands",
        ))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A directory with these servers.
    pub(in crate::agent) fn directory(urls: &[&str]) -> DirectoryAddress {
        let json = serde_json::json!({
            "id": "0di00000000000000000", "name": "corp", "kind": "OPENLDAP",
            "connection": {
                "urls": urls, "startTls": false, "caPem": null, "bindDn": null, "timeoutSeconds": 10, "pageSize": 1000,
            },
            "people": {
                "bases": ["ou=people"], "filter": "(objectClass=person)",
                "attributes": { "login": "mail", "email": "mail", "firstName": "givenName", "lastName": "sn" },
            },
            "groups": {
                "bases": ["ou=groups"], "filter": "(objectClass=groupOfNames)", "name": "cn", "description": "description",
            },
        });
        serde_json::from_value(json).unwrap()
    }

    fn code(pinned: &Pinned, directory: &DirectoryAddress) -> Option<String> {
        pinned.check(directory).err().map(|error| error.code)
    }

    #[test]
    fn a_directory_elsewhere_is_not_accepted() {
        let first = directory(&["ldaps://a.example", "ldaps://b.example"]);
        let pinned = Pinned::from(&first);
        assert_eq!(code(&pinned, &first), None);
        assert_eq!(code(&pinned, &directory(&["ldaps://b.example"])), None, "one server less");
        let refused = Some("NOT_ACCEPTED".to_owned());
        assert_eq!(code(&pinned, &directory(&["ldaps://a.example", "ldaps://evil.example"])), refused);
        let mut other = first.clone();
        other.connection.ca_pem = Some("-----BEGIN CERTIFICATE-----".to_owned());
        assert_eq!(code(&pinned, &other), refused, "another authority could vouch for another server");
        let mut other = first.clone();
        other.id = DirectoryId::parse("0di00000000000000001").unwrap();
        assert_eq!(code(&pinned, &other), refused);
        let mut other = first;
        other.connection.start_tls = true;
        assert_eq!(code(&pinned, &other), refused);
    }

    #[test]
    fn plain_text_is_refused_even_where_it_was_first_told() {
        let plain = directory(&["ldap://a.example"]);
        assert_eq!(code(&Pinned::from(&plain), &plain).as_deref(), Some("PLAIN_TEXT"));
        let local = directory(&["ldap://127.0.0.1:389"]);
        assert_eq!(code(&Pinned::from(&local), &local), None);
    }
}
