//! cpu-member
