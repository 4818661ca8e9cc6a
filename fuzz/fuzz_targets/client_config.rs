//! Whatever SyftBox's settings file holds, reading it never panics, what it names is an absolute
//! folder and an e-mail address that can be written into a permission file, and a refusal quotes
//! nothing of the file.
#![no_main]

use std::path::Path;

use datasite::{ClientConfig, Email};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (path, home) = (Path::new("/home/alice/.syftbox/config.json"), Path::new("/home/alice"));
    match ClientConfig::parse(bytes, path, Some(home)) {
        Ok(config) => {
            assert!(config.data_dir.is_absolute(), "{config:?}");
            assert_eq!(config.email.as_str().parse::<Email>().ok(), Some(config.email));
        }
        Err(fault) => {
            let told = fault.to_string();
            // A token is longer than any word of ours; a path is the one thing that may be told.
            let words = bytes.split(|byte| !byte.is_ascii_alphanumeric());
            for secret in words.filter(|word| word.len() > 16 && word.is_ascii()) {
                let secret = String::from_utf8_lossy(secret);
                let is_path = matches!(fault, datasite::Error::Read { .. });
                assert!(is_path || !told.contains(&*secret), "{told}");
            }
        }
    }
    let _ = ClientConfig::parse(bytes, path, None);
});
