//! The only crate that knows Lambda and HTTP: requests, identity, replies, error mappings, logs.
