//! Reading a request: every violation in one pass, each with the path of its member.

use std::str::FromStr;

use json::Value;

/// A rule that a member breaks, in the words of the Smithy validators: `Member must …`.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct Constraint(String);

impl Constraint {
    /// Returns a rule of the caller's own; the text completes "failed to satisfy constraint: ".
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Demands that the whole text matches a regular expression.
    #[must_use]
    pub fn pattern(pattern: &str) -> Self {
        Self(format!(
            "Member must satisfy regular expression pattern: {pattern}"
        ))
    }

    /// Demands a length within these bounds, in Unicode code points or in entries.
    #[must_use]
    pub fn length(least: usize, most: usize) -> Self {
        Self(format!(
            "Member must have length between {least} and {most}, inclusive"
        ))
    }

    /// Returns one of a closed set of values.
    #[must_use]
    pub fn one_of(values: &[&str]) -> Self {
        Self(format!(
            "Member must satisfy enum value set: [{}]",
            values.join(", ")
        ))
    }
}

/// One broken rule and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path from the body's root, `cloudTrailDetails.trails[0].cloudTrailArn`, or the name of a query or path
    /// parameter.
    pub path: String,
    /// The rule that the value violates.
    pub constraint: Constraint,
}

impl Violation {
    /// Returns one sentence in the form of the Smithy validators. Values are never quoted: they may be secret.
    #[must_use]
    pub fn message(&self) -> String {
        format!(
            "Value at '{}' failed to satisfy constraint: {}",
            self.path, self.constraint
        )
    }
}

/// All broken rules of a request, in member order; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Returns a single violation.
    #[must_use]
    pub fn one(path: impl Into<String>, constraint: Constraint) -> Self {
        Self(vec![Violation {
            path: path.into(),
            constraint,
        }])
    }

    /// Returns the violations, in member order.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.0.iter()
    }

    /// Returns one text that names all of them.
    #[must_use]
    pub fn message(&self) -> String {
        let texts: Vec<String> = self.0.iter().map(Violation::message).collect();
        let errors = if texts.len() == 1 { "error" } else { "errors" };
        format!(
            "{} validation {errors} detected: {}",
            texts.len(),
            texts.join("; ")
        )
    }
}

/// A member of a request: its path and, unless absent or null, its value.
#[derive(Debug, Clone)]
pub struct Member<'v> {
    path: String,
    value: Option<&'v Value<'v>>,
}

impl<'v> Member<'v> {
    /// Returns true unless the member is absent or null, which mean the same.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.value.is_some()
    }

    /// Returns the path from the body's root.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the value as it was sent.
    #[must_use]
    pub fn value(&self) -> Option<&'v Value<'v>> {
        self.value
    }
}

/// An object of a request, whose members are asked for by name; unknown ones are never looked at.
#[derive(Debug, Clone)]
pub struct Object<'v> {
    path: String,
    members: &'v json::Object<'v>,
}

impl<'v> Object<'v> {
    /// Returns the body itself.
    #[must_use]
    pub fn root(members: &'v json::Object<'v>) -> Self {
        Self {
            path: String::new(),
            members,
        }
    }

    /// Returns the member of that name, present or not.
    #[must_use]
    pub fn member(&self, name: &str) -> Member<'v> {
        self.member_with(name, self.members.get(name))
    }

    /// Returns all members with their names, in the order of the text, for maps.
    pub fn members(&self) -> impl Iterator<Item = (&'v str, Member<'v>)> {
        let members = self.members.iter();
        members.map(|(name, value)| (name.as_ref(), self.member_with(name, Some(value))))
    }

    fn member_with(&self, name: &str, value: Option<&'v Value<'v>>) -> Member<'v> {
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        Member {
            path,
            value: value.filter(|value| !value.is_null()),
        }
    }
}

/// Collects violations while a request is read.
///
/// Every reading method answers `None` for an absent member and for a faulty one; the fault is kept, so that
/// [`Reader::finish`] can report all of them at once.
#[derive(Debug, Default)]
pub struct Reader {
    violations: Vec<Violation>,
}

impl Reader {
    /// Returns nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a violation found by the caller, a rule across members for example.
    pub fn refuse(&mut self, path: impl Into<String>, constraint: Constraint) {
        self.violations.push(Violation {
            path: path.into(),
            constraint,
        });
    }

