//! What a server says of itself (RFC 4512 §5.1).

use domain::directory::{DirectoryStep, Dn};
use ports::directory::DirectoryResult;

use crate::{
    connection::{LdapConnection, Search},
    entry::RawEntry,
};

/// The root's attributes that matter here.
#[derive(Debug, Clone)]
pub(crate) struct RootDse {
    contexts: Vec<(String, Dn)>,
    controls: Vec<String>,
    /// Active Directory: the newest change that is complete.
    pub(crate) highest_usn: Option<i64>,
    /// Active Directory: the entry of the server itself.
    pub(crate) service: Option<String>,
}

impl RootDse {
    /// Asks for it.
    pub(crate) async fn read(connection: &mut LdapConnection) -> DirectoryResult<Self> {
        let attributes = ["namingContexts", "supportedControl", "highestCommittedUSN", "dsServiceName"];
        let found = connection.find(DirectoryStep::Read, &Search::of("", &attributes)).await?;
        Ok(found.first().map_or_else(Self::of_nothing, Self::of))
    }

    fn of(entry: &RawEntry) -> Self {
        let context = |text: &str| Some((text.to_owned(), Dn::parse(text).ok()?));
        Self {
            contexts: entry.texts("namingContexts").filter_map(context).collect(),
            controls: entry.texts("supportedControl").map(str::to_owned).collect(),
            highest_usn: entry.number("highestCommittedUSN"),
            service: entry.text("dsServiceName").ok().flatten().map(str::to_owned),
        }
    }

    const fn of_nothing() -> Self {
        Self { contexts: Vec::new(), controls: Vec::new(), highest_usn: None, service: None }
    }

    /// Whether the server knows a control.
    pub(crate) fn supports(&self, oid: &str) -> bool {
        self.controls.iter().any(|control| control == oid)
    }

    /// The naming context that holds this name: the nearest above it. Where the server does not say, the name itself.
    pub(crate) fn context_of(&self, dn: &Dn) -> String {
        let above = self.contexts.iter().filter(|(_, context)| dn.is_within(context));
        let nearest = above.max_by_key(|(_, context)| context.depth());
        nearest.map_or_else(|| dn.to_string(), |(text, _)| text.clone())
    }
}
