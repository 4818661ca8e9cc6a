//! Real processes on one ledger file, killed, failed and held up by the system.
//!
//! What stands for a release is a mark in another file. How many rounds each case runs is
//! `DP_CORE_TEST_ROUNDS`, a few by default, thousands in CI.

#[cfg(unix)]
mod child;
#[cfg(unix)]
mod contention;
#[cfg(unix)]
mod deaths;
#[cfg(unix)]
mod faults;
#[cfg(unix)]
mod scene;
#[cfg(unix)]
mod trace;

use std::time::Instant;

type Case = (&'static str, fn());

const CASES: [Case; 13] = [
    (
        "a40_a_death_at_any_system_call_of_a_payment_releases_nothing_unspent",
        deaths::at_any_system_call,
    ),
    ("a40_a_death_while_another_death_is_mended_costs_no_more", deaths::twice),
    ("a40_a_death_at_any_moment_loses_at_most_one_payment", deaths::at_any_moment),
    (
        "a40_a_death_at_any_system_call_of_a_creation_leaves_a_whole_ledger_or_none",
        deaths::of_a_creator,
    ),
    ("a43_any_system_call_that_fails_releases_nothing_and_names_the_file", faults::of_a_payment),
    ("a43_any_system_call_that_fails_leaves_a_whole_new_ledger_or_none", faults::of_a_creation),
    ("a43_a_copy_whose_sync_failed_is_written_first_by_the_next_payment", faults::of_a_sync),
    ("a43_a_write_that_is_cut_short_releases_nothing", faults::of_a_short_write),
    ("a43_a_file_that_may_not_be_written_releases_nothing", faults::of_a_read_only_file),
    ("a43_a_full_disk_stops_no_payment_from_a_ledger_that_is_there", faults::of_a_full_disk),
    (
        "a39_of_all_who_ask_for_more_than_half_at_once_one_is_granted",
        contention::for_the_last_of_a_budget,
    ),
    ("a39_what_is_paid_the_moment_a_ledger_appears_stays_paid", contention::with_a_creator),
    (
        "a43_a_holder_that_died_blocks_nobody_and_one_that_stopped_spends_nothing",
        contention::with_a_holder,
    ),
];

fn main() {
    if child::played_its_role() {
        return;
    }
    // As a test harness takes them: a part of a name, and flags, which are not for us.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    for (name, run) in CASES {
        if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        let start = Instant::now();
        run();
        println!("{name} ... done in {:.1} s", start.elapsed().as_secs_f32());
    }
}
