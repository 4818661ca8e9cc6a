use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use super::{Era, KIND, Standing, TotalEpsilon, era};
use crate::{Bounds, Error, state_file::StateFile};

/// What a timeline's file says, which may be in use: for people, and for showing. Nothing is
/// decided by it, and reading it changes nothing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Overview {
    /// Every promise since the beginning, the present one last.
    pub eras: Vec<Era>,
    /// How the present caps stand, the shortest stretch first.
    pub caps: Vec<Standing>,
    bounds: Bounds,
}

impl Overview {
    /// Of the timeline at `path`, for windows of signals within `bounds`, now.
    ///
    /// # Errors
    /// [`Error::File`] if it is missing, [`Error::Damaged`] if it is unreadable,
    /// [`Error::TooSensitive`] for bounds that noise cannot be drawn for.
    pub fn read(path: impl AsRef<Path>, bounds: Bounds) -> Result<Self, Error> {
        let path = path.as_ref();
        let damaged = || Error::Damaged { path: path.to_owned(), expected: KIND };
        let (eras, charges) = era::decode(&StateFile::peek(path, KIND)?).ok_or_else(damaged)?;
        let terms = &eras.last().ok_or_else(damaged)?.terms;
        let caps = charges.standings(terms.loss_of_window(bounds)?, SystemTime::now());
        Ok(Self { eras, caps, bounds })
    }

    /// The loss for any one stretch of this length over everything that was ever released:
    /// [`Era::loss_across`] all eras.
    ///
    /// # Errors
    /// As for [`Promise::noise`](crate::Promise::noise).
    pub fn loss_over(&self, stretch: Duration) -> Result<TotalEpsilon, Error> {
        Era::loss_across(&self.eras, stretch, self.bounds)
    }

    /// Until when no window may begin; `None` if one may begin now.
    pub fn paused_until(&self) -> Option<SystemTime> {
        self.caps.iter().filter_map(|standing| standing.paused_until).max()
    }
}
