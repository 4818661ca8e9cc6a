//! What the commands say, word for word, each case in a HOME of its own.

#[test]
fn commands_say_what_the_cases_show() {
    trycmd::TestCases::new().env("HOME", ".").env("NO_COLOR", "1").case("tests/cases/*.trycmd");
}
