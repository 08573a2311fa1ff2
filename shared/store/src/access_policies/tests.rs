mod cost;
mod laws;
mod lists;
mod races;
mod registry;
mod windows;
mod world;
