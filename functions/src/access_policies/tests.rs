mod errors;
mod service;
mod stories;
