//! The command line of uguisu.

fn main() {}