    /// Reports the member when it is absent, and hands it on.
    pub fn required<'v>(&mut self, member: Member<'v>) -> Member<'v> {
        if !member.is_present() {
            self.refuse(member.path.clone(), Constraint::new("Member must not be null"));
        }
        member
    }

    /// Returns a string that parses as `T`.
    pub fn text<T: FromStr<Err = Constraint>>(&mut self, member: &Member<'_>) -> Option<T> {
        let text = self.typed(member, "a string", Value::as_str)?;
        self.parsed(&member.path, text)
    }

    /// Returns a parameter of the path or the query that parses as `T`.
    pub fn parameter<T: FromStr<Err = Constraint>>(&mut self, name: &str, text: Option<&str>) -> Option<T> {
        self.parsed(name, text?)
    }

    /// Returns the one value of a query parameter that may be given once.
    pub fn single<'v>(&mut self, name: &str, values: &[&'v str]) -> Option<&'v str> {
        match values {
            [] => None,
            [value] => Some(value),
            _ => {
                self.refuse(name, Constraint::new("Member must be given once"));
                None
            }
        }
    }

    /// Returns the one value of a query parameter that must be given once.
    pub fn required_parameter<'v>(&mut self, name: &str, values: &[&'v str]) -> Option<&'v str> {
        if values.is_empty() {
            self.refuse(name, Constraint::new("Member must not be null"));
        }
        self.single(name, values)
    }

    /// Reads `true` or `false`.
    pub fn boolean(&mut self, member: &Member<'_>) -> Option<bool> {
        self.typed(member, "a boolean", Value::as_bool)
    }

    /// Returns the member as an object; `None` when the member is absent or of another type.
    pub fn object<'v>(&mut self, member: &Member<'v>) -> Option<Object<'v>> {
        let members = self.typed(member, "an object", Value::as_object)?;
        Some(Object {
            path: member.path.clone(),
            members,
        })
    }

    /// Returns the elements of an array, each with its path; null elements stay, as absent ones.
    pub fn array<'v>(&mut self, member: &Member<'v>) -> Option<Vec<Member<'v>>> {
        let elements = self.typed(member, "a list", Value::as_array)?;
        let element = |(index, value): (usize, &'v Value<'v>)| Member {
            path: format!("{}[{index}]", member.path),
            value: Some(value).filter(|value| !value.is_null()),
        };
        Some(elements.iter().enumerate().map(element).collect())
    }

    /// Returns the value as whatever `read` makes of it; a type violation that names `kind` when it makes nothing.
    pub fn typed<'v, T: 'v>(
        &mut self,
        member: &Member<'v>,
        kind: &str,
        read: impl FnOnce(&'v Value<'v>) -> Option<T>,
    ) -> Option<T> {
        let value = member.value?;
        let found = read(value);
        if found.is_none() {
            self.refuse(
                member.path.clone(),
                Constraint::new(format!("Member must be {kind}")),
            );
        }
        found
    }

    fn parsed<T: FromStr<Err = Constraint>>(&mut self, path: &str, text: &str) -> Option<T> {
        text.parse()
            .map_err(|constraint| self.refuse(path, constraint))
            .ok()
    }

    /// Returns the reader itself, for rules across members, which are looked at only if no member is wrong by itself.
    ///
    /// # Errors
    /// All violations.
    pub fn so_far(self) -> Result<Self, Violations> {
        if self.violations.is_empty() {
            Ok(self)
        } else {
            Err(Violations(self.violations))
        }
    }

    /// Returns the request that was read, unless something is wrong with it.
    ///
    /// # Errors
    /// All violations, in the order in which they were met. `None` without a violation means that a required
    /// member was not asked for with [`Reader::required`], which is reported on the body as a whole.
    pub fn finish<T>(self, request: Option<T>) -> Result<T, Violations> {
        match request {
            Some(request) if self.violations.is_empty() => Ok(request),
            _ if self.violations.is_empty() => {
                Err(Violations::one("body", Constraint::new("Member must be valid")))
            }
            _ => Err(Violations(self.violations)),
        }
    }
}
