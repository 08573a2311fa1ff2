//! `CloudFormation`'s intrinsic functions, evaluated as far as one machine can know the answer.
//!
//! Source: AWS `CloudFormation` template reference, "Intrinsic functions" and "Pseudo parameters". What a local
//! stack cannot answer is an error that names the function and the resource, never a guess.

mod conditions;
mod resources;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The account that the local stack belongs to
pub const ACCOUNT: &str = "111122223333";

/// Name of the local stack; long enough that every table name built from it has the eleven characters that make
/// its stream's shard id one that SDKs accept.
pub const STACK: &str = "local-stack";

/// Deepest nesting of functions, names and conditions that is followed; a template that refers to itself ends here.
const DEEPEST: u32 = 64;

/// Says why an expression of the template has no value here
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum IntrinsicError {
    /// A function, or an attribute of a resource, that exists only in AWS
    #[error("`{0}` is not supported by the local stack")]
    Unsupported(String),
    /// A name that the template does not define
    #[error("`{0}` is not defined in the template")]
    Undefined(String),
    /// A parameter without default for which no value was given
    #[error("parameter `{0}` has no default: give one with `--parameter {0}=...`")]
    NoDefault(String),
    /// Arguments of the wrong shape
    #[error("`{0}` has arguments of the wrong shape")]
    Malformed(String),
    /// An expression that refers to itself
    #[error("the template refers to itself at `{0}`")]
    Endless(String),
}

/// Holds what names in a template stand for
#[derive(Debug)]
pub struct Scope {
    region: String,
    parameters: BTreeMap<String, Option<Value>>,
    mappings: Map<String, Value>,
    conditions: Map<String, Value>,
    resources: Map<String, Value>,
}

impl Scope {
    /// Returns the names of a template whose functions are in long form; `given` overrides defaults of parameters.
    #[must_use]
    pub fn new(document: &Value, region: &str, given: &BTreeMap<String, String>) -> Self {
        let section = |name: &str| {
            document
                .get(name)
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default()
        };
        let parameters = section("Parameters")
            .into_iter()
            .map(|(name, declared)| {
                let text = given
                    .get(&name)
                    .cloned()
                    .or_else(|| declared.get("Default").and_then(text_of));
                let is_list = declared
                    .get("Type")
                    .and_then(Value::as_str)
                    .is_some_and(|kind| kind == "CommaDelimitedList" || kind.starts_with("List<"));
                let value = text.map(|text| {
                    if is_list {
                        split(&text, ",")
                    } else {
                        Value::String(text)
                    }
                });
                (name, value)
            })
            .collect();
        Self {
            region: region.to_owned(),
            parameters,
            mappings: section("Mappings"),
            conditions: section("Conditions"),
            resources: section("Resources"),
        }
    }

    /// Returns the region that ARNs and clients get.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns the resources whose condition holds, by logical id.
    ///
    /// # Errors
    /// A condition that cannot be evaluated.
    pub fn resources(&self) -> Result<Vec<(&str, &Value)>, IntrinsicError> {
        let mut present = Vec::with_capacity(self.resources.len());
        for (id, resource) in &self.resources {
            let holds = match resource.get("Condition").and_then(Value::as_str) {
                Some(name) => self.condition(name, 0)?,
                None => true,
            };
            if holds {
                present.push((id.as_str(), resource));
            }
        }
        Ok(present)
    }

    /// Returns the value with all functions evaluated; `AWS::NoValue` takes its member or list item with it, and alone
    /// is null.
    ///
    /// # Errors
    /// See [`IntrinsicError`].
    pub fn resolve(&self, value: &Value) -> Result<Value, IntrinsicError> {
        Ok(self.value(value, 0)?.unwrap_or(Value::Null))
    }

