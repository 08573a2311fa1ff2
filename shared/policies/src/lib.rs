//! The Ncloud policy rules and their validator; pure.
