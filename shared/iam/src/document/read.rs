//! Turns a text into a document.

use super::{
    Condition, Document, Effect, Element, Entry, Finding, FindingKind, InvalidStatement, Parsed, PolicyKind,
    PrincipalName, PrincipalType, Statement, Version,
};
use json::{Duplicates, Numbers, Object, Rules, Value};
use std::borrow::Cow;

/// Largest document, in bytes; the largest AWS managed policy has some 152,000.
pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;

/// A policy has six levels of arrays and objects. Numbers keep their text, whatever their size: a condition compares
/// them as they are written.
const RULES: Rules = Rules {
    max_depth: 32,
    duplicates: Duplicates::Refused,
    numbers: Numbers::All,
};

/// Says why a text is not a policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// More than [`MAX_DOCUMENT_BYTES`]
    #[error("the document has {bytes} bytes, more than {MAX_DOCUMENT_BYTES}")]
    TooLarge {
        /// The size of the text in bytes.
        bytes: usize,
    },
    /// The text is not JSON that can be read as a policy
    #[error("malformed JSON: {0}")]
    Json(#[from] json::Error),
    /// The decoded text is not UTF-8
    #[error("the percent-encoded document is not UTF-8")]
    NotUtf8,
    /// JSON, but no object
    #[error("the document is not a JSON object")]
    NotObject,
}

pub(super) fn parse(text: &str, kind: PolicyKind) -> Result<Parsed, DocumentError> {
    if text.len() > MAX_DOCUMENT_BYTES {
        return Err(DocumentError::TooLarge { bytes: text.len() });
    }
    let text = decoded(text)?;
    match json::read(text.as_bytes(), RULES)? {
        Value::Object(members) => Ok(document(members, kind)),
        Value::String(inner) => match json::read(decoded(&inner)?.as_bytes(), RULES)? {
            Value::Object(members) => Ok(document(members, kind)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(DocumentError::NotObject)
            }
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => Err(DocumentError::NotObject),
    }
}

/// Decodes a text that is percent-encoded. No JSON value starts with `%`, so that a text that does is encoded.
fn decoded(text: &str) -> Result<Cow<'_, str>, DocumentError> {
    if text.trim_start().starts_with('%') {
        percent_encoding::percent_decode_str(text)
            .decode_utf8()
            .or(Err(DocumentError::NotUtf8))
    } else {
        Ok(Cow::Borrowed(text))
    }
}

fn document(members: Object<'_>, kind: PolicyKind) -> Parsed {
    let mut document = Document {
        version: Version::default(),
        id: None,
        statements: Vec::new(),
    };
    let mut findings = Vec::new();
    let mut report = |kind| {
        findings.push(Finding {
            statement: None,
            kind,
        });
    };
    let mut statements = None;
    for (key, value) in members {
        match (key.as_ref(), value) {
            ("Version", Value::String(version)) if version == "2012-10-17" => {
                document.version = Version::V2012;
            }
            ("Version", Value::String(version)) if version == "2008-10-17" => {
                document.version = Version::V2008;
            }
            ("Version", Value::String(version)) => report(FindingKind::UnknownVersion(version.into_owned())),
            ("Version", _) => report(FindingKind::WrongType("Version")),
            ("Id", Value::String(id)) => document.id = Some(id.into_owned()),
            ("Id", _) => report(FindingKind::WrongType("Id")),
            ("Statement", Value::Array(list)) => statements = Some(list),
            ("Statement", one) => statements = Some(vec![one]),
            (_, _) => report(FindingKind::UnknownDocumentElement(key.into_owned())),
        }
    }
    if statements.is_none() {
        report(FindingKind::NoStatement);
    }
    for (index, value) in statements.unwrap_or_default().into_iter().enumerate() {
        let mut reader = StatementReader::default();
        let entry = match reader.statement(&value, kind) {
            Some(statement) if reader.findings.is_empty() => Entry::Valid(statement),
            _ => Entry::Invalid(InvalidStatement {
                sid: reader.sid,
                effect: reader.effect,
                json: super::write::value(&value),
            }),
        };
        document.statements.push(entry);
        findings.extend(reader.findings.into_iter().map(|kind| Finding {
            statement: Some(index),
            kind,
        }));
    }
    Parsed { document, findings }
}

