//! Tests of the whole: architecture and template.
