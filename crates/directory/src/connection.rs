//! One connection to one server: opened, bound, asked one thing at a time, each answer within the time limit.
//!
//! A connection on which a search was left before its end is not used again; dropping it ends everything that it started.

mod connect;
mod gate;
mod message;
mod tls;

use std::{collections::HashSet, sync::Arc, time::Duration};

use domain::{
    Secret,
    directory::{DirectoryError, DirectoryStep, ServerUrl},
};
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Mod, Scope, SearchOptions, SearchStream, StdStream,
    asn1::StructureTag,
    controls::{Control, RawControl},
};
use tokio::{net::UnixStream, task::JoinHandle, time::timeout};

pub(crate) use self::{connect::Target, gate::Fault};
use self::{gate::Gate, message::Awaited};
use crate::{entry::RawEntry, failure, hints};

/// A connection, bound or not.
pub(crate) struct LdapConnection {
    ldap: Ldap,
    gate: Arc<Gate>,
    tasks: [JoinHandle<()>; 2],
    url: ServerUrl,
    limit: Duration,
    certificate: Option<String>,
}

impl Drop for LdapConnection {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// What is searched.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    pub(crate) base: String,
    pub(crate) scope: Scope,
    pub(crate) filter: String,
    pub(crate) attributes: Vec<String>,
    pub(crate) controls: Vec<RawControl>,
    /// At most so many entries; 0 for all.
    pub(crate) most: i32,
}

impl Search {
    /// A whole subtree.
    pub(crate) fn below(base: &str, filter: &str, attributes: &[&str]) -> Self {
        Self {
            base: base.to_owned(),
            scope: Scope::Subtree,
            filter: filter.to_owned(),
            attributes: attributes.iter().map(|attribute| (*attribute).to_owned()).collect(),
            controls: Vec::new(),
            most: 0,
        }
    }

    /// One entry.
    pub(crate) fn of(dn: &str, attributes: &[&str]) -> Self {
        Self { scope: Scope::Base, ..Self::below(dn, "(objectClass=*)", attributes) }
    }

    /// With a control.
    #[must_use]
    pub(crate) fn with(mut self, control: impl Into<RawControl>) -> Self {
        self.controls.push(control.into());
        self
    }

    /// With other attributes.
    #[must_use]
    pub(crate) fn asking(mut self, attributes: &[String]) -> Self {
        self.attributes = attributes.to_vec();
        self
    }

    /// With one attribute more.
    #[must_use]
    pub(crate) fn asking_also(mut self, attribute: Option<&str>) -> Self {
        self.attributes.extend(attribute.map(str::to_owned));
        self
    }

    /// At most so many.
    #[must_use]
    pub(crate) fn at_most(mut self, most: i32) -> Self {
        self.most = most;
        self
    }
}

/// One thing that a search answers. References to other servers are left out: nobody is sent there.
pub(crate) enum Item {
    /// An entry, with its controls.
    Entry(RawEntry, Vec<Control>),
    /// Something in between (RFC 4511 §4.13).
    Intermediate(StructureTag),
}

