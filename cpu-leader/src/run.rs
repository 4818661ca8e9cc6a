//! The loop around the rounds.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use datasite::{ClientConfig, Presence, Workspace};
use jiff::Timestamp;

use crate::aggregate::Aggregate;
use crate::error::Error;
use crate::round::Leader;
use crate::settings::{Settings, home};
use crate::stop::Stop;
use crate::textfile;

/// How often we look whether we are still wanted, or whether we can begin.
const LOOK: Duration = Duration::from_secs(2);

/// Leads the datasite of the SyftBox that `find` finds until `stop`, or until SyftBox's settings or
/// `app_folder` have been gone for a minute. Waits as long as another leader runs and, where it was
/// started as an app, as SyftBox is not set up: one of SyftBox's clients never starts an app again
/// that has ended, and the other starts it every five seconds.
pub fn run(
    find: impl Fn() -> Result<ClientConfig, datasite::Error>,
    settings: Settings,
    app_folder: Option<PathBuf>,
    stop: &Stop,
) -> Result<(), Error> {
    let as_app = app_folder.is_some();
    let may_pass = |error: &Error| match error {
        Error::Locked { .. } => true,
        Error::Datasite(_) => as_app,
        _ => false,
    };
    let mut presence = Presence::of(app_folder.into_iter().collect());
    let home = home()?;
    let mut waits_for = String::new();
    let open = || {
        let config = find()?;
        let workspace = Workspace::open(&config)?;
        let leader = Leader::open(workspace.clone(), &home, settings.clone(), None)?;
        Ok((config.path, workspace, leader))
    };
    let (config, workspace, mut leader) = loop {
        match open() {
            Ok(opened) => break opened,
            Err(error) if may_pass(&error) => {
                let message = error.to_string();
                if message != waits_for {
                    tracing::warn!("waiting: {message}");
                    waits_for = message;
                }
            }
            Err(error) => return Err(error),
        }
        if stop.wait(LOOK) || is_over(&mut presence) {
            return Ok(());
        }
    };
    presence = presence.and(config);
    tracing::info!(round_s = settings.round.seconds(), "leading");
    let textfile = settings.textfile.as_deref();
    rounds(&mut leader, stop, &mut presence, |_| textfile::write_after_round(textfile, &workspace));
    Ok(())
}

/// Makes one round now.
pub fn run_once(config: &ClientConfig, settings: Settings) -> Result<(), Error> {
    let workspace = Workspace::open(config)?;
    let (textfile, public) = (settings.textfile.clone(), workspace.clone());
    let aggregate = Leader::open(workspace, &home()?, settings, None)?.round(Timestamp::now())?;
    textfile::write_after_round(textfile.as_deref(), &public);
    tracing::info!(machines = aggregate.machines, "one round made");
    Ok(())
}

/// Makes a round at once and then one a step, until it is time to end; hands each to `seen`. A
/// round that fails is logged, and the next one is made all the same.
pub fn rounds(
    leader: &mut Leader,
    stop: &Stop,
    presence: &mut Presence,
    mut seen: impl FnMut(&Aggregate),
) {
    loop {
        match leader.round(Timestamp::now()) {
            Ok(aggregate) => seen(&aggregate),
            Err(error) => tracing::error!("the round failed: {error}"),
        }
        let next = Instant::now() + until_next_step(Timestamp::now(), leader.settings());
        loop {
            let left = next.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            if stop.wait(left.min(LOOK)) || is_over(presence) {
                return;
            }
        }
    }
}

/// Rounds are made as a step begins, so that each step has one.
fn until_next_step(now: Timestamp, settings: &Settings) -> Duration {
    let step = i128::from(settings.round.seconds()) * 1_000_000_000;
    let left = step - now.as_nanosecond().rem_euclid(step);
    Duration::from_nanos(u64::try_from(left).expect("a step has at most an hour"))
}

fn is_over(presence: &mut Presence) -> bool {
    let over = presence.is_over(Instant::now());
    if over {
        tracing::info!("SyftBox's settings or the app's folder were removed; ending");
    }
    over
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Chosen;

    #[test]
    fn rounds_are_made_as_a_step_begins() {
        let given = Chosen { round: Some("20s".parse().unwrap()), ..Chosen::default() };
        let settings = Settings::load(&given, None, std::path::Path::new("/nowhere")).unwrap();
        let left = |now: &str| until_next_step(now.parse().unwrap(), &settings).as_secs_f64();
        assert!((left("2026-11-24T03:00:00Z") - 20.0).abs() < 1e-9);
        assert!((left("2026-11-24T03:00:19.75Z") - 0.25).abs() < 1e-9);
        assert!((left("2026-11-24T03:00:21Z") - 19.0).abs() < 1e-9);
    }
}
