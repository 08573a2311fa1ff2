//! What requests and responses are: types valid by construction, no I/O.
