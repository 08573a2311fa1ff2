//! The rules of Ncloud Sub Account policies and their validator; pure.
//!
//! ```
//! use ncloud::{Catalogue, Options, parse, validate};
//!
//! let body = parse(br#"{"policyName":"policy-test","description":"","permissions":[]}"#)?;
//! let report = validate(&body, Catalogue::published(), Options::default());
//! assert!(!report.success());
//! assert_eq!(report.into_findings()[0].location, "permissions");
//! # Ok::<(), ncloud::MalformedBody>(())
//! ```
//!
//! [`parse`] refuses what is not a JSON object at all; everything below that is a [`Finding`]. [`validate`]
//! walks the body once, so that one answer holds every independent fault, and hands out a [`Policy`] only when
//! there is no ERROR. The rules are those of the operation's published page and of the Sub Account user guide;
//! what the pages leave open is decided in `docs/policies.md`, which lists every finding.

mod action;
mod advice;
mod body;
mod checks;
mod comparison;
mod cover;
mod expansion;
mod finding;
mod findings;
mod info;
mod kind;
mod location;
mod name;
mod nrn;
mod outline;
mod policy;
mod product;
mod redundancy;
mod report;
mod size;
mod steps;
mod suggestion;
mod text;
mod validate;

pub use body::{Body, MalformedBody, parse};
pub use checks::AbsentDescription;
pub use expansion::{ExpandedAction, Expansion, ResourceName, Scope};
pub use finding::{Code, Finding, FindingType};
pub use findings::MAX_FINDINGS;
pub use policy::{Effect, Permission, Policy, Target};
pub use product::{ActionEntry, Catalogue, CatalogueError, Product};
pub use report::Report;
pub use validate::{Options, validate};
