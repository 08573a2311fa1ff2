//! Tests of the whole: that the crates keep their order, that the template is what the code needs, that the Rust SDK is a
//! client of the handlers.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod description;
#[cfg(test)]
mod documentation;
#[cfg(test)]
mod in_process;
#[cfg(test)]
mod modules;
#[cfg(test)]
mod rust_sdk;
#[cfg(test)]
mod rust_sdk_errors;
#[cfg(test)]
mod template;
