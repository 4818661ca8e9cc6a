//! What a program says with its exit code, after the numbers of `sysexits.h`.

/// A mistake on the command line; what clap itself ends with.
pub const USAGE: u8 = 2;
/// State on disk is damaged.
pub const DATA: u8 = 65;
/// Something that is needed is not there, such as SyftBox.
pub const UNAVAILABLE: u8 = 69;
/// A file cannot be written.
pub const CANNOT_CREATE: u8 = 73;
/// It may work later: another process is running, or a budget is used up.
pub const TRY_LATER: u8 = 75;
/// The operating system does not permit it.
pub const NO_PERMISSION: u8 = 77;
/// The settings cannot be used.
pub const CONFIGURATION: u8 = 78;

/// After these, starting the program again changes nothing until a person has done something.
pub const FINAL: [u8; 4] = [USAGE, DATA, NO_PERMISSION, CONFIGURATION];
