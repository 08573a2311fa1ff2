//! Tests of the whole: that the crates keep their order, and that the template is what the code needs.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod template;
