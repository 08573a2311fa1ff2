//! Turns a document into compact JSON.

use super::{Document, Element, Entry, PrincipalName, PrincipalType, Statement, WrittenDocument};
use json::Value;

pub(super) fn document(document: &Document) -> WrittenDocument {
    let mut out = String::new();
    let mut statements = Vec::with_capacity(document.statements.len());
    let mut members = Members::open(&mut out);
    string(members.key("Version"), document.version.as_str());
    if let Some(id) = &document.id {
        string(members.key("Id"), id);
    }
    let out_list = members.key("Statement");
    out_list.push('[');
    for (index, entry) in document.statements.iter().enumerate() {
        if index > 0 {
            out_list.push(',');
        }
        let start = out_list.len();
        match entry {
            Entry::Valid(statement) => write_statement(out_list, statement),
            Entry::Invalid(invalid) => out_list.push_str(&invalid.json),
        }
        statements.push(start..out_list.len());
    }
    out_list.push(']');
    members.close();
    WrittenDocument {
        json: out,
        statements,
    }
}

pub(super) fn value(json: &Value<'_>) -> String {
    let mut out = String::new();
    write_value(&mut out, json);
    out
}

fn write_value(out: &mut String, json: &Value<'_>) {
    match json {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(digits) => out.push_str(digits),
        Value::String(text) => string(out, text),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(out, item);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut object = Members::open(out);
            for (key, value) in members {
                write_value(object.key(key), value);
            }
            object.close();
        }
    }
}

fn write_statement(out: &mut String, statement: &Statement) {
    let mut members = Members::open(out);
    if let Some(sid) = &statement.sid {
        string(members.key("Sid"), sid);
    }
    string(members.key("Effect"), statement.effect.as_str());
    if let Some(principals) = &statement.principals {
        write_principals(
            members.key(name(principals, "Principal", "NotPrincipal")),
            principals.entries(),
        );
    }
    one_or_many(
        members.key(name(&statement.actions, "Action", "NotAction")),
        statement.actions.entries(),
    );
    if let Some(resources) = &statement.resources {
        one_or_many(
            members.key(name(resources, "Resource", "NotResource")),
            resources.entries(),
        );
    }
    if !statement.conditions.is_empty() {
        let mut operators = Members::open(members.key("Condition"));
        let mut written: Vec<&str> = Vec::new();
        for condition in &statement.conditions {
            if written.contains(&condition.operator.as_str()) {
                continue;
            }
            written.push(&condition.operator);
            let mut keys = Members::open(operators.key(&condition.operator));
            for same in statement
                .conditions
                .iter()
                .filter(|other| other.operator == condition.operator)
            {
                one_or_many(keys.key(&same.key), &same.values);
            }
            keys.close();
        }
        operators.close();
    }
    members.close();
}

const fn name<T>(element: &Element<T>, plain: &'static str, negated: &'static str) -> &'static str {
    if element.is_negated() { negated } else { plain }
}

fn write_principals(out: &mut String, names: &[PrincipalName]) {
    if names.contains(&PrincipalName::Everyone) {
        return string(out, "*");
    }
    let mut members = Members::open(out);
    for kind in [
        PrincipalType::Aws,
        PrincipalType::Service,
        PrincipalType::Federated,
        PrincipalType::CanonicalUser,
    ] {
        let values: Vec<&str> = names
            .iter()
            .filter_map(|name| match name {
                PrincipalName::Typed(own, value) if *own == kind => Some(value.as_str()),
                PrincipalName::Typed(..) | PrincipalName::Everyone => None,
            })
            .collect();
        if !values.is_empty() {
            one_or_many(members.key(kind.as_str()), &values);
        }
    }
    members.close();
}

fn one_or_many<T: AsRef<str>>(out: &mut String, texts: &[T]) {
    if let [one] = texts {
        return string(out, one.as_ref());
    }
    out.push('[');
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        string(out, text.as_ref());
    }
    out.push(']');
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    // Most texts have nothing to escape. Without an early end, the processor looks at many bytes in one step.
    if text.bytes().fold(false, |found, byte| found | is_escaped(byte)) {
        push_escaped(out, text);
    } else {
        out.push_str(text);
    }
    out.push('"');
}

fn push_escaped(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(place) = rest.bytes().position(is_escaped) {
        let (plain, escaped) = rest.split_at(place);
        out.push_str(plain);
        let mut letters = escaped.chars();
        match letters.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(control) => {
                out.push_str("\\u00");
                for shift in [4, 0] {
                    out.extend(char::from_digit((u32::from(control) >> shift) & 0xF, 16));
                }
            }
            None => {}
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
}

const fn is_escaped(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b'"' | b'\\')
}

/// An object being written
struct Members<'a> {
    out: &'a mut String,
    first: bool,
}

impl<'a> Members<'a> {
    fn open(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, first: true }
    }

    /// Writes a key; its value goes to the returned text.
    fn key(&mut self, key: &str) -> &mut String {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        string(self.out, key);
        self.out.push(':');
        self.out
    }

    fn close(self) {
        self.out.push('}');
    }
}
