//! What is around every page: the organisation's name, the addresses of style sheet and script, who is signed in.

use crate::{
    auth::SignedIn,
    pages::{
        assets::{ADDRESSES, Addresses},
        csrf,
    },
    state::WebState,
};

/// The frame of one page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Shown beside the mark and in the title.
    pub organisation: String,
    /// Addresses of style sheet, script and icon.
    pub assets: &'static Addresses,
    /// Absent before sign-in.
    pub person: Option<Person>,
    /// Which entry of the navigation is the page's own.
    pub place: Place,
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// First and last name.
    pub name: String,
    /// Login.
    pub login: String,
    /// The token of this session's forms.
    pub csrf: String,
}

/// An entry of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Apps and roles.
    Roles,
    /// The person's own sessions.
    Sessions,
    /// None of them.
    Elsewhere,
}

impl Frame {
    /// Around a page for somebody who has not signed in.
    pub fn anonymous(state: &WebState) -> Self {
        Self { organisation: state.services.settings.organisation.clone(), ..Self::bare() }
    }

    /// Around a page for this person.
    pub fn of(state: &WebState, signed_in: &SignedIn, place: Place) -> Self {
        let user = &signed_in.live.user;
        let person = Person {
            name: user.display_name(),
            login: user.profile.login.to_string(),
            csrf: csrf::of_session(state, &signed_in.secret),
        };
        Self { person: Some(person), place, ..Self::anonymous(state) }
    }

    /// Around a page that knows nothing, as when nothing works.
    pub fn bare() -> Self {
        Self { organisation: "Rolegate".to_owned(), assets: &ADDRESSES, person: None, place: Place::Elsewhere }
    }

    /// Whether the page is one of apps and roles.
    pub fn is_in_roles(&self) -> bool {
        self.place == Place::Roles
    }

    /// Whether it is the one of sessions.
    pub fn is_in_sessions(&self) -> bool {
        self.place == Place::Sessions
    }

    /// The token of this page's forms; empty before sign-in.
    pub fn csrf(&self) -> &str {
        self.person.as_ref().map_or("", |person| &person.csrf)
    }
}
