//! Reads what a local stack needs of the template: functions, routes, tables, buckets, streams.
//!
//! Source: AWS SAM specification and AWS `CloudFormation` resource reference. The template is the only place where
//! any of this is written down; here are only the words of the specification.

pub(crate) mod filter;
mod reader;

use std::collections::BTreeMap;
use std::time::Duration;

use cloudformation::{IntrinsicError, Scope, SyntaxError, Table};
use serde_json::Value;

use self::filter::{Filter, FilterError};
use self::reader::Reader;
use crate::gateway::authorizer::{Authorization, Authorizer};
use crate::gateway::limits::Limit;
use crate::gateway::responses::GatewayResponses;
use crate::gateway::routes::Route;

/// Everything the local stack has to provide
#[derive(Debug)]
pub(crate) struct Stack {
    /// Region in ARNs and in the functions' environment
    pub(crate) region: String,
    /// Functions by logical id
    pub(crate) functions: BTreeMap<String, Function>,
    /// Routes of the REST API
    pub(crate) routes: Vec<Route>,
    /// Authorizers of the REST API, by name
    pub(crate) authorizers: BTreeMap<String, Authorizer>,
    /// Limits of single methods of the REST API
    pub(crate) limits: Vec<Limit>,
    /// Bytes of a body from which on replies of the REST API are compressed; `None` is never
    pub(crate) minimum_compression: Option<usize>,
    /// Bodies of the answers that the gateway gives by itself
    pub(crate) gateway_responses: GatewayResponses,
    /// Tables to create
    pub(crate) tables: Vec<Table>,
    /// Buckets to create, by logical id
    pub(crate) buckets: BTreeMap<String, String>,
    /// Consumers of table streams
    pub(crate) streams: Vec<StreamSource>,
    /// Consumers of bucket events
    pub(crate) notifications: Vec<Notification>,
    /// Says what the template has and the local stack does not do
    pub(crate) warnings: Vec<String>,
}

/// A function and how to start it
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    /// Name under which it can be invoked
    pub(crate) name: String,
    /// File name of its binary
    pub(crate) binary: String,
    /// The template's environment of it
    pub(crate) environment: BTreeMap<String, String>,
    /// Longest run of one invocation
    pub(crate) timeout: Duration,
    /// The memory in MB.
    pub(crate) memory: u64,
    /// Most invocations at once, if the template reserves them
    pub(crate) reserved: Option<usize>,
}

/// A function fed by a table's stream
#[derive(Debug, Clone)]
pub(crate) struct StreamSource {
    /// Logical id of the function and name of its event: names the checkpoint
    pub(crate) id: String,
    /// Logical id of the function
    pub(crate) function: String,
    /// Name of the table
    pub(crate) table: String,
    /// Records that reach the function; all if there is none
    pub(crate) filters: Vec<Filter>,
    /// Most records in one invocation, `1..=10_000`
    pub(crate) batch_size: usize,
    /// Invocations at a time, `1..=10`
    pub(crate) lanes: usize,
    /// Invocations after the first failed one; `None` is without end
    pub(crate) retries: Option<u32>,
    /// Age in seconds above which failed records are given up; `None` is without end
    pub(crate) oldest: Option<i64>,
    /// Says whether a failed batch is retried in halves
    pub(crate) bisect: bool,
    /// Says whether the function names the items that failed
    pub(crate) reports_failures: bool,
    /// Says whether it starts with the records written after its first start
    pub(crate) latest: bool,
}

/// A function that is notified about new objects of a bucket
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notification {
    /// Logical id of the function
    pub(crate) function: String,
    /// Name of the bucket
    pub(crate) bucket: String,
    /// Event types without `s3:`, such as `ObjectCreated:*`
    pub(crate) events: Vec<String>,
    /// Start of the keys that it is notified about
    pub(crate) prefix: String,
    /// End of the keys that it is notified about
    pub(crate) suffix: String,
}

/// Says why a template cannot be served
#[derive(Debug, thiserror::Error)]
pub(crate) enum TemplateError {
    /// The text is not YAML.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A function without a value
    #[error("{at}: {source}")]
    Intrinsic {
        /// Logical id or section
        at: String,
        /// Says what has no value
        source: IntrinsicError,
    },
    /// A property that is missing or of the wrong shape
    #[error("{at}: {what}")]
    Property {
        /// The logical id, or the section, of the fault.
        at: String,
        /// Says what is wrong
        what: String,
    },
    /// A filter pattern of a stream
    #[error("{at}: {source}")]
    Filter {
        /// The logical id, or the section, of the fault.
        at: String,
        /// Says what is wrong
        source: FilterError,
    },
}

