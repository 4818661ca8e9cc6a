use std::env;

/// What a bench was asked to do.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Run every case once, to see that it runs; what it prints means nothing.
    pub test: bool,
    /// Put the tables into `docs/performance.md`.
    pub write: bool,
}

impl Options {
    /// From the command line. Whatever runs a bench other than `cargo bench`, which says `--bench`,
    /// wants it tested.
    pub fn from_arguments() -> Self {
        let arguments: Vec<String> = env::args().skip(1).collect();
        let given = |name: &str| arguments.iter().any(|argument| argument == name);
        let known = ["--bench", "--test", "--write"];
        if let Some(other) = arguments.iter().find(|argument| !known.contains(&argument.as_str())) {
            panic!("{other} is none of --test and --write");
        }
        let test = given("--test") || !given("--bench");
        Self { test, write: given("--write") && !test }
    }
}
