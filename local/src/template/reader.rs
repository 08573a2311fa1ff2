//! Reads one resource of a template: its properties are evaluated, and read by their type.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::filter::Filter;
use super::{Function, Notification, Stack, StreamSource, TemplateError};
use crate::gateway::authorizer::{Authorization, Authorizer};
use crate::gateway::routes::Route;
use cloudformation::{Scope, Table, text_of};

/// One resource, with the names it may use
pub(super) struct Reader<'t> {
    /// Its logical id
    pub(super) id: &'t str,
    /// The template's names
    pub(super) scope: &'t Scope,
    /// Its properties, functions not evaluated
    pub(super) properties: Option<&'t Value>,
}

impl Reader<'_> {
    /// Evaluates the functions in a value.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub(super) fn resolve(&self, value: &Value) -> Result<Value, TemplateError> {
        self.scope
            .resolve(value)
            .map_err(|source| TemplateError::Intrinsic {
                at: self.id.to_owned(),
                source,
            })
    }

    /// Returns the name of the resource on this machine.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub(super) fn name(&self) -> Result<String, TemplateError> {
        self.scope
            .physical_name(self.id)
            .map_err(|source| TemplateError::Intrinsic {
                at: self.id.to_owned(),
                source,
            })
    }

    /// Returns a property with its functions evaluated; null when it is missing.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub(super) fn property(&self, name: &str) -> Result<Value, TemplateError> {
        self.properties
            .and_then(|all| all.get(name))
            .map_or(Ok(Value::Null), |value| self.resolve(value))
    }

    /// Returns a property that is a scalar, as text.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, TemplateError> {
        self.property(name).map(|value| text_of(&value))
    }

    /// Returns the resource as a function.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub(super) fn function(&self, resource: &Value, globals: &Value) -> Result<Function, TemplateError> {
        let binary = resource
            .pointer("/Metadata/BuildProperties/Binary")
            .map_or(Ok(Value::Null), |value| self.resolve(value))?;
        let binary = text_of(&binary)
            .ok_or_else(|| TemplateError::property(self.id, "Metadata.BuildProperties.Binary is missing"))?;
        let number = |name: &str| -> Result<Option<u64>, TemplateError> {
            let own = self.property(name)?;
            let value = if own.is_null() {
                globals
                    .get(name)
                    .map_or(Ok(Value::Null), |value| self.resolve(value))?
            } else {
                own
            };
            match text_of(&value) {
                None => Ok(None),
                Some(text) => text.parse().map(Some).map_err(|_no_number| {
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
            timeout: Duration::from_secs(number("Timeout")?.unwrap_or(3)),
            memory: number("MemorySize")?.unwrap_or(128),
            reserved: number("ReservedConcurrentExecutions")?
                .map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
        })
    }

    /// Returns what the function is started by: routes, streams, notifications; the rest becomes warnings.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub(super) fn events(&self, stack: &mut Stack) -> Result<(), TemplateError> {
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

    /// Returns the authorizers of a REST API; those of other kinds become warnings.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub(super) fn authorizers(&self, stack: &mut Stack) -> Result<(), TemplateError> {
        let declared = self.property("Auth")?;
        let declared = declared.get("Authorizers").and_then(Value::as_object);
        for (name, declared) in declared.into_iter().flatten() {
            match Authorizer::read(declared) {
                Some(authorizer) => {
                    stack.authorizers.insert(name.clone(), authorizer);
                }
                None => stack.warnings.push(format!(
                    "{}: authorizer {name} is not of the type REQUEST with headers, and is not served here",
                    self.id
                )),
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
        let authorizer = properties.pointer("/Auth/Authorizer").and_then(Value::as_str);
        let route = Route::new(&member("Method")?, &member("Path")?, self.id);
        Ok(route.authorized_by(Authorization::named(authorizer)))
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

    /// Returns the resource as a table.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub(super) fn table(&self) -> Result<Table, TemplateError> {
        Table::read(self.scope, self.id).map_err(|source| TemplateError::Intrinsic {
            at: self.id.to_owned(),
            source,
        })
    }
}
