//! Writes policy documents: compact JSON, divided by size.

use std::collections::BTreeMap;

use iam::size::counted as size;
use serde_json::Value;

const HEAD: &str = r#"{"Version":"2012-10-17","Statement":["#;
const TAIL: &str = "]}";

/// One Allow statement that has no number yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Holds the text with which the Sid begins. Statements of one series are numbered from 0 across documents.
    pub series: &'static str,
    /// ASCII order, unique.
    pub actions: Vec<String>,
    /// ASCII order, unique.
    pub resources: Vec<String>,
    /// Value of the Condition element.
    pub condition: Option<Value>,
}

impl Statement {
    fn write(&self, sid: &str, actions: &[String]) -> String {
        let mut text = format!(
            r#"{{"Sid":{},"Effect":"Allow","Action":{},"Resource":{}"#,
            quoted(sid),
            scalar_or_list(actions),
            scalar_or_list(&self.resources),
        );
        if let Some(condition) = &self.condition {
            text.push_str(r#","Condition":"#);
            text.push_str(&condition.to_string());
        }
        text.push('}');
        text
    }

    /// Cuts the resources so that at least half of a document is left for actions; most statements come back
    /// as they are.
    fn with_few_resources(self, room: usize) -> Vec<Self> {
        let cost = |texts: &[String]| texts.iter().map(|text| size(&quoted(text)) + 1).sum::<usize>();
        let one_action = self
            .actions
            .iter()
            .map(|action| size(&quoted(action)))
            .max()
            .unwrap_or(0);
        let bare = size(&self.write(self.series, &[])) + SID_DIGITS;
        if bare + one_action <= room || self.resources.len() < 2 {
            return vec![self];
        }
        let mut parts: Vec<Vec<String>> = vec![Vec::new()];
        for resource in self.resources {
            let open = parts.last().map_or(0, |part| cost(part));
            match parts.last_mut() {
                Some(part) if part.is_empty() || open + size(&quoted(&resource)) < room / 2 => {
                    part.push(resource);
                }
                _ => parts.push(vec![resource]),
            }
        }
        parts
            .into_iter()
            .map(|resources| Self {
                series: self.series,
                actions: self.actions.clone(),
                resources,
                condition: self.condition.clone(),
            })
            .collect()
    }
}

/// Digits that a Sid may take when sizes are estimated before numbers are known.
const SID_DIGITS: usize = 6;

/// Writes the statements into as few documents as keep their order, each of at most `limit` characters outside
/// white space.
///
/// A statement goes whole into the document that has room for it. One that is too large for any document is cut
/// along its actions, and along its resources where these alone are too long; every part gets a number of its
/// own, so that Sids stay unique when the documents are joined.
#[must_use]
pub fn documents(statements: Vec<Statement>, limit: usize) -> Vec<String> {
    let mut writer = Writer::new(limit);
    for statement in statements {
        for part in statement.with_few_resources(writer.room_of_empty()) {
            writer.push(part);
        }
    }
    writer.finish()
}

struct Writer {
    limit: usize,
    /// The open document without [`TAIL`]; just [`HEAD`] while it holds no statement.
    open: String,
    open_size: usize,
    done: Vec<String>,
    numbers: BTreeMap<&'static str, usize>,
}

impl Writer {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            open: HEAD.to_owned(),
            open_size: size(HEAD),
            done: Vec::new(),
            numbers: BTreeMap::new(),
        }
    }

    fn push(&mut self, mut statement: Statement) {
        // INVARIANT: every turn writes a statement, cuts actions off, or closes a document that is not empty.
        loop {
            let sid = self.next_sid(statement.series);
            let text = statement.write(&sid, &statement.actions);
            let length = size(&text);
            let fits_alone = length <= self.room_of_empty();
            // One action on one resource cannot be divided: it is written even if it is too long.
            let indivisible = statement.actions.len() < 2 && self.is_empty();
            if length <= self.room() || indivisible {
                self.append(&text, length, statement.series);
                return;
            }
            if fits_alone {
                self.close();
                continue;
            }
            let leading = self.leading_actions(&statement, &sid);
            if leading == 0 && !self.is_empty() {
                self.close();
                continue;
            }
            // The part holds at most all actions but one, because the whole statement did not fit.
            let leading = leading.clamp(1, statement.actions.len().saturating_sub(1).max(1));
            let part: Vec<String> = statement.actions.drain(..leading).collect();
            let text = statement.write(&sid, &part);
            self.append(&text, size(&text), statement.series);
        }
    }

    /// Returns the number of actions, from the first on, for which the open document has room.
    fn leading_actions(&self, statement: &Statement, sid: &str) -> usize {
        let mut used = size(&statement.write(sid, &[]));
        statement
            .actions
            .iter()
            .take_while(|action| {
                // The first one needs no comma: the estimate is never too small.
                used += size(&quoted(action)) + 1;
                used <= self.room()
            })
            .count()
    }

    fn next_sid(&self, series: &'static str) -> String {
        format!("{series}{}", self.numbers.get(series).unwrap_or(&0))
    }

    fn append(&mut self, text: &str, length: usize, series: &'static str) {
        if !self.is_empty() {
            self.open.push(',');
            self.open_size += 1;
        }
        self.open.push_str(text);
        self.open_size += length;
        *self.numbers.entry(series).or_default() += 1;
    }

    fn is_empty(&self) -> bool {
        self.open.len() == HEAD.len()
    }

    fn room(&self) -> usize {
        let comma = usize::from(!self.is_empty());
        self.limit.saturating_sub(self.open_size + comma + size(TAIL))
    }

    fn room_of_empty(&self) -> usize {
        self.limit.saturating_sub(size(HEAD) + size(TAIL))
    }

    fn close(&mut self) {
        let mut text = std::mem::replace(&mut self.open, HEAD.to_owned());
        text.push_str(TAIL);
        self.done.push(text);
        self.open_size = size(HEAD);
    }

    fn finish(mut self) -> Vec<String> {
        if !self.is_empty() {
            self.close();
        }
        self.done
    }
}

fn quoted(text: &str) -> String {
    // This is the only way to write a JSON string that cannot fail.
    Value::from(text).to_string()
}

fn scalar_or_list(texts: &[String]) -> String {
    match texts {
        [one] => quoted(one),
        texts => {
            let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
            format!("[{}]", quoted.join(","))
        }
    }
}

#[cfg(test)]
mod tests;
