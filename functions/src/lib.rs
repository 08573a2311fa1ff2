//! One module per family of operations, one file per operation.