impl TemplateError {
    fn property(at: &str, what: impl Into<String>) -> Self {
        Self::Property {
            at: at.to_owned(),
            what: what.into(),
        }
    }
}

/// Kinds of resources that need nothing locally: permissions, alarms, queues for what failed, and the like.
const SILENT: [&str; 12] = [
    "AWS::IAM::",
    "AWS::Logs::",
    "AWS::CloudWatch::",
    "AWS::SQS::",
    "AWS::SNS::",
    "AWS::KMS::",
    "AWS::ApiGateway::",
    "AWS::Serverless::Api",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::CodeDeploy::",
    "AWS::WAFv2::",
];

impl Stack {
    /// Reads a template; `given` overrides defaults of its parameters.
    ///
    /// # Errors
    /// See [`TemplateError`]; what AWS does and the local stack does not is in [`Stack::warnings`] instead.
    pub(crate) fn read(
        text: &str,
        region: &str,
        given: &BTreeMap<String, String>,
    ) -> Result<Self, TemplateError> {
        let document = cloudformation::parse(text)?;
        let scope = Scope::new(&document, region, given);
        let resources = scope.resources().map_err(|source| TemplateError::Intrinsic {
            at: "Conditions".to_owned(),
            source,
        })?;
        let globals = document.pointer("/Globals/Function").cloned().unwrap_or_default();
        let mut stack = Self {
            region: scope.region().to_owned(),
            functions: BTreeMap::new(),
            routes: Vec::new(),
            authorizers: BTreeMap::new(),
            limits: Vec::new(),
            minimum_compression: None,
            gateway_responses: GatewayResponses::default(),
            tables: Vec::new(),
            buckets: BTreeMap::new(),
            streams: Vec::new(),
            notifications: Vec::new(),
            warnings: Vec::new(),
        };
        for (id, resource) in resources {
            let reader = Reader {
                id,
                scope: &scope,
                properties: resource.get("Properties"),
            };
            match resource.get("Type").and_then(Value::as_str).unwrap_or_default() {
                "AWS::Serverless::Function" => {
                    let function = reader.function(resource, &globals)?;
                    stack.functions.insert(id.to_owned(), function);
                    reader.events(&mut stack)?;
                }
                "AWS::DynamoDB::Table" => stack.tables.push(reader.table()?),
                "AWS::S3::Bucket" => {
                    stack.buckets.insert(id.to_owned(), reader.name()?);
                }
                "AWS::Serverless::Api" => {
                    let declared = reader.property("GatewayResponses")?;
                    for (kind, response) in declared.as_object().into_iter().flatten() {
                        stack.gateway_responses.declare(kind, response);
                    }
                    reader.authorizers(&mut stack)?;
                    let minimum = reader.text("MinimumCompressionSize")?;
                    stack.minimum_compression = minimum.and_then(|bytes| bytes.parse().ok());
                    let settings = reader.property("MethodSettings")?;
                    let settings = settings.as_array().into_iter().flatten();
                    stack.limits.extend(settings.filter_map(Limit::read));
                }
                "AWS::ApiGateway::GatewayResponse" => {
                    let kind = reader.text("ResponseType")?.unwrap_or_default();
                    let whole = reader.resolve(resource.get("Properties").unwrap_or(&Value::Null))?;
                    stack.gateway_responses.declare(&kind, &whole);
                }
                kind if SILENT.iter().any(|silent| kind.starts_with(silent)) => {}
                kind => stack
                    .warnings
                    .push(format!("{id}: {kind} is not part of the local stack")),
            }
        }
        for route in &stack.routes {
            if let Authorization::Lambda(name) = &route.authorization
                && !stack.authorizers.contains_key(name)
            {
                let what = format!(
                    "`{}` has no authorizer `{name}` that is served here",
                    route.resource
                );
                return Err(TemplateError::property(&route.function, what));
            }
        }
        Ok(stack)
    }
}

#[cfg(test)]
mod tests;
