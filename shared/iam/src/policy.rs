//! Compiles policies for matching. Patterns are read once, and everybody to whom the policy is attached shares them.

#[cfg(test)]
mod tests;

use crate::arn::{PatternFinding, Resource, WildcardMatching};
use crate::condition::{self, ConditionFinding, Expression};
use crate::context::ConditionKeys;
use crate::document::{Document, Effect, Element, Entry, PolicyKind, Statement, Version};
use crate::matching::{ActionFinding, ActionSet, PrincipalEntry, PrincipalSet, ResourcePattern, ResourceSet};

/// Something about a valid statement that a reader should know
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatementFinding {
    /// About an action pattern
    Action(String, ActionFinding),
    /// About a resource pattern
    Resource(String, PatternFinding),
    /// About a condition
    Condition(ConditionFinding),
    /// A principal that names nobody: a partial wildcard, or no principal at all
    Nobody(String),
    /// A trust policy that trusts everybody
    TrustsEverybody,
    /// Allow with `NotPrincipal` grants to everybody else, anonymous callers included
    AllowNotPrincipal,
    /// Deny with `NotPrincipal` exempts only a principal listed with its account and, for a session, its role; and
    /// none that has a permissions boundary
    DenyNotPrincipal,
}

/// A compiled statement
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledStatement {
    /// Place in the document, from 0
    pub index: usize,
    /// The statement's own name
    pub sid: Option<Box<str>>,
    /// Allow or Deny
    pub effect: Effect,
    /// The principals are absent in identity policies
    pub principals: Option<PrincipalSet>,
    /// Action or `NotAction`
    pub actions: ActionSet,
    /// The resources are absent in trust policies, whose resource is the role
    pub resources: Option<ResourceSet>,
    /// The condition block; true when there is none
    pub condition: Expression,
}

impl CompiledStatement {
    fn compile(
        index: usize,
        statement: &Statement,
        condition: Expression,
        version: Version,
        kind: PolicyKind,
    ) -> Self {
        let resources = statement.resources.as_ref();
        Self {
            index,
            sid: statement.sid.as_deref().map(Into::into),
            effect: statement.effect,
            principals: statement.principals.as_ref().map(PrincipalSet::compile),
            actions: ActionSet::compile(&statement.actions),
            resources: resources.map(|element| ResourceSet::compile(element, version, kind.short_arn())),
            condition,
        }
    }

    /// Returns whether the statement is about the action (in lower case) on the resource, as far as `keys` are known;
    /// its principals are not looked at.
    #[must_use]
    pub fn matches(
        &self,
        action: &str,
        resource: &Resource<'_>,
        wildcards: WildcardMatching,
        keys: &dyn ConditionKeys,
    ) -> Expression {
        if !self.actions.matches_lower(action) {
            return Expression::False;
        }
        let about = match &self.resources {
            Some(resources) => resources.matches(resource, wildcards, keys),
            None => Expression::True,
        };
        if about == Expression::False {
            about
        } else {
            about.and(self.condition.resolve(keys))
        }
    }

    /// Returns whether the statement is about all resources, whatever a request says; its principals are not looked at.
    #[must_use]
    pub fn is_about_everything(&self) -> bool {
        let resources = self.resources.as_ref();
        self.condition == Expression::True
            && resources.is_some_and(|resources| match resources.patterns() {
                Element::Of(entries) => entries.iter().any(ResourcePattern::is_universal),
                Element::Not(entries) => entries.is_empty(),
            })
    }

    /// Returns whether a policy variable of the statement has neither value nor default, so that an entry names nothing
    /// or the statement does not apply.
    #[must_use]
    pub fn lacks_variable(&self, keys: &dyn ConditionKeys) -> bool {
        self.resources
            .as_ref()
            .is_some_and(|resources| resources.lacks_variable(keys))
            || self.condition.lacks_variable(keys)
    }
}

/// A compiled policy document
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    kind: PolicyKind,
    statements: Vec<CompiledStatement>,
    /// Holds the findings about conditions, each with the position of its statement, in document order
    condition_findings: Vec<(usize, ConditionFinding)>,
    has_invalid_statement: bool,
    has_invalid_deny: bool,
}

impl Policy {
    /// Returns the policy with a further condition on each statement; `True` leaves a statement as it is.
    #[must_use]
    pub fn with_conditions(mut self, further: impl Fn(&CompiledStatement) -> Expression) -> Self {
        for statement in &mut self.statements {
            let condition = statement.condition.clone();
            statement.condition = condition.and(further(statement));
        }
        self
    }

