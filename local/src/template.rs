//! What the template says, as far as a local stack acts on it: functions, routes, tables, buckets, streams.
//!
//! Source: AWS SAM specification and AWS `CloudFormation` resource reference. The template is the only place where
//! any of this is written down; here are only the words of the specification.

mod document;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::filter::{Filter, FilterError};
use crate::gateway_responses::GatewayResponses;
use crate::intrinsics::{IntrinsicError, Scope, text_of};
use crate::routes::Route;

/// Everything the local stack has to provide
#[derive(Debug)]
pub(crate) struct Stack {
    /// Region in ARNs and in the functions' environment
    pub(crate) region: String,
    /// Functions by logical id
    pub(crate) functions: BTreeMap<String, Function>,
    /// Routes of the REST API
    pub(crate) routes: Vec<Route>,
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
    /// What the template has and the local stack does not do
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
    /// MB
    pub(crate) memory: u64,
}

/// A table and how to create it
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    /// Logical id
    pub(crate) id: String,
    /// Name in the database
    pub(crate) name: String,
    /// The body of `CreateTable`
    pub(crate) definition: Value,
    /// Attribute that holds the expiry, if items expire
    pub(crate) time_to_live: Option<String>,
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
    /// Whether a failed batch is retried in halves
    pub(crate) bisect: bool,
    /// Whether the function names the items that failed
    pub(crate) reports_failures: bool,
    /// Whether it starts with the records written after its first start
    pub(crate) latest: bool,
}

/// A function told about new objects of a bucket
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notification {
    /// Logical id of the function
    pub(crate) function: String,
    /// Name of the bucket
    pub(crate) bucket: String,
    /// Event types without `s3:`, such as `ObjectCreated:*`
    pub(crate) events: Vec<String>,
    /// Start of the keys it is told about
    pub(crate) prefix: String,
    /// End of the keys it is told about
    pub(crate) suffix: String,
}

/// Why a template cannot be served
#[derive(Debug, thiserror::Error)]
pub(crate) enum TemplateError {
    /// No YAML
    #[error("not YAML: {0}")]
    Syntax(#[from] serde_yaml_ng::Error),
    /// A function without a value
    #[error("{at}: {source}")]
    Intrinsic {
        /// Logical id or section
        at: String,
        /// What has no value
        source: IntrinsicError,
    },
    /// A property that is missing or of the wrong shape
    #[error("{at}: {what}")]
    Property {
        /// Logical id
        at: String,
        /// What is wrong
        what: String,
    },
    /// A filter pattern of a stream
    #[error("{at}: {source}")]
    Filter {
        /// Logical id
        at: String,
        /// What is wrong
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
        let document = document::parse(text)?;
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
        Ok(stack)
    }
}

/// One resource, with the names it may use
struct Reader<'t> {
    id: &'t str,
    scope: &'t Scope,
    properties: Option<&'t Value>,
}