    /// Returns a property of a resource with its functions evaluated; null when it is missing.
    ///
    /// # Errors
    /// See [`IntrinsicError`].
    pub(crate) fn property(&self, id: &str, name: &str) -> Result<Value, IntrinsicError> {
        self.resources
            .get(id)
            .and_then(|resource| resource.get("Properties"))
            .and_then(|properties| properties.get(name))
            .map_or(Ok(Value::Null), |value| self.resolve(value))
    }

    fn value(&self, value: &Value, depth: u32) -> Result<Option<Value>, IntrinsicError> {
        if depth > DEEPEST {
            return Err(IntrinsicError::Endless(value.to_string()));
        }
        match value {
            Value::Object(members) => {
                if let Some((name, argument)) = only_member(members)
                    && is_function(name)
                {
                    return self.call(name, argument, depth + 1);
                }
                let mut resolved = Map::new();
                for (name, member) in members {
                    if let Some(member) = self.value(member, depth + 1)? {
                        resolved.insert(name.clone(), member);
                    }
                }
                Ok(Some(Value::Object(resolved)))
            }
            Value::Array(items) => Ok(Some(Value::Array(self.items(items, depth)?))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(Some(value.clone())),
        }
    }

    fn items(&self, items: &[Value], depth: u32) -> Result<Vec<Value>, IntrinsicError> {
        items
            .iter()
            .filter_map(|item| self.value(item, depth + 1).transpose())
            .collect()
    }

    fn call(&self, name: &str, argument: &Value, depth: u32) -> Result<Option<Value>, IntrinsicError> {
        let malformed = || IntrinsicError::Malformed(name.to_owned());
        let list = || argument.as_array().map(Vec::as_slice).ok_or_else(malformed);
        match name {
            "Ref" => self.reference(argument.as_str().ok_or_else(malformed)?, depth),
            "Fn::GetAtt" => {
                let argument = self.value(argument, depth)?.unwrap_or_default();
                let [id, attribute] = argument.as_array().map(Vec::as_slice).unwrap_or_default() else {
                    return Err(malformed());
                };
                let (id, attribute) = (
                    id.as_str().ok_or_else(malformed)?,
                    attribute.as_str().ok_or_else(malformed)?,
                );
                self.attribute(id, attribute, depth)
                    .map(|text| Some(Value::String(text)))
            }
            "Fn::Sub" => self
                .substitute(argument, depth)
                .map(|text| Some(Value::String(text))),
            "Fn::If" => {
                let [condition, yes, no] = list()? else {
                    return Err(malformed());
                };
                let holds = self.condition(condition.as_str().ok_or_else(malformed)?, depth)?;
                self.value(if holds { yes } else { no }, depth)
            }
            "Fn::FindInMap" => {
                let keys = self.items(list()?, depth)?;
                let [map, first, second, ..] = keys.as_slice() else {
                    return Err(malformed());
                };
                let (map, first, second) = (
                    text_of(map).unwrap_or_default(),
                    text_of(first).unwrap_or_default(),
                    text_of(second).unwrap_or_default(),
                );
                self.mappings
                    .get(&map)
                    .and_then(|map| map.get(&first))
                    .and_then(|map| map.get(&second))
                    .cloned()
                    .map(Some)
                    .ok_or(IntrinsicError::Undefined(format!("{map}.{first}.{second}")))
            }
            "Fn::Join" => {
                let [separator, parts] = list()? else {
                    return Err(malformed());
                };
                let parts = self.value(parts, depth)?.unwrap_or_default();
                let parts: Option<Vec<String>> = parts
                    .as_array()
                    .ok_or_else(malformed)?
                    .iter()
                    .map(text_of)
                    .collect();
                let separator = separator.as_str().ok_or_else(malformed)?;
                Ok(Some(Value::String(parts.ok_or_else(malformed)?.join(separator))))
            }
            "Fn::Split" => {
                let [separator, whole] = list()? else {
                    return Err(malformed());
                };
                let whole = self
                    .value(whole, depth)?
                    .as_ref()
                    .and_then(text_of)
                    .ok_or_else(malformed)?;
                Ok(Some(split(&whole, separator.as_str().ok_or_else(malformed)?)))
            }
            "Fn::Select" => {
                let [index, from] = list()? else {
                    return Err(malformed());
                };
                let index = self
                    .value(index, depth)?
                    .as_ref()
                    .and_then(text_of)
                    .and_then(|text| text.parse::<usize>().ok());
                let from = self.value(from, depth)?.unwrap_or_default();
                index
                    .and_then(|index| from.get(index))
                    .cloned()
                    .map(Some)
                    .ok_or_else(malformed)
            }
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => self
                .holds(&json!({ name: argument }), depth)
                .map(|holds| Some(Value::Bool(holds))),
            _ => Err(IntrinsicError::Unsupported(name.to_owned())),
        }
    }

    fn reference(&self, name: &str, depth: u32) -> Result<Option<Value>, IntrinsicError> {
        let pseudo = match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::Region" => Some(self.region.as_str()),
            "AWS::AccountId" => Some(ACCOUNT),
            "AWS::Partition" => Some("aws"),
            "AWS::URLSuffix" => Some("amazonaws.com"),
            "AWS::StackName" => Some(STACK),
            _ => None,
        };
        if let Some(text) = pseudo {
            return Ok(Some(Value::String(text.to_owned())));
        }
        if name == "AWS::StackId" {
            let (region, id) = (&self.region, "00000000-0000-0000-0000-111122223333");
            let arn = format!("arn:aws:cloudformation:{region}:{ACCOUNT}:stack/{STACK}/{id}");
            return Ok(Some(Value::String(arn)));
        }
        match self.parameters.get(name) {
            Some(Some(value)) => Ok(Some(value.clone())),
            Some(None) => Err(IntrinsicError::NoDefault(name.to_owned())),
            None => self
                .resource_reference(name, depth)
                .map(|text| Some(Value::String(text))),
        }
    }

