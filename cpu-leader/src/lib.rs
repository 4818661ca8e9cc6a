//! cpu-leader
