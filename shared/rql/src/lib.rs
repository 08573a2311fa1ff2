//! The permission query language: `config from iam where …`.
//!
//! [`Query::parse`] reads and checks a query in one pass; what it returns can be run. The meaning of a query is defined by
//! [`evaluate`] for single rows and by [`select`] for sets of rows; an engine may do it faster, never differently.
//! Attributes, their operators and known values stand in one table, [`attribute::ATTRIBUTES`].
//!
//! ```
//! use rql::{Query, suggest};
//!
//! let query = Query::parse("config from iam where dest.cloud.resource.name in('logs','*')and source.public=true")?;
//! assert_eq!(query.searched_dest_resource_names(), ["logs", "*"]);
//!
//! let error = Query::parse("config from iam where source.publik = true").unwrap_err();
//! assert_eq!((error.code(), error.suggestion.as_deref()), ("rql_unknown_attribute", Some("source.public")));
//!
//! assert_eq!(suggest("config from iam where source.public=true", &()).suggestions, ["AND", "OR"]);
//! # Ok::<(), rql::QueryError>(())
//! ```

pub mod attribute;
mod canonical;
mod error;
mod evaluate;
mod known_values;
mod literal;
mod operator;
mod parser;
mod position;
mod select;
mod spelling;
mod suggest;
mod token;
mod tree;
mod warning;

pub use attribute::{BoolAttribute, ConditionAttribute, IntAttribute, TagAttribute, TextAttribute};
pub use error::{
    Bound, ErrorKind, Expected, MAX_CHARACTERS, MAX_LIST_ITEMS, MAX_NESTING, MAX_PREDICATES, OperatorError,
    QueryError, SyntaxError,
};
pub use evaluate::{
    GrantView, Number, RowView, Unconditional, decide, evaluate, grant_holds, idp_service_spellings,
    is_wildcard_scope, predicate_holds,
};
pub use known_values::{DestinationKind, KnownValues, MissingDocument, Part};
pub use literal::{Literal, LiteralList, Needle};
pub use operator::Operator;
pub use position::{Position, Span};
pub use select::{Alternative, GroupedRow, select};
pub use suggest::{MAX_SUGGESTIONS, Suggestions, suggest};
pub use tree::{
    Comparison, ConditionKey, Expr, KeyedMatch, KeyedTest, Predicate, Query, Side, TextMatch, TextTest,
};
pub use warning::{MAX_WARNINGS, Warning, WarningCode};

#[cfg(test)]
mod tests;
