//! What the command lines of the tracker's programs share: how lengths of time are written, what
//! exit codes mean, how a program is installed as a service, its completions and its manual.
//!
//! It knows nothing of SyftBox, of noise or of CPUs.

pub mod duration;
pub mod exit_code;
pub mod manual;
pub mod service;

pub use clap_complete::Shell;

/// The completion script for `shell` of the program that `command` describes.
pub fn completions(command: &clap::Command, shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command.clone(), command.get_name(), &mut script);
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_learns_the_commands() {
        let command = clap::Command::new("tracker").subcommand(clap::Command::new("measure"));
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
            let script = String::from_utf8(completions(&command, shell)).unwrap();
            assert!(script.contains("tracker") && script.contains("measure"), "{shell}: {script}");
        }
    }
}
