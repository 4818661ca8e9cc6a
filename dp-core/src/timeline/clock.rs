use std::{
    fmt,
    time::{Instant, SystemTime},
};

/// Where a timeline's time comes from: the system's clocks, or a simulation's.
#[derive(Clone, Default)]
pub(super) struct Clock {
    #[cfg(any(test, feature = "simulation"))]
    pub(super) now: Option<std::sync::Arc<dyn Fn() -> Instant + Send + Sync>>,
    #[cfg(any(test, feature = "simulation"))]
    pub(super) wall: Option<std::sync::Arc<dyn Fn() -> SystemTime + Send + Sync>>,
}

impl Clock {
    /// By which lengths are measured.
    #[cfg_attr(not(any(test, feature = "simulation")), expect(clippy::unused_self))]
    pub(super) fn now(&self) -> Instant {
        #[cfg(any(test, feature = "simulation"))]
        if let Some(clock) = &self.now {
            return clock();
        }
        Instant::now()
    }

    /// By which caps remember, because it outlives the process.
    #[cfg_attr(not(any(test, feature = "simulation")), expect(clippy::unused_self))]
    pub(super) fn wall(&self) -> SystemTime {
        #[cfg(any(test, feature = "simulation"))]
        if let Some(clock) = &self.wall {
            return clock();
        }
        SystemTime::now()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
