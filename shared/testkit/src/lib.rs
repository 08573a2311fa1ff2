//! Builders, fixtures and the embedded database for tests.
