//! One round: collect, average, remember, publish.

use std::path::Path;

use datasite::Workspace;
use jiff::Timestamp;

use crate::aggregate::Aggregate;
use crate::badge::{BADGE, badge};
use crate::collect::Collector;
use crate::data_file::{Frame, bytes};
use crate::error::Error;
use crate::history::History;
use crate::instance_lock::{InstanceLock, state_folder};
use crate::publish::Publisher;
use crate::range::Range;
use crate::releases::Releases;
use crate::settings::Settings;

/// The leader of one datasite, with all that it carries from round to round.
#[derive(Debug)]
pub struct Leader {
    workspace: Workspace,
    settings: Settings,
    collector: Collector,
    releases: Releases,
    history: History,
    frame: Frame,
    publisher: Publisher,
    skipped: String,
    _lock: InstanceLock,
}

impl Leader {
    /// The leader of this workspace, whose state is below `home`. `members_on_one_cpu` is what the
    /// demo's page must say.
    ///
    /// # Errors
    /// [`Error::Locked`] while another process leads this datasite.
    pub fn open(
        workspace: Workspace,
        home: &Path,
        settings: Settings,
        members_on_one_cpu: Option<usize>,
    ) -> Result<Leader, Error> {
        let state = state_folder(home, workspace.email());
        let lock = InstanceLock::take(&state)?;
        let round_s = settings.round.seconds();
        let path = state.join("history.sqlite");
        let mut history = History::open(path, round_s, settings.retention)?;
        let minimum_machines = settings.minimum_machines;
        let frame = Frame { round_s, minimum_machines, members_on_one_cpu };
        let publisher = Publisher::new(workspace.clone(), round_s);
        Ok(Leader {
            workspace,
            collector: Collector::new(settings.lists.clone()),
            settings,
            releases: history.counted()?,
            history,
            frame,
            publisher,
            skipped: String::new(),
            _lock: lock,
        })
    }

    /// The settings that this leader runs with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Makes the round of `now`. What a member wrote cannot fail it; a full disk can.
    pub fn round(&mut self, now: Timestamp) -> Result<Aggregate, Error> {
        let collected =
            self.collector.collect(&self.workspace.datasites(), self.workspace.email(), now)?;
        let reasons: Vec<_> =
            collected.skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let skipped = reasons.join(", ");
        if skipped != self.skipped {
            tracing::info!(reports = collected.reports.len(), skipped, "reports");
            self.skipped = skipped;
        }
        let aggregate = Aggregate::of(&collected.reports, self.settings.minimum_machines);
        let second = now.as_second();
        let reports = self.collector.fresh();
        let counted = self.releases.count(second, reports);
        if let Err(error) = self.history.record(second, &aggregate, &counted) {
            // Nothing was kept, so what was counted in this round is to be counted in the next.
            self.releases = self.history.counted()?;
            return Err(error);
        }
        let (history, frame) = (&mut self.history, self.frame);
        let published = self.publisher.publish(now, &aggregate, |range| {
            let (oldest, bins) = (history.oldest(range, second), history.bins(range, second)?);
            if range != Range::Hour {
                return Ok(vec![(
                    range.file(),
                    bytes(&frame.chart(range, oldest, &bins, &aggregate)),
                )]);
            }
            let data = frame.data(oldest, &bins, &history.rounds(second)?, &aggregate);
            Ok(vec![(range.file(), bytes(&data)), (BADGE, badge(&data.now))])
        })?;
        tracing::debug!(machines = aggregate.machines, published, "round");
        Ok(aggregate)
    }
}