impl LdapConnection {
    /// Connects; nobody is bound yet.
    pub(crate) async fn open(target: &Target<'_>) -> Result<Self, DirectoryError> {
        let connected = target.connect().await?;
        let refuse = |error: &dyn std::fmt::Display| {
            DirectoryError::new(
                DirectoryStep::Connect,
                "CONNECT",
                &format!("`{}`: {error}", target.url),
                hints::our_machine(),
            )
        };
        let (ours, library) = std::os::unix::net::UnixStream::pair().map_err(|error| refuse(&error))?;
        ours.set_nonblocking(true).map_err(|error| refuse(&error))?;
        let ours = UnixStream::from_std(ours).map_err(|error| refuse(&error))?;
        let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(library));
        let (driver, ldap) =
            LdapConnAsync::with_settings(settings, "ldapi:///").await.map_err(|error| refuse(&error))?;
        let gate = Gate::new();
        let driving = async move {
            // What went wrong is known at the gate, or to whoever waits for an answer.
            let _ = driver.drive().await;
        };
        let tasks = [tokio::spawn(gate.clone().run(connected.stream, ours)), tokio::spawn(driving)];
        let certificate = connected.certificate;
        Ok(Self { ldap, gate, tasks, url: target.url.clone(), limit: target.limit, certificate })
    }

    /// Whom it is to.
    pub(crate) fn url(&self) -> &ServerUrl {
        &self.url
    }

    /// What the server's certificate says; nothing without TLS.
    pub(crate) fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// Binds by name and password, with these controls; any result code is an answer.
    ///
    /// # Errors
    /// When there was no answer.
    pub(crate) async fn try_bind(
        &mut self,
        dn: &str,
        password: &Secret<String>,
        controls: Vec<RawControl>,
    ) -> Result<LdapResult, DirectoryError> {
        self.gate.expect(Awaited::Other);
        self.ldap.controls = Some(controls).filter(|controls| !controls.is_empty());
        let bind = timeout(self.limit, self.ldap.simple_bind(dn, password.expose())).await;
        self.answered(DirectoryStep::Bind, bind)
    }

    /// Searches. The items have to be taken to their end.
    pub(crate) async fn search(&mut self, step: DirectoryStep, search: &Search) -> Result<Items<'_>, DirectoryError> {
        self.gate.expect(Awaited::Search);
        let Search { base, scope, filter, attributes, controls, most } = search.clone();
        self.ldap.controls = Some(controls).filter(|controls| !controls.is_empty());
        self.ldap.with_search_options(SearchOptions::new().sizelimit(most));
        let started = timeout(self.limit, self.ldap.streaming_search(&base, scope, &filter, attributes)).await;
        let stream = self.answered(step, started)?;
        Ok(Items { connection: self, stream, step })
    }

    /// Searches and collects; for few entries.
    pub(crate) async fn find(&mut self, step: DirectoryStep, search: &Search) -> Result<Vec<RawEntry>, DirectoryError> {
        let (entries, end) = self.find_and_end(step, search).await?;
        let url = &self.url;
        if end.rc == 0 { Ok(entries) } else { Err(failure::of_result(step, url, &end, Some(&search.base))) }
    }

    /// Searches and collects; any result code is an answer.
    pub(crate) async fn find_and_end(
        &mut self,
        step: DirectoryStep,
        search: &Search,
    ) -> Result<(Vec<RawEntry>, LdapResult), DirectoryError> {
        let mut items = self.search(step, search).await?;
        let mut entries = Vec::new();
        while let Some(item) = items.next().await? {
            if let Item::Entry(entry, _) = item {
                entries.push(entry);
            }
        }
        Ok((entries, items.end().await))
    }

    /// Adds an entry; any result code is an answer.
    pub(crate) async fn add(&mut self, dn: &str, attributes: &[(&str, &str)]) -> Result<LdapResult, DirectoryError> {
        self.gate.expect(Awaited::Other);
        let mut grouped: Vec<(String, HashSet<String>)> = Vec::new();
        for (attribute, value) in attributes {
            match grouped.iter_mut().find(|(known, _)| known == attribute) {
                Some((_, values)) => drop(values.insert((*value).to_owned())),
                None => grouped.push(((*attribute).to_owned(), HashSet::from([(*value).to_owned()]))),
            }
        }
        let added = timeout(self.limit, self.ldap.add(dn, grouped)).await;
        self.answered(DirectoryStep::Write, added)
    }

    /// Replaces an attribute's value, or takes the attribute away; any result code is an answer.
    pub(crate) async fn replace(
        &mut self,
        dn: &str,
        attribute: &str,
        value: &str,
    ) -> Result<LdapResult, DirectoryError> {
        self.gate.expect(Awaited::Other);
        let values: HashSet<&str> = Some(value).into_iter().filter(|value| !value.is_empty()).collect();
        let modified = timeout(self.limit, self.ldap.modify(dn, vec![Mod::Replace(attribute, values)])).await;
        self.answered(DirectoryStep::Write, modified)
    }

    /// Removes an entry; any result code is an answer.
    pub(crate) async fn delete(&mut self, dn: &str) -> Result<LdapResult, DirectoryError> {
        self.gate.expect(Awaited::Other);
        let deleted = timeout(self.limit, self.ldap.delete(dn)).await;
        self.answered(DirectoryStep::Write, deleted)
    }

    fn answered<T, E>(
        &self,
        step: DirectoryStep,
        answer: Result<Result<T, LdapError>, E>,
    ) -> Result<T, DirectoryError> {
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(LdapError::FilterParsing)) => Err(failure::filter_not_taken()),
            Ok(Err(_)) => Err(failure::lost(step, &self.url, self.gate.fault().as_ref())),
            Err(_) => Err(failure::timed_out(step, &self.url, self.limit)),
        }
    }
}

/// The items of a search, one after the other.
pub(crate) struct Items<'connection> {
    connection: &'connection mut LdapConnection,
    stream: SearchStream<'static, String, Vec<String>>,
    step: DirectoryStep,
}

impl Items<'_> {
    /// The next; nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Item>, DirectoryError> {
        loop {
            let next = timeout(self.connection.limit, self.stream.next()).await;
            let Some(item) = self.connection.answered(self.step, next)? else { return Ok(None) };
            self.connection.gate.taken();
            if item.is_ref() {
                continue;
            }
            if item.is_intermediate() {
                return Ok(Some(Item::Intermediate(item.0)));
            }
            let controls = item.1.clone();
            let entry = RawEntry::read(item.0).map_err(|malformed| {
                failure::lost(self.step, &self.connection.url, Some(&Fault::Malformed(malformed.0.to_owned())))
            })?;
            return Ok(Some(Item::Entry(entry, controls)));
        }
    }

    /// How the search ended.
    pub(crate) async fn end(mut self) -> LdapResult {
        self.stream.finish().await
    }
}
