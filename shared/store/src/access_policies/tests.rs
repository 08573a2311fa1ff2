mod cost;
mod laws;
mod limits;
mod lists;
mod races;
mod registry;
mod windows;
mod world;