    /// Replaces the names of `Fn::Sub`: `${Name}` and `${Resource.Attribute}`; `${!Name}` stays as `${Name}`.
    fn substitute(&self, argument: &Value, depth: u32) -> Result<String, IntrinsicError> {
        let malformed = || IntrinsicError::Malformed("Fn::Sub".to_owned());
        let (text, own) = match argument {
            Value::String(text) => (text.as_str(), Map::new()),
            Value::Array(pair) => match pair.as_slice() {
                [Value::String(text), Value::Object(own)] => (text.as_str(), own.clone()),
                _ => return Err(malformed()),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return Err(malformed()),
        };
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let (name, remainder) = after.split_once('}').ok_or_else(malformed)?;
            rest = remainder;
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str("${");
                result.push_str(literal);
                result.push('}');
                continue;
            }
            let name = name.trim();
            let value = match (own.get(name), name.split_once('.')) {
                (Some(value), _) => self.value(value, depth + 1)?,
                (None, Some((id, attribute))) => {
                    Some(Value::String(self.attribute(id, attribute, depth + 1)?))
                }
                (None, None) => self.reference(name, depth + 1)?,
            };
            result.push_str(&value.as_ref().and_then(text_of).ok_or_else(malformed)?);
        }
        result.push_str(rest);
        Ok(result)
    }
}

fn is_function(name: &str) -> bool {
    name == "Ref" || name.starts_with("Fn::")
}

fn only_member(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut members = members.iter();
    match (members.next(), members.next()) {
        (Some((name, value)), None) => Some((name.as_str(), value)),
        _ => None,
    }
}

fn split(text: &str, separator: &str) -> Value {
    Value::Array(
        text.split(separator)
            .map(|part| Value::String(part.trim().to_owned()))
            .collect(),
    )
}

/// Returns the text of a scalar, as `CloudFormation` writes it where a text is wanted.
#[must_use]
pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;
