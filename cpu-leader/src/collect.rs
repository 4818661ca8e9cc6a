//! Finding and reading the members' reports. Every name and every byte here is somebody else's.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::{fmt, fs};

use datasite::{
    Email, PeerReport, RejectReason, Report, Unreadable, is_datasite_name, read_bounded,
};
use jiff::Timestamp;

use crate::error::Error;
use crate::lists::Lists;

/// An honest report has about 300 bytes.
const LIMIT: usize = 64 * 1024;

/// Where members write, and where the original's first members did.
const FOLDERS: [&str; 2] = ["app_data", "api_data"];

/// Reads all members' reports, and remembers the last good one of each.
#[derive(Debug, Default)]
pub struct Collector {
    lists: Lists,
    last: HashMap<String, PeerReport>,
    content: Vec<u8>,
}

/// What one look at all datasites found.
#[derive(Debug, Default, PartialEq)]
pub struct Collected {
    /// The reports to be averaged: believable, fresh, one a datasite, in no particular order.
    pub reports: Vec<PeerReport>,
    /// How many files were skipped, and why.
    pub skipped: BTreeMap<SkipReason, usize>,
}

/// Why a datasite that has a report does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// The file was not read.
    Unreadable(Unreadable),
    /// The file was read and is not believed.
    Rejected(RejectReason),
    /// The report is too old, or from the future.
    NotFresh,
    /// The settings do not let this datasite count; the file was not read.
    NotAdmitted,
}

impl Collector {
    /// Reads the reports of those whom `lists` admit.
    pub fn new(lists: Lists) -> Collector {
        Collector { lists, ..Collector::default() }
    }

    /// Looks at every datasite but `own`. Whatever a member has there, the others still count.
    ///
    /// # Errors
    /// Only when `datasites` itself cannot be listed.
    pub fn collect(
        &mut self,
        datasites: &Path,
        own: &Email,
        now: Timestamp,
    ) -> Result<Collected, Error> {
        let names = members(datasites, own)?;
        let mut collected = Collected::default();
        let mut kept = HashMap::with_capacity(self.last.len());
        let mut root = datasites.to_path_buf();
        for name in names {
            root.push(&name);
            let read = if self.lists.admits(&name) {
                self.read(&root)
            } else if self.has_report(&root) {
                Err(SkipReason::NotAdmitted)
            } else {
                Ok(None)
            };
            root.pop();
            let report = match read {
                Ok(None) => continue,
                Ok(Some(report)) => report,
                Err(reason) => {
                    *collected.skipped.entry(reason).or_default() += 1;
                    // A file that is half written will be whole in a moment: what it said before
                    // still holds.
                    let torn = reason == SkipReason::Rejected(RejectReason::NotJson);
                    match self.last.get(&name).filter(|last| torn && last.is_fresh(now)) {
                        Some(last) => *last,
                        None => continue,
                    }
                }
            };
            if report.is_fresh(now) {
                collected.reports.push(report);
                kept.insert(name, report);
            } else {
                *collected.skipped.entry(SkipReason::NotFresh).or_default() += 1;
            }
        }
        self.last = kept;
        Ok(collected)
    }

    /// The reports of the last look with the names of their datasites.
    pub fn fresh(&self) -> impl Iterator<Item = (&str, &PeerReport)> {
        self.last.iter().map(|(name, report)| (name.as_str(), report))
    }

    fn has_report(&mut self, root: &Path) -> bool {
        FOLDERS.iter().any(|folder| {
            let file = Path::new(folder).join(Report::APP).join(Report::FILE);
            read_bounded(root, &file, 0, &mut self.content) != Ok(None)
        })
    }

    fn read(&mut self, root: &Path) -> Result<Option<PeerReport>, SkipReason> {
        for folder in FOLDERS {
            let file = Path::new(folder).join(Report::APP).join(Report::FILE);
            let found = read_bounded(root, &file, LIMIT, &mut self.content)
                .map_err(SkipReason::Unreadable)?;
            if found.is_some() {
                let report = PeerReport::parse(&self.content).map_err(SkipReason::Rejected)?;
                return Ok(Some(report));
            }
        }
        Ok(None)
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SkipReason::Unreadable(reason) => reason.fmt(f),
            SkipReason::Rejected(reason) => reason.fmt(f),
            SkipReason::NotFresh => f.write_str("not fresh"),
            SkipReason::NotAdmitted => f.write_str("not admitted"),
        }
    }
}

/// The folders that can be a member's: real ones with an e-mail's name, not hidden, not `own`.
/// Names that differ only in case are one datasite: the lower-case one, else the first in byte
/// order.
fn members(datasites: &Path, own: &Email) -> Result<Vec<String>, Error> {
    let mut lower_case = Vec::new();
    let mut others: BTreeMap<String, String> = BTreeMap::new();
    for entry in fs::read_dir(datasites).map_err(Error::read(datasites))? {
        let entry = entry.map_err(Error::read(datasites))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir()); // a link is none
        if !is_folder || !is_datasite_name(&name) || name.eq_ignore_ascii_case(own.as_str()) {
            continue;
        }
        if name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
            lower_case.push(name);
            continue;
        }
        match others.entry(name.to_lowercase()) {
            Entry::Vacant(entry) => drop(entry.insert(name)),
            Entry::Occupied(mut entry) => {
                let (lower, chosen) = (entry.key(), entry.get());
                if chosen != lower && (name == *lower || name < *chosen) {
                    entry.insert(name);
                }
            }
        }
    }
    if !others.is_empty() {
        let known: HashSet<&str> = lower_case.iter().map(String::as_str).collect();
        others.retain(|lower, _| !known.contains(lower.as_str()));
        lower_case.extend(others.into_values());
    }
    Ok(lower_case)
}

#[cfg(test)]
mod tests;
