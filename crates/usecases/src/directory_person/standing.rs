//! What a directory's word on an account does to the user's status.
//!
//! Whoever the directory lets in no more is on hold here, and only that hold ends when it lets them in again: what an
//! administrator decided (`SUSPENDED`, `DEPROVISIONED`, `STAGED`) stays. Statuses that are about our own password mean
//! nothing for who has the directory's.

use domain::{UserStatus, directory::PersonState};

use crate::audit::EventDraft;

/// Where a user stands by a directory's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The new status.
    pub(crate) status: UserStatus,
    /// Whether it is the directory that put the user on hold.
    pub(crate) suspended: bool,
    former: UserStatus,
}

impl Standing {
    /// The log entry of the change.
    pub(crate) fn event(self) -> EventDraft {
        match (self.status, self.former) {
            (UserStatus::Suspended, _) => EventDraft::success("user.lifecycle.suspend", "Suspend user"),
            (_, UserStatus::Suspended) => EventDraft::success("user.lifecycle.unsuspend", "Unsuspend user"),
            _ => EventDraft::success("user.lifecycle.activate", "Activate user"),
        }
    }
}

/// The new standing, where it differs. `suspended`: whether the directory had put the user on hold. No state: the entry is
/// there no more.
pub(crate) fn settle(status: UserStatus, suspended: bool, state: Option<PersonState>) -> Option<Standing> {
    use UserStatus::{Active, Deprovisioned, LockedOut, PasswordExpired, Provisioned, Recovery, Staged, Suspended};
    let lets_in = state == Some(PersonState::Active);
    let (to, held) = match (status, lets_in) {
        (Suspended, true) if suspended => (Active, false),
        (Suspended, true) => (Suspended, false),
        (Suspended, false) => (Suspended, suspended),
        (Staged | Deprovisioned, _) | (Active | LockedOut, true) => (status, false),
        (Provisioned | Recovery | PasswordExpired, true) => (Active, false),
        (Active | LockedOut | Provisioned | Recovery | PasswordExpired, false) => (Suspended, true),
    };
    ((to, held) != (status, suspended)).then_some(Standing { status: to, suspended: held, former: status })
}

#[cfg(test)]
mod tests {
    use UserStatus::{Active, Deprovisioned, PasswordExpired, Provisioned, Staged, Suspended};

    use super::*;

    fn after(status: UserStatus, suspended: bool, state: Option<PersonState>) -> (UserStatus, bool) {
        settle(status, suspended, state).map_or((status, suspended), |standing| (standing.status, standing.suspended))
    }

    #[test]
    fn a_hold_ends_with_the_word_that_made_it() {
        for state in [None, Some(PersonState::Disabled), Some(PersonState::Expired), Some(PersonState::Locked)] {
            assert_eq!(after(Active, false, state), (Suspended, true));
            assert_eq!(after(Suspended, true, state), (Suspended, true));
        }
        assert_eq!(after(Suspended, true, Some(PersonState::Active)), (Active, false));
    }

    #[test]
    fn what_an_administrator_decided_stays() {
        for status in [Suspended, Deprovisioned, Staged] {
            assert_eq!(after(status, false, Some(PersonState::Active)), (status, false));
            assert_eq!(after(status, false, None), (status, false));
        }
    }

    #[test]
    fn our_own_password_is_no_hindrance() {
        for status in [Provisioned, PasswordExpired] {
            assert_eq!(after(status, false, Some(PersonState::Active)), (Active, false));
        }
        assert_eq!(settle(Active, false, Some(PersonState::Active)), None);
    }
}