/// Reads one statement to its end, so that everything wrong with it is reported at once.
#[derive(Default)]
struct StatementReader {
    sid: Option<String>,
    effect: Option<Effect>,
    principal: Option<Vec<PrincipalName>>,
    not_principal: Option<Vec<PrincipalName>>,
    action: Option<Vec<String>>,
    not_action: Option<Vec<String>>,
    resource: Option<Vec<String>>,
    not_resource: Option<Vec<String>>,
    conditions: Vec<Condition>,
    findings: Vec<FindingKind>,
}

impl StatementReader {
    fn statement(&mut self, value: &Value<'_>, kind: PolicyKind) -> Option<Statement> {
        let Value::Object(members) = value else {
            self.findings.push(FindingKind::NotObject);
            return None;
        };
        for (key, value) in members {
            match key.as_ref() {
                "Sid" => self.sid = self.string("Sid", value),
                "Effect" => self.effect = self.effect(value),
                "Principal" => self.principal = self.principals("Principal", value),
                "NotPrincipal" => self.not_principal = self.principals("NotPrincipal", value),
                "Action" => self.action = self.strings("Action", value),
                "NotAction" => self.not_action = self.strings("NotAction", value),
                "Resource" => self.resource = self.strings("Resource", value),
                "NotResource" => self.not_resource = self.strings("NotResource", value),
                "Condition" => self.conditions = self.conditions(value),
                other => self.findings.push(FindingKind::UnknownElement(other.to_owned())),
            }
        }
        if !members.iter().any(|(key, _)| key == "Effect") {
            self.findings.push(FindingKind::Missing("Effect"));
        }
        let has = |name: &str| members.iter().any(|(key, _)| key == name);
        let principal = Presence {
            plain: has("Principal"),
            negated: has("NotPrincipal"),
        };
        let resource = Presence {
            plain: has("Resource"),
            negated: has("NotResource"),
        };
        let action = Presence {
            plain: has("Action"),
            negated: has("NotAction"),
        };
        self.require("Action", action, true);
        match kind {
            PolicyKind::Trust => {
                self.require("Principal", principal, true);
                self.forbid("Resource", "NotResource", resource);
            }
            PolicyKind::Resource | PolicyKind::ResourceControl => {
                self.require("Principal", principal, true);
                self.require("Resource", resource, true);
            }
            PolicyKind::Identity
            | PolicyKind::PermissionsBoundary
            | PolicyKind::Session
            | PolicyKind::ServiceControl => {
                self.forbid("Principal", "NotPrincipal", principal);
                self.require("Resource", resource, true);
            }
        }
        if matches!(kind, PolicyKind::Trust | PolicyKind::ResourceControl) && principal.negated {
            self.findings.push(FindingKind::NotAllowed("NotPrincipal"));
        }
        Some(Statement {
            sid: self.sid.clone(),
            effect: self.effect?,
            principals: element(self.principal.take(), self.not_principal.take()),
            actions: element(self.action.take(), self.not_action.take())?,
            resources: element(self.resource.take(), self.not_resource.take()),
            conditions: std::mem::take(&mut self.conditions),
        })
    }

    fn require(&mut self, name: &'static str, presence: Presence, required: bool) {
        match (presence.plain, presence.negated) {
            (true, true) => self.findings.push(FindingKind::BothForms(name)),
            (false, false) if required => self.findings.push(FindingKind::Missing(name)),
            (true, false) | (false, true | false) => {}
        }
    }

