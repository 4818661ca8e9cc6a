//! Whatever a folder or an address is called, judging it never panics. An accepted address means
//! nothing but itself in a permission file, and an accepted folder is a single visible one.
#![no_main]

use std::path::{Component, Path};

use datasite::{Email, is_datasite_name};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(email) = text.parse::<Email>() {
        assert_eq!(email.as_str(), text);
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-+.'@".contains(c);
        assert!(text.len() <= 254 && text.chars().all(plain), "{text:?}");
        assert!(text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_'));
        assert_eq!(text.matches('@').count(), 1, "{text:?}");
        assert!(is_datasite_name(text), "an owner's own folder: {text:?}");
        assert_eq!(email.to_lowercase().as_str().parse::<Email>().ok(), Some(email.to_lowercase()));
    }
    if is_datasite_name(text) {
        let parts: Vec<_> = Path::new(text).components().collect();
        assert!(matches!(parts[..], [Component::Normal(_)]), "{text:?}");
        assert!(!text.starts_with('.') && !text.contains(['\0', '\n', '/']), "{text:?}");
    }
});