impl Reader<'_> {
    fn resolve(&self, value: &Value) -> Result<Value, TemplateError> {
        self.scope
            .resolve(value)
            .map_err(|source| TemplateError::Intrinsic {
                at: self.id.to_owned(),
                source,
            })
    }

    fn name(&self) -> Result<String, TemplateError> {
        self.scope
            .physical_name(self.id)
            .map_err(|source| TemplateError::Intrinsic {
                at: self.id.to_owned(),
                source,
            })
    }

    /// A property with its functions evaluated; null when it is missing.
    fn property(&self, name: &str) -> Result<Value, TemplateError> {
        self.properties
            .and_then(|all| all.get(name))
            .map_or(Ok(Value::Null), |value| self.resolve(value))
    }

    fn text(&self, name: &str) -> Result<Option<String>, TemplateError> {
        self.property(name).map(|value| text_of(&value))
    }

    fn function(&self, resource: &Value, globals: &Value) -> Result<Function, TemplateError> {
        let binary = resource
            .pointer("/Metadata/BuildProperties/Binary")
            .map_or(Ok(Value::Null), |value| self.resolve(value))?;
        let binary = text_of(&binary)
            .ok_or_else(|| TemplateError::property(self.id, "Metadata.BuildProperties.Binary is missing"))?;
        let number = |name: &str, default: u64| -> Result<u64, TemplateError> {
            let own = self.property(name)?;
            let value = if own.is_null() {
                globals
                    .get(name)
                    .map_or(Ok(Value::Null), |value| self.resolve(value))?
            } else {
                own
            };
            match text_of(&value) {
                None => Ok(default),
                Some(text) => text.parse().map_err(|_no_number| {
                    TemplateError::property(self.id, format!("{name} `{text}` is no number"))
                }),
            }
        };
        let mut environment = BTreeMap::new();
        let own = self
            .properties
            .and_then(|all| all.pointer("/Environment/Variables"));
        for variables in [globals.pointer("/Environment/Variables"), own]
            .into_iter()
            .flatten()
        {
            let variables = self.resolve(variables)?;
            for (name, value) in variables.as_object().into_iter().flatten() {
                let value = text_of(value)
                    .ok_or_else(|| TemplateError::property(self.id, format!("variable {name} is no text")))?;
                environment.insert(name.clone(), value);
            }
        }
        Ok(Function {
            name: self.name()?,
            binary,
            environment,
            // Lambda's own defaults.
            timeout: Duration::from_secs(number("Timeout", 3)?),
            memory: number("MemorySize", 128)?,
        })
    }

    fn events(&self, stack: &mut Stack) -> Result<(), TemplateError> {
        let events = self.property("Events")?;
        for (name, event) in events.as_object().into_iter().flatten() {
            let properties = event.get("Properties").unwrap_or(&Value::Null);
            let at = format!("{}.{name}", self.id);
            match event.get("Type").and_then(Value::as_str).unwrap_or_default() {
                "Api" => stack.routes.push(self.route(&at, properties)?),
                "DynamoDB" => stack.streams.push(self.stream(&at, properties)?),
                "S3" => stack.notifications.push(self.notification(&at, properties)?),
                kind @ ("Schedule" | "ScheduleV2") => {
                    let function = self.name()?;
                    stack.warnings.push(format!(
                        "{at}: {kind} is not fired here; `aws lambda invoke --function-name {function}` does it"
                    ));
                }
                kind => stack
                    .warnings
                    .push(format!("{at}: events of type {kind} are not delivered here")),
            }
        }
        Ok(())
    }

    fn route(&self, at: &str, properties: &Value) -> Result<Route, TemplateError> {
        let member = |name: &str| {
            properties
                .get(name)
                .and_then(text_of)
                .ok_or_else(|| TemplateError::property(at, format!("{name} is missing")))
        };
        Ok(Route::new(&member("Method")?, &member("Path")?, self.id))
    }

    fn stream(&self, at: &str, properties: &Value) -> Result<StreamSource, TemplateError> {
        let arn = properties.get("Stream").and_then(text_of).unwrap_or_default();
        let table = arn
            .split_once(":table/")
            .and_then(|(_, rest)| rest.split_once('/'))
            .map(|(table, _)| table.to_owned())
            .ok_or_else(|| TemplateError::property(at, "Stream is not `!GetAtt <Table>.StreamArn`"))?;
        let number = |name: &str| {
            properties
                .get(name)
                .and_then(text_of)
                .and_then(|text| text.parse::<i64>().ok())
        };
        let count = |name: &str, default: usize| {
            number(name)
                .and_then(|number| usize::try_from(number).ok())
                .unwrap_or(default)
                .max(1)
        };
        let mut filters = Vec::new();
        for filter in properties
            .pointer("/FilterCriteria/Filters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let pattern = filter.get("Pattern").cloned().unwrap_or_default();
            filters.push(Filter::parse(&pattern).map_err(|source| TemplateError::Filter {
                at: at.to_owned(),
                source,
            })?);
        }
        let reports_failures = properties
            .get("FunctionResponseTypes")
            .and_then(Value::as_array)
            .is_some_and(|kinds| kinds.iter().any(|kind| kind == "ReportBatchItemFailures"));
        Ok(StreamSource {
            id: at.to_owned(),
            function: self.id.to_owned(),
            table,
            filters,
            batch_size: count("BatchSize", 100),
            lanes: count("ParallelizationFactor", 1),
            retries: number("MaximumRetryAttempts").and_then(|number| u32::try_from(number).ok()),
            oldest: number("MaximumRecordAgeInSeconds").filter(|seconds| *seconds >= 0),
            bisect: properties.get("BisectBatchOnFunctionError") == Some(&Value::Bool(true)),
            reports_failures,
            latest: properties.get("StartingPosition").and_then(Value::as_str) == Some("LATEST"),
        })
    }

    fn notification(&self, at: &str, properties: &Value) -> Result<Notification, TemplateError> {
        let bucket = properties
            .get("Bucket")
            .and_then(text_of)
            .ok_or_else(|| TemplateError::property(at, "Bucket is missing"))?;
        let events = match properties.get("Events") {
            Some(Value::Array(events)) => events.iter().filter_map(text_of).collect(),
            Some(one) => text_of(one).into_iter().collect::<Vec<_>>(),
            None => Vec::new(),
        };
        let mut notification = Notification {
            function: self.id.to_owned(),
            bucket,
            events: events
                .iter()
                .map(|event| event.trim_start_matches("s3:").to_owned())
                .collect(),
            prefix: String::new(),
            suffix: String::new(),
        };
        for rule in properties
            .pointer("/Filter/S3Key/Rules")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let value = rule.get("Value").and_then(text_of).unwrap_or_default();
            match rule
                .get("Name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_ascii_lowercase()
                .as_str()
            {
                "prefix" => notification.prefix = value,
                "suffix" => notification.suffix = value,
                other => {
                    return Err(TemplateError::property(
                        at,
                        format!("unknown key filter `{other}`"),
                    ));
                }
            }
        }
        Ok(notification)
    }

    fn table(&self) -> Result<Table, TemplateError> {
        let name = self.name()?;
        let mut definition = Map::new();
        definition.insert("TableName".to_owned(), json!(name));
        definition.insert("BillingMode".to_owned(), json!("PAY_PER_REQUEST"));
        for property in [
            "KeySchema",
            "AttributeDefinitions",
            "GlobalSecondaryIndexes",
            "LocalSecondaryIndexes",
        ] {
            let value = self.property(property)?;
            if !value.is_null() {
                definition.insert(property.to_owned(), without_throughput(value));
            }
        }
        let stream = self.property("StreamSpecification")?;
        if let Some(view) = stream.get("StreamViewType") {
            let specification = json!({ "StreamEnabled": true, "StreamViewType": view });
            definition.insert("StreamSpecification".to_owned(), specification);
        }
        let expiry = self.property("TimeToLiveSpecification")?;
        let enabled = expiry
            .get("Enabled")
            .and_then(text_of)
            .is_some_and(|text| text == "true");
        Ok(Table {
            id: self.id.to_owned(),
            name,
            definition: Value::Object(definition),
            time_to_live: expiry.get("AttributeName").and_then(text_of).filter(|_| enabled),
        })
    }
}

/// Indexes without the capacity settings, which only provisioned tables may have: locally all are on demand.
fn without_throughput(mut indexes: Value) -> Value {
    for index in indexes.as_array_mut().into_iter().flatten() {
        if let Some(index) = index.as_object_mut() {
            for setting in [
                "ProvisionedThroughput",
                "OnDemandThroughput",
                "ContributorInsightsSpecification",
            ] {
                index.remove(setting);
            }
        }
    }
    indexes
}

#[cfg(test)]
mod tests;