    fn forbid(&mut self, name: &'static str, negated: &'static str, presence: Presence) {
        if presence.plain {
            self.findings.push(FindingKind::NotAllowed(name));
        }
        if presence.negated {
            self.findings.push(FindingKind::NotAllowed(negated));
        }
    }

    fn string(&mut self, name: &'static str, value: &Value<'_>) -> Option<String> {
        if let Value::String(text) = value {
            return Some(text.to_string());
        }
        self.findings.push(FindingKind::WrongType(name));
        None
    }

    fn effect(&mut self, value: &Value<'_>) -> Option<Effect> {
        let effect = self.string("Effect", value)?;
        match effect.as_str() {
            "Allow" => Some(Effect::Allow),
            "Deny" => Some(Effect::Deny),
            _ => {
                self.findings.push(FindingKind::UnknownEffect(effect));
                None
            }
        }
    }

    fn strings(&mut self, name: &'static str, value: &Value<'_>) -> Option<Vec<String>> {
        let texts = match value {
            Value::Array(items) => {
                let texts: Option<Vec<String>> = items.iter().map(|item| self.string(name, item)).collect();
                texts?
            }
            one @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
                vec![self.string(name, one)?]
            }
        };
        if texts.is_empty() {
            self.findings.push(FindingKind::Empty(name));
        }
        Some(texts)
    }

    fn principals(&mut self, name: &'static str, value: &Value<'_>) -> Option<Vec<PrincipalName>> {
        let members = match value {
            Value::String(text) if text == "*" => return Some(vec![PrincipalName::Everyone]),
            Value::Object(members) => members,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                self.findings.push(FindingKind::WrongType(name));
                return None;
            }
        };
        let mut names = Vec::new();
        for (key, value) in members {
            let kind = match key.as_ref() {
                "AWS" => PrincipalType::Aws,
                "Service" => PrincipalType::Service,
                "Federated" => PrincipalType::Federated,
                "CanonicalUser" => PrincipalType::CanonicalUser,
                other => {
                    self.findings
                        .push(FindingKind::UnknownPrincipalType(other.to_owned()));
                    continue;
                }
            };
            let values = self.strings(name, value).unwrap_or_default();
            names.extend(values.into_iter().map(|value| PrincipalName::Typed(kind, value)));
        }
        if members.is_empty() {
            self.findings.push(FindingKind::Empty(name));
        }
        Some(names)
    }

    fn conditions(&mut self, value: &Value<'_>) -> Vec<Condition> {
        let mut conditions = Vec::new();
        let Value::Object(operators) = value else {
            self.findings.push(FindingKind::WrongType("Condition"));
            return conditions;
        };
        for (operator, keys) in operators {
            let Value::Object(keys) = keys else {
                self.findings.push(FindingKind::WrongType("Condition"));
                continue;
            };
            for (key, values) in keys {
                let values = match values {
                    Value::Array(items) => items.iter().map(scalar).collect(),
                    one @ (Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Object(_)) => scalar(one).map(|text| vec![text]),
                };
                match values {
                    Some(values) => {
                        let (operator, key) = (operator.to_string(), key.to_string());
                        conditions.push(Condition {
                            operator,
                            key,
                            values,
                        });
                    }
                    None => self.findings.push(FindingKind::WrongType("Condition")),
                }
            }
        }
        conditions
    }
}

#[derive(Clone, Copy)]
struct Presence {
    plain: bool,
    negated: bool,
}

fn element<T>(plain: Option<Vec<T>>, negated: Option<Vec<T>>) -> Option<Element<T>> {
    match (plain, negated) {
        (Some(entries), _) => Some(Element::Of(entries)),
        (None, Some(entries)) => Some(Element::Not(entries)),
        (None, None) => None,
    }
}

/// Returns a condition value in its text form.
fn scalar(value: &Value<'_>) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string()),
        Value::Number(digits) => Some((*digits).to_owned()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
