//! Holds no code. `Cargo.toml` names the features that all tests of the workspace are built with.
