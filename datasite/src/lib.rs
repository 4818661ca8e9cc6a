//! datasite
