//! Exists so that the build dependencies count.

fn main() {}
