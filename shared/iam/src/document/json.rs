//! A strict reader of JSON: keeps numbers as they are written, refuses duplicate keys and deep nesting.
//!
//! A reader of our own because the usual one silently keeps the last of two equal keys and rounds decimals.

use std::borrow::Cow;

/// A value, borrowing what needs no unescaping
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    /// The number's own digits
    Number(&'a str),
    String(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// Why a text is no policy JSON
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON
    #[error("malformed JSON at byte {at}")]
    Malformed {
        /// Bytes from the start
        at: usize,
    },
    /// One object has the same key twice
    #[error("duplicate key `{key}` at byte {at}")]
    DuplicateKey {
        /// The key
        key: String,
        /// Bytes from the start
        at: usize,
    },
    /// Nested deeper than the limit
    #[error("nested deeper than {limit} levels at byte {at}")]
    TooDeep {
        /// Levels allowed
        limit: usize,
        /// Bytes from the start
        at: usize,
    },
}

/// Levels of arrays and objects; a policy has six.
const MAX_DEPTH: usize = 32;

pub(super) fn read(text: &str) -> Result<Json<'_>, JsonError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.space();
    if reader.at == text.len() {
        Ok(value)
    } else {
        Err(reader.malformed())
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn malformed(&self) -> JsonError {
        JsonError::Malformed { at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(self.malformed())
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        if depth > MAX_DEPTH {
            return Err(JsonError::TooDeep {
                limit: MAX_DEPTH,
                at: self.at,
            });
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(_) | None => Err(self.malformed()),
        }
    }

    fn word(&mut self, word: &str, value: Json<'a>) -> Result<Json<'a>, JsonError> {
        if !self
            .text
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(word))
        {
            return Err(self.malformed());
        }
        self.at += word.len();
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        self.expect(b'{')?;
        let mut members: Vec<(Cow<'a, str>, Json<'a>)> = Vec::new();
        self.space();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.space();
            let at = self.at;
            let key = self.string()?;
            self.space();
            self.expect(b':')?;
            members.push((key, self.value(depth + 1)?));
            self.space();
            if !self.take(b',') {
                self.expect(b'}')?;
                return unique(members, at);
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        self.expect(b'[')?;
        let mut items = Vec::new();
        self.space();
        if self.take(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if !self.take(b',') {
                self.expect(b']')?;
                return Ok(Json::Array(items));
            }
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        let start = self.at;
        self.expect(b'"')?;
        let mut escaped = false;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                Some(0x20..) => self.at += 1,
                Some(_) | None => return Err(self.malformed()),
            }
        }
        let inner = self.text.get(start + 1..self.at);
        self.at += 1;
        if escaped {
            let quoted = self.text.get(start..self.at).unwrap_or_default();
            let unescaped: Result<String, _> = serde_json::from_str(quoted);
            return unescaped
                .map(Cow::Owned)
                .or(Err(JsonError::Malformed { at: start }));
        }
        inner.map(Cow::Borrowed).ok_or(JsonError::Malformed { at: start })
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            Err(self.malformed())
        } else {
            Ok(())
        }
    }

    fn number(&mut self) -> Result<Json<'a>, JsonError> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        Ok(Json::Number(self.text.get(start..self.at).unwrap_or_default()))
    }
}

/// Checks keys by sorting their places: an object with thousands of keys must not cost their square.
fn unique<'a>(members: Vec<(Cow<'a, str>, Json<'a>)>, at: usize) -> Result<Json<'a>, JsonError> {
    let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_ref()).collect();
    keys.sort_unstable();
    let duplicate = keys
        .array_windows()
        .find(|[one, next]| one == next)
        .map(|[one, _]| (*one).to_owned());
    match duplicate {
        Some(key) => Err(JsonError::DuplicateKey { key, at }),
        None => Ok(Json::Object(members)),
    }
}
