//! A program's manual, in pages for `man`.

use std::fs;
use std::io;
use std::path::Path;

use clap::Command;
use clap_mangen::Man;

/// One page: of the program, or of one of its commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The file's name, such as `cpu-leader-run.1`.
    pub file: String,
    /// What `man` shows.
    pub content: Vec<u8>,
}

/// The pages of the program that `command` describes: its own first, then those of its commands,
/// the hidden ones left out.
///
/// # Errors
/// What writing to memory can fail with, which is nothing on any known system.
pub fn manual(command: Command) -> io::Result<Vec<Page>> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    add(&command, &mut pages)?;
    Ok(pages)
}

/// Writes each page into `folder`, which is made as needed.
///
/// # Errors
/// Those of the file system.
pub fn write_pages(pages: &[Page], folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    pages.iter().try_for_each(|page| fs::write(folder.join(&page.file), &page.content))
}

fn add(command: &Command, pages: &mut Vec<Page>) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let page = Man::new(command.clone());
    let mut content = Vec::new();
    page.render(&mut content)?;
    pages.push(Page { file: format!("{name}.1"), content });
    let shown = |command: &&Command| !command.is_hide_set();
    command.get_subcommands().filter(shown).try_for_each(|command| add(command, pages))
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    fn program() -> Command {
        let run = Command::new("run").about("Measures").arg(Arg::new("once").long("once"));
        Command::new("tracker")
            .about("Watches")
            .subcommand(run)
            .subcommand(Command::new("secret").hide(true))
            .subcommand(Command::new("service").subcommand(Command::new("print")))
    }

    #[test]
    fn each_command_has_a_page_of_its_own() {
        let pages = manual(program()).unwrap();
        let files: Vec<_> = pages.iter().map(|page| page.file.as_str()).collect();
        let expected =
            ["tracker.1", "tracker-run.1", "tracker-service.1", "tracker-service-print.1"];
        assert_eq!(files, expected);
        let run = String::from_utf8(pages[1].content.clone()).unwrap();
        assert!(run.contains(".TH tracker-run 1") && run.contains("once"), "{run}");
    }

    #[test]
    fn pages_are_written_into_a_folder_that_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("share/man/man1");
        write_pages(&manual(program()).unwrap(), &folder).unwrap();
        assert!(fs::read(folder.join("tracker-run.1")).is_ok_and(|page| !page.is_empty()));
    }
}
