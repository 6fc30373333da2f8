//! One directory, ready for use: which server is asked, and by whom.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Clock, Directory, Secret, Timestamp,
    directory::{
        DirectoryEntry, DirectoryError, DirectoryStep, ExternalId, PersonNow, Security, ServerUrl, TestReport,
    },
};
use ports::directory::{
    Authentication, Directories, DirectoryResult, DirectorySession, ExistingGroup, GroupChange, ImportCursor,
    ReadingEnd,
};
use tokio::sync::mpsc;

use crate::{
    authenticate,
    connection::{LdapConnection, Target},
    diagnose, failure, hints,
    paged::PageSize,
    person_now, read, role_groups,
    schema::Schema,
};

/// How long a server that failed is tried after all others.
const SHUN_SECONDS: i64 = 60;

/// How many times the limit of one answer a sign-in may take.
const ANSWERS_IN_TIME: u32 = 3;

/// Opens directories over LDAP. One for the process: it remembers which servers failed a moment ago.
pub struct LdapDirectories {
    clock: Arc<dyn Clock>,
    failed: Failed,
}

/// Servers by the time of their last failure.
type Failed = Arc<Mutex<HashMap<ServerUrl, Timestamp>>>;

impl LdapDirectories {
    /// With the clock by which accounts expire.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, failed: Failed::default() }
    }
}

#[async_trait]
impl Directories for LdapDirectories {
    async fn open(
        &self,
        directory: &Directory,
        bind_password: Option<Secret<String>>,
    ) -> DirectoryResult<Box<dyn DirectorySession>> {
        Ok(Box::new(LdapSession {
            schema: Schema::new(directory),
            settings: directory.clone(),
            bind_password,
            clock: self.clock.clone(),
            failed: self.failed.clone(),
        }))
    }
}

/// One directory.
pub(crate) struct LdapSession {
    pub(crate) settings: Directory,
    pub(crate) schema: Schema,
    bind_password: Option<Secret<String>>,
    clock: Arc<dyn Clock>,
    failed: Failed,
}

impl LdapSession {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The largest page to begin with.
    pub(crate) fn page_size(&self) -> PageSize {
        PageSize(self.settings.connection.page_size.max(1))
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(u64::from(self.settings.connection.timeout_seconds.max(1)))
    }

    /// The servers, those that failed a moment ago last.
    pub(crate) fn servers(&self) -> DirectoryResult<Vec<(ServerUrl, Security)>> {
        let mut servers = self.settings.connection.servers().map_err(|error| failure::of_url(&error))?;
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let shunned = self.now().plus_seconds(-SHUN_SECONDS);
        servers.sort_by_key(|(url, _)| failed.get(url).is_some_and(|at| *at > shunned));
        Ok(servers)
    }

    /// Connects to one server; nobody is bound.
    pub(crate) async fn open(&self, url: &ServerUrl, security: Security) -> DirectoryResult<LdapConnection> {
        let ca_pem = self.settings.connection.ca_pem.as_deref();
        let opened = LdapConnection::open(&Target { url, security, ca_pem, limit: self.limit() }).await;
        self.note(url, opened.is_ok());
        opened
    }

    /// Another connection to a server of the directory's; nobody is bound.
    pub(crate) async fn open_again(&self, url: &ServerUrl) -> DirectoryResult<LdapConnection> {
        let security = url.security(self.settings.connection.start_tls).map_err(|error| failure::of_url(&error))?;
        self.open(url, security).await
    }

    fn note(&self, url: &ServerUrl, works: bool) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if works {
            failed.remove(url)
        } else {
            failed.insert(url.clone(), self.now())
        };
    }

    /// Binds as the account that reads; without one, nobody is bound, which is an anonymous reader.
    pub(crate) async fn bind(&self, connection: &mut LdapConnection) -> DirectoryResult<()> {
        let Some(dn) = self.settings.connection.bind_dn.as_deref() else { return Ok(()) };
        let Some(password) = self.bind_password.as_ref().filter(|password| !password.expose().is_empty()) else {
            // A name without a password would be taken for nobody (RFC 4513 §5.1.2).
            let message = format!("no password is known for `{dn}`");
            return Err(DirectoryError::new(DirectoryStep::Bind, "NO_PASSWORD", &message, hints::no_password()));
        };
        let result = connection.try_bind(dn, password, Vec::new()).await?;
        if result.rc == 0 {
            Ok(())
        } else {
            Err(failure::of_result(DirectoryStep::Bind, connection.url(), &result, Some(dn)))
        }
    }

    /// A bound connection to the first server that gives one.
    pub(crate) async fn connect(&self) -> DirectoryResult<LdapConnection> {
        let mut first_error = None;
        for (url, security) in self.servers()? {
            match self.connect_to(&url, security).await {
                Ok(connection) => return Ok(connection),
                Err(error) if is_about_server(&error) => {
                    self.note(&url, false);
                    tracing::warn!(server.url = %url, error.code = error.code, "directory server failed: {}", error.message);
                    first_error.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        // `servers` gives at least one.
        Err(first_error.unwrap_or_else(|| failure::of_url(&domain::directory::ServerUrlError::None)))
    }

    /// Somebody waits for this: all of it has a few times the limit of one answer.
    async fn in_time<T>(&self, work: impl Future<Output = DirectoryResult<T>>) -> DirectoryResult<T> {
        let limit = self.limit() * ANSWERS_IN_TIME;
        let over = |_| {
            let message = format!("the directory's answers took longer than {} s together", limit.as_secs());
            DirectoryError::new(DirectoryStep::Read, "TIMEOUT", &message, hints::timed_out(DirectoryStep::Read))
        };
        tokio::time::timeout(limit, work).await.map_err(over)?
    }

    async fn connect_to(&self, url: &ServerUrl, security: Security) -> DirectoryResult<LdapConnection> {
        let mut connection = self.open(url, security).await?;
        self.bind(&mut connection).await?;
        Ok(connection)
    }
}

/// Whether another server may do better.
pub(crate) fn is_about_server(error: &DirectoryError) -> bool {
    match error.step {
        DirectoryStep::Connect | DirectoryStep::Certificate => true,
        DirectoryStep::Bind => {
            matches!(error.code.as_str(), "TIMEOUT" | "CONNECTION_LOST" | "BAD_ANSWER" | "busy" | "unavailable")
        }
        _ => false,
    }
}

#[async_trait]
impl DirectorySession for LdapSession {
    async fn test(&self) -> TestReport {
        diagnose::test(self).await
    }

    async fn read(
        &self,
        since: Option<&ImportCursor>,
        entries: mpsc::Sender<DirectoryEntry>,
    ) -> DirectoryResult<ReadingEnd> {
        read::read(self, since, entries).await
    }

    async fn authenticate(&self, login: &str, password: &Secret<String>) -> DirectoryResult<Authentication> {
        self.in_time(authenticate::authenticate(self, login, password)).await
    }

    async fn person(&self, id: &ExternalId) -> DirectoryResult<Option<PersonNow>> {
        self.in_time(person_now::by_id(self, id)).await
    }

    async fn groups_in(&self, ou: &str) -> DirectoryResult<Vec<ExistingGroup>> {
        role_groups::list(self, ou).await
    }

    async fn change_groups(&self, ou: &str, changes: &[GroupChange]) -> DirectoryResult<Vec<DirectoryResult<()>>> {
        role_groups::change(self, ou, changes).await
    }
}
