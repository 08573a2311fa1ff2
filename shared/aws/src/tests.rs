//! Against a server that speaks the services' wire formats.
