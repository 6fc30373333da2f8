//! Rate limits: one bucket per kind and key, refilled evenly over a minute.
//!
//! Kept per process: with several nodes each allows as much. Lockout, which is what stops guessing, is in the store.

use std::{
    num::NonZeroU32,
    sync::{Arc, OnceLock},
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
};

use crate::state::RateLimits;

type Keyed = RateLimiter<
    String,
    governor::state::keyed::DefaultKeyedStateStore<String>,
    DefaultClock,
    StateInformationMiddleware,
>;

/// One kind of limit.
pub struct Limiter {
    per_minute: u32,
    keyed: Keyed,
}

/// What a check found; goes into the `X-Rate-Limit-*` headers of every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Allowed per minute.
    pub limit: u32,
    /// Left now.
    pub remaining: u32,
    /// Seconds until more is allowed; `None` when this request is allowed.
    pub refused_for: Option<u64>,
}

/// Carries a [`Standing`] from where it was counted to the headers of the answer.
#[derive(Debug, Clone, Default)]
pub struct StandingSlot(Arc<OnceLock<Standing>>);

impl StandingSlot {
    /// Remembers the first standing of the request.
    pub fn put(&self, standing: Standing) {
        let _ = self.0.set(standing);
    }

    /// What was remembered.
    pub fn standing(&self) -> Option<Standing> {
        self.0.get().copied()
    }
}

impl Limiter {
    fn new(per_minute: u32) -> Self {
        let size = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        let keyed =
            DefaultKeyedRateLimiter::keyed(Quota::per_minute(size)).with_middleware::<StateInformationMiddleware>();
        Self { per_minute: size.get(), keyed }
    }

    /// Counts one request of this key.
    pub fn check(&self, key: &str) -> Standing {
        match self.keyed.check_key(&key.to_owned()) {
            Ok(snapshot) => {
                Standing { limit: self.per_minute, remaining: snapshot.remaining_burst_capacity(), refused_for: None }
            }
            Err(until) => Standing {
                limit: self.per_minute,
                remaining: 0,
                refused_for: Some(until.wait_time_from(DefaultClock::default().now()).as_secs() + 1),
            },
        }
    }

    /// Forgets keys that are full again, so that memory stays bounded.
    pub fn sweep(&self) {
        self.keyed.retain_recent();
    }
}

/// All kinds.
pub struct Limiters {
    /// See [`RateLimits::sign_in_per_address`].
    pub sign_in_per_address: Limiter,
    /// See [`RateLimits::sign_in_per_login`].
    pub sign_in_per_login: Limiter,
    /// See [`RateLimits::api_per_caller`].
    pub api_per_caller: Limiter,
}

impl Limiters {
    /// Fresh counters.
    pub fn new(limits: &RateLimits) -> Self {
        Self {
            sign_in_per_address: Limiter::new(limits.sign_in_per_address),
            sign_in_per_login: Limiter::new(limits.sign_in_per_login),
            api_per_caller: Limiter::new(limits.api_per_caller),
        }
    }

    /// Sweeps every kind; called once a minute by the server.
    pub fn sweep(&self) {
        self.sign_in_per_address.sweep();
        self.sign_in_per_login.sweep();
        self.api_per_caller.sweep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_beyond_the_limit_is_told_how_long_to_wait() {
        let limiter = Limiter::new(2);
        assert_eq!(limiter.check("a").refused_for, None);
        assert_eq!(limiter.check("a").refused_for, None);
        assert!(limiter.check("a").refused_for.is_some_and(|seconds| (1..=31).contains(&seconds)));
        assert_eq!(limiter.check("b").refused_for, None, "another key has its own bucket");
    }
}
