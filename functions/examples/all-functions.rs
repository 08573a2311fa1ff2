//! All functions in one program: the entry point of the binary by whose name the program is started.
//!
//! The local stack and the tests use it, because one program is linked in a moment and 39 are not. What is deployed are
//! the binaries in `src/bin`; the entry points are the same.

use std::path::Path;

/// Says what a binary in `src/bin` does
type EntryPoint = fn() -> Result<(), api::Error>;

// Written by `build.rs`: a module for each file in `src/bin`, and `FUNCTIONS`, their names and entry points.
include!(concat!(env!("OUT_DIR"), "/functions.rs"));

fn main() -> Result<(), api::Error> {
    let started_as = std::env::args().next().unwrap_or_default();
    let wanted = Path::new(&started_as).file_name().unwrap_or_default();
    match FUNCTIONS.iter().find(|(name, _)| wanted == *name) {
        Some((_, entry_point)) => entry_point(),
        None => Err(format!(
            "there is no function `{}`: start this program by the name of a file in functions/src/bin",
            wanted.display()
        )
        .into()),
    }
}