    /// Compiles a document that was read as this kind of policy.
    #[must_use]
    pub fn compile(document: &Document, kind: PolicyKind) -> Self {
        let mut policy = Self {
            kind,
            statements: Vec::new(),
            condition_findings: Vec::new(),
            has_invalid_statement: false,
            has_invalid_deny: false,
        };
        for (index, entry) in document.statements.iter().enumerate() {
            match entry {
                Entry::Valid(statement) => {
                    let version = document.version;
                    let condition::Compiled { expression, findings } =
                        condition::compile(&statement.conditions, version);
                    let compiled = CompiledStatement::compile(index, statement, expression, version, kind);
                    let findings = findings.into_iter().map(|finding| (index, finding));
                    policy.condition_findings.extend(findings);
                    policy.statements.push(compiled);
                }
                Entry::Invalid(invalid) => {
                    policy.has_invalid_statement = true;
                    // An effect that cannot be read may have been meant as a Deny.
                    policy.has_invalid_deny |= invalid.effect != Some(Effect::Allow);
                }
            }
        }
        policy
    }

    /// Returns the findings about a statement, in the order of its elements.
    fn findings_of(&self, statement: &CompiledStatement) -> Vec<StatementFinding> {
        let mut found = Vec::new();
        for pattern in statement.actions.patterns().entries() {
            found.extend(
                pattern
                    .finding()
                    .map(|finding| StatementFinding::Action(pattern.to_string(), finding)),
            );
        }
        for pattern in statement
            .resources
            .iter()
            .flat_map(|set| set.patterns().entries())
        {
            let finding = pattern.widest().finding();
            found.extend(finding.map(|finding| StatementFinding::Resource(pattern.as_str().into(), finding)));
        }
        if let Some(principals) = &statement.principals {
            match (principals.entries(), statement.effect) {
                (Element::Not(_), Effect::Allow) => found.push(StatementFinding::AllowNotPrincipal),
                (Element::Not(_), Effect::Deny) => found.push(StatementFinding::DenyNotPrincipal),
                (Element::Of(entries), Effect::Allow)
                    if self.kind == PolicyKind::Trust && entries.contains(&PrincipalEntry::Everyone) =>
                {
                    found.push(StatementFinding::TrustsEverybody);
                }
                (Element::Of(_), _) => {}
            }
            for entry in principals.entries().entries() {
                if let PrincipalEntry::Nobody(text) = entry {
                    found.push(StatementFinding::Nobody(text.to_string()));
                }
            }
        }
        let allows = statement.effect == Effect::Allow;
        let meant = |finding: &&ConditionFinding| {
            allows || !matches!(finding, ConditionFinding::ForAllValuesOfAbsentKey(_))
        };
        found.extend(
            self.findings_of_condition(statement.index)
                .filter(meant)
                .cloned()
                .map(StatementFinding::Condition),
        );
        found
    }

    /// Returns the findings about the condition of the statement with that position in the document.
    fn findings_of_condition(&self, statement: usize) -> impl Iterator<Item = &ConditionFinding> {
        let position = |(position, _): &(usize, ConditionFinding)| {
            #[cfg(test)]
            tests::LOOKED_AT.with(|looked_at| looked_at.set(looked_at.get().saturating_add(1)));
            *position
        };
        let all = &self.condition_findings;
        let start = all.partition_point(|one| position(one) < statement);
        let rest = all.get(start..).unwrap_or_default().iter();
        rest.take_while(move |one| position(one) == statement)
            .map(|(_, finding)| finding)
    }

    /// Returns what kind of policy this is.
    #[must_use]
    pub const fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// Returns the statements that take part in decisions, in document order.
    #[must_use]
    pub fn statements(&self) -> &[CompiledStatement] {
        &self.statements
    }

    /// Works out what is odd about valid statements, by their place in the document. Decisions do not need it.
    #[must_use]
    pub fn findings(&self) -> Vec<(usize, StatementFinding)> {
        let statements = self.statements.iter();
        statements
            .flat_map(|one| {
                self.findings_of(one)
                    .into_iter()
                    .map(|finding| (one.index, finding))
            })
            .collect()
    }

    /// Returns whether a statement is invalid and takes no part in decisions.
    #[must_use]
    pub const fn has_invalid_statement(&self) -> bool {
        self.has_invalid_statement
    }

    /// Returns whether a statement that may have been a Deny is invalid, so that the policy may deny less than was
    /// meant.
    #[must_use]
    pub const fn has_invalid_deny(&self) -> bool {
        self.has_invalid_deny
    }
}
