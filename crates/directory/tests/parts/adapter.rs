//! The adapter under test.

use std::sync::Arc;

use domain::Timestamp;
use ports::directory::Directories;
use rolegate_directory::LdapDirectories;
use testkit::FixedClock;

/// The adapter under test, with the real time: a server's clock is the real one.
pub(crate) fn directories() -> Arc<dyn Directories> {
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_millis();
    let now = Timestamp::from_millis(i64::try_from(now).expect("small"));
    Arc::new(LdapDirectories::new(Arc::new(FixedClock::at(now))))
}
