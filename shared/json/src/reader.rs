//! Reads by the grammar of RFC 8259, by recursive descent. The rules bound the depth.

use std::borrow::Cow;

use crate::error::{Error, Fault};
use crate::value::{Object, Value};
use crate::{Duplicates, Numbers, Rules};

pub(crate) fn read(text: &str, rules: Rules) -> Result<Value<'_>, Error> {
    let mut reader = Reader { text, at: 0, rules };
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.at == text.len() {
        Ok(value)
    } else {
        Err(reader.error(Fault::Trailing))
    }
}

struct Reader<'a> {
    text: &'a str,
    /// Bytes read so far.
    at: usize,
    rules: Rules,
}

impl<'a> Reader<'a> {
    fn error(&self, fault: Fault) -> Error {
        self.error_at(fault, self.at)
    }

    fn error_at(&self, fault: Fault, at: usize) -> Error {
        Error::new(fault, self.text.as_bytes(), at)
    }

    /// Returns the grammar requires something else than what follows.
    fn expected(&self, what: &'static str) -> Error {
        self.error(if self.at == self.text.len() {
            Fault::End
        } else {
            Fault::Expected(what)
        })
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Reads a value. `depth` arrays and objects are open around it.
    fn value(&mut self, depth: usize) -> Result<Value<'a>, Error> {
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.object(depth).map(Value::Object),
            Some(b'[') => self.array(depth).map(Value::Array),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            _ => self.literal(),
        }
    }

    fn literal(&mut self) -> Result<Value<'a>, Error> {
        let literals = [
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("null", Value::Null),
        ];
        let found = literals
            .into_iter()
            .find(|(literal, _)| self.rest().starts_with(literal));
        let (literal, value) = found.ok_or_else(|| self.expected("value"))?;
        self.at += literal.len();
        Ok(value)
    }

    /// Opens one more array or object.
    fn open(&mut self, depth: usize) -> Result<usize, Error> {
        if depth >= self.rules.max_depth {
            return Err(self.error(Fault::TooDeep(self.rules.max_depth)));
        }
        self.at += 1;
        self.skip_space();
        Ok(depth + 1)
    }

    fn object(&mut self, depth: usize) -> Result<Object<'a>, Error> {
        let depth = self.open(depth)?;
        let mut members: Vec<(Cow<'a, str>, Value<'a>)> = Vec::new();
        let mut positions: Vec<usize> = Vec::new();
        if self.take(b'}') {
            return Ok(members.into());
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.expected("a member name in quotes"));
            }
            positions.push(self.at);
            let name = self.string()?;
            self.skip_space();
            if !self.take(b':') {
                return Err(self.expected("`:`"));
            }
            members.push((name, self.value(depth)?));
            self.skip_space();
            if self.take(b'}') {
                break;
            }
            if !self.take(b',') {
                return Err(self.expected("`,` or `}`"));
            }
        }
        match self.rules.duplicates {
            Duplicates::Kept => {}
            Duplicates::Refused => self.refuse_duplicates(&members, &positions)?,
        }
        Ok(members.into())
    }

    /// Sorts the names instead of comparing each with each: an object may have thousands of members.
    fn refuse_duplicates(
        &self,
        members: &[(Cow<'a, str>, Value<'a>)],
        positions: &[usize],
    ) -> Result<(), Error> {
        let names = members.iter().map(|(name, _)| name.as_ref());
        let mut names: Vec<(&str, usize)> = names.zip(positions.iter().copied()).collect();
        names.sort_unstable();
        let repeated = names
            .array_windows()
            .filter(|[(one, _), (next, _)]| one == next)
            .map(|[_, (name, at)]| (*at, *name))
            .min();
        match repeated {
            Some((at, name)) => Err(self.error_at(Fault::DuplicateMember(name.to_owned()), at)),
            None => Ok(()),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Value<'a>>, Error> {
        let depth = self.open(depth)?;
        let mut elements = Vec::new();
        if self.take(b']') {
            return Ok(elements);
        }
        loop {
            elements.push(self.value(depth)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(elements);
            }
            if !self.take(b',') {
                return Err(self.expected("`,` or `]`"));
            }
        }
    }

    /// Returns a string whose opening quote was seen.
    fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        let start = self.at;
        let mut is_escaped = false;
        let mut end = start + 1;
        let bytes = self.text.as_bytes();
        loop {
            let ahead = bytes.get(end..).unwrap_or_default();
            let Some(found) = memchr::memchr2(b'"', b'\\', ahead) else {
                return Err(self.error_at(Fault::End, bytes.len()));
            };
            end += found;
            if bytes.get(end) == Some(&b'"') {
                break;
            }
            is_escaped = true;
            end += 2; // whatever is escaped
        }
        let inner = self.text.get(start + 1..end).unwrap_or_default();
        // Without an early end the loop is vectorised, and most strings are clean.
        if inner.bytes().fold(0, |found, byte| found | u8::from(byte < 0x20)) != 0 {
            let at = inner.bytes().position(|byte| byte < 0x20).unwrap_or_default();
            return Err(self.error_at(Fault::ControlCharacter, start + 1 + at));
        }
        self.at = end + 1;
        if !is_escaped {
            return Ok(Cow::Borrowed(inner));
        }
        let quoted = self.text.get(start..self.at).unwrap_or_default();
        serde_json::from_str(quoted)
            .map(Cow::Owned)
            .map_err(|error: serde_json::Error| {
                self.error_at(Fault::Escape, start + error.column().saturating_sub(1))
            })
    }

    fn digits(&mut self) -> Result<(), Error> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            Err(self.expected("a digit"))
        } else {
            Ok(())
        }
    }

    fn number(&mut self) -> Result<&'a str, Error> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        let mut is_integer = true;
        if self.take(b'.') {
            is_integer = false;
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            is_integer = false;
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        // An integer of less than 309 digits is in range, and hardly any number is longer.
        let may_overflow = !is_integer || text.len() > 300;
        if self.rules.numbers == Numbers::Finite
            && may_overflow
            && !text.parse::<f64>().is_ok_and(f64::is_finite)
        {
            return Err(self.error_at(Fault::NumberOutOfRange, start));
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests;
