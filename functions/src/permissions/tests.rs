//! The operations through their handlers, on the embedded database.

mod fresh;
mod pages;
mod searches;
mod world;
