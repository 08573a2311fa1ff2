//! Describes a row that is not in the result, or is in it in another form, as far as it is known. Could the query
//! select such a row?

use super::actions_of::ActionsOf;
use super::sources_of::{SourcesOf, field};
use crate::aws::EffectivePermissions;
use crate::aws::data::{DestinationService, Source};
use crate::aws::query;
use crate::row::AccountNames;
use jiff::civil::Date;
use model::account::AccountId;
use rql::{BoolAttribute, Expr, Predicate, TagAttribute, TextAttribute, TextMatch, TextTest, decide};

/// Says what is known of an account
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum AccountFact<'a> {
    #[default]
    Unknown,
    Is(&'a str),
    /// The account is none of these
    NoneOf(&'a [&'a str]),
    /// The account is `*`: the destination is in any account
    Any,
    /// There is no account
    Absent,
}

/// Says what is known of a source
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum SourceFact<'a> {
    #[default]
    Unknown,
    /// The source is one principal: neither everybody nor a network
    Somebody,
    /// The source is the root user of an account
    Root,
    /// The source is a compute resource of this service and resource type
    Compute(&'a str, &'a str),
    /// The source is this source of the snapshot
    Known(&'a Source),
    /// The source is one of these
    OneOf(&'a SourcesOf),
}

/// Says what is known of an action
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum ActionFact<'a> {
    #[default]
    Unknown,
    Of(&'a str),
    Named(&'a str),
    /// One that a pattern of these names
    OneOf(&'a ActionsOf),
}

/// Says what is known of the policy that grants a row, and of the entity through which it is held
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum GrantFact {
    #[default]
    Unknown,
    /// The policy of a resource grants the row, or no policy
    NoEntity,
    /// No policy at all grants the row
    Nothing,
}

/// A row of imported accounts, as far as it is known
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hypothesis<'a> {
    pub(super) source: SourceFact<'a>,
    pub(super) source_account: AccountFact<'a>,
    pub(super) action: ActionFact<'a>,
    pub(super) destination: Option<&'a DestinationService>,
    pub(super) dest_account: AccountFact<'a>,
    pub(super) grant: GrantFact,
}

/// Holds what predicates are decided with
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) names: &'a AccountNames,
    /// Holds the sources of the snapshot, and the day of the search
    pub(super) sources: Option<(&'a EffectivePermissions, Date)>,
}

impl Hypothesis<'_> {
    /// Returns whether the query can select such a row.
    pub(super) fn can_satisfy(&self, expression: &Expr, known: Known<'_>) -> bool {
        decide(expression, &|predicate| self.holds(predicate, known)) != Some(false)
    }

    fn holds(&self, predicate: &Predicate, known: Known<'_>) -> Option<bool> {
        match predicate {
            Predicate::Text { attribute, test } => self.text(*attribute, test, predicate, known),
            Predicate::Accounts { differ, .. } => self.same_account().map(|same| same != *differ),
            Predicate::Bool {
                attribute: BoolAttribute::SourcePublic,
                negated,
                value,
            } => {
                let is_public = match self.source {
                    SourceFact::Unknown => return None,
                    SourceFact::Known(source) => source.is_public(),
                    SourceFact::OneOf(sources) => sources.is_public()?,
                    SourceFact::Somebody | SourceFact::Root | SourceFact::Compute(..) => false,
                };
                Some((is_public == *value) != *negated)
            }
            Predicate::Tag {
                attribute: TagAttribute::SourceResourceTag,
                ..
            } => self.of_known_source(predicate, known),
            Predicate::ContainsAll { actions } => {
                let can_be = actions.distinct().any(|name| self.can_have_action(name, false));
                // It is not known whether the other actions are there as well.
                (!can_be).then_some(false)
            }
            Predicate::Covers { resource } => {
                let can_be = self.can_be_destination(resource.lowered(), false);
                (!can_be).then_some(false)
            }
            Predicate::Bool { .. }
            | Predicate::Int { .. }
            | Predicate::Tag { .. }
            | Predicate::Condition { .. } => None,
        }
    }

    fn text(
        &self,
        attribute: TextAttribute,
        test: &TextTest,
        predicate: &Predicate,
        known: Known<'_>,
    ) -> Option<bool> {
        match attribute {
            TextAttribute::DestCloudType => Some(test.holds(["AWS"])),
            TextAttribute::GrantedByCloudType if self.grant != GrantFact::Nothing => {
                Some(test.holds(["AWS"]))
            }
            TextAttribute::SourceCloudType => match self.source {
                SourceFact::Unknown => None,
                SourceFact::Known(_) => self.of_known_source(predicate, known),
                SourceFact::OneOf(sources) => sources.cloud(test),
                SourceFact::Somebody | SourceFact::Root | SourceFact::Compute(..) => {
                    Some(test.holds(["AWS"]))
                }
            },
            TextAttribute::SourceAccount => self.source_account.holds(test, known),
            TextAttribute::DestAccount => self.dest_account.holds(test, known),
            TextAttribute::SourceServiceName => match self.source {
                SourceFact::Compute(service, _) => Some(test.holds([service])),
                SourceFact::Unknown
                | SourceFact::Somebody
                | SourceFact::Root
                | SourceFact::Known(_)
                | SourceFact::OneOf(_) => self.of_known_source(predicate, known),
            },
            TextAttribute::SourceResourceType => match self.source {
                SourceFact::Compute(_, resource_type) => Some(test.holds([resource_type])),
                // A search that shows root users shows them as the account, or by a type of their own.
                SourceFact::Root => {
                    let found = ["account", "root"].map(|one| test.holds([one]));
                    found
                        .iter()
                        .all(|one| *one == test.negated)
                        .then_some(test.negated)
                }
                SourceFact::OneOf(sources) => sources.resource_type(test),
                SourceFact::Unknown | SourceFact::Somebody | SourceFact::Known(_) => {
                    self.of_known_source(predicate, known)
                }
            },
            TextAttribute::SourceResourceId => match self.source {
                SourceFact::Known(_) => self.of_known_source(predicate, known),
                SourceFact::OneOf(sources) => ruled_out(test, |literal, open| sources.can_be(literal, open)),
                SourceFact::Unknown | SourceFact::Somebody | SourceFact::Root | SourceFact::Compute(..) => {
                    ruled_out(test, |literal, open| self.can_be_source(literal, open))
                }
            },
            TextAttribute::SourceResourceName | TextAttribute::SourceRegion => {
                self.of_known_source(predicate, known)
            }
            TextAttribute::ActionName => match self.action {
                ActionFact::Named(name) => Some(test.holds([name])),
                ActionFact::Unknown | ActionFact::Of(_) | ActionFact::OneOf(_) => {
                    ruled_out(test, |literal, open| self.can_have_action(literal, open))
                }
            },
            TextAttribute::DestServiceName => self.destination.map(|one| test.holds([&*one.name])),
            TextAttribute::DestResourceId => {
                ruled_out(test, |literal, open| self.can_be_destination(literal, open))
            }
            TextAttribute::PolicyId if self.grant == GrantFact::NoEntity => {
                // Such a policy is attached to users, groups and roles only.
                ruled_out(test, |literal, _| {
                    !(field(literal, 2) == Some("iam")
                        && field(literal, 5).is_some_and(|name| name.starts_with("policy/")))
                })
            }
            TextAttribute::PolicyId
            | TextAttribute::PolicyName
            | TextAttribute::PolicyType
            | TextAttribute::GrantedByCloudType => (self.grant == GrantFact::Nothing).then(|| test.holds([])),
            TextAttribute::EntityId | TextAttribute::EntityName | TextAttribute::EntityType => {
                (self.grant != GrantFact::Unknown).then(|| test.holds([]))
            }
            TextAttribute::SourceAccountGroup
            | TextAttribute::SourceResourceUai
            | TextAttribute::SourceEmail
            | TextAttribute::SourceIdpService
            | TextAttribute::SourceIdpEmail
            | TextAttribute::SourceIdpGroup
            | TextAttribute::SourceIdpUsername
            | TextAttribute::SourceIdpDomain
            | TextAttribute::ActionAccessLevel
            | TextAttribute::DestAccountGroup
            | TextAttribute::DestRegion
            | TextAttribute::DestResourceName
            | TextAttribute::DestResourceType
            | TextAttribute::LevelId
            | TextAttribute::LevelName
            | TextAttribute::LevelType => None,
        }
    }

    fn of_known_source(&self, predicate: &Predicate, known: Known<'_>) -> Option<bool> {
        match (self.source, known.sources) {
            (SourceFact::Known(source), Some((effective, today))) => {
                Some(query::source_holds(effective, source, predicate, today))
            }
            _ => None,
        }
    }

    fn same_account(&self) -> Option<bool> {
        match (self.source_account, self.dest_account) {
            (AccountFact::Absent, _) | (_, AccountFact::Any | AccountFact::Absent) => Some(false),
            (AccountFact::Is(one), AccountFact::Is(other)) => Some(one == other),
            (AccountFact::Is(one), AccountFact::NoneOf(others))
            | (AccountFact::NoneOf(others), AccountFact::Is(one)) => (others.contains(&one)).then_some(false),
            (AccountFact::Unknown | AccountFact::Any, _)
            | (_, AccountFact::Unknown)
            | (AccountFact::NoneOf(_), AccountFact::NoneOf(_)) => None,
        }
    }

    /// Returns whether the action can have a name, or a name that begins with the literal; the literal is in lower
    /// case.
    fn can_have_action(&self, literal: &str, is_start: bool) -> bool {
        let service = match self.action {
            ActionFact::Unknown => return true,
            ActionFact::Named(name) => {
                let name = name.to_lowercase();
                return if is_start {
                    name.starts_with(literal)
                } else {
                    name == literal
                };
            }
            ActionFact::OneOf(actions) => return actions.can_be(literal, is_start),
            ActionFact::Of(service) => service,
        };
        match literal.split_once(':') {
            Some((found, _)) => found == service,
            None => is_start && service.starts_with(literal),
        }
    }

    /// Returns whether the source can have an id, or an id that begins with the literal.
    fn can_be_source(&self, literal: &str, is_start: bool) -> bool {
        let whole =
            |index| field(literal, index).filter(|_| !is_start || field(literal, index + 1).is_some());
        let of_service = match self.source {
            SourceFact::Compute(service, _) => Some(service),
            SourceFact::Root => Some("iam"),
            SourceFact::Unknown | SourceFact::Somebody | SourceFact::Known(_) | SourceFact::OneOf(_) => None,
        };
        let is_root = !matches!(self.source, SourceFact::Root)
            || field(literal, 5).is_none_or(|name| name == "root" || is_start && "root".starts_with(name));
        is_root
            && whole(2).is_none_or(|found| of_service.is_none_or(|service| found == service))
            && whole(4).is_none_or(|account| self.source_account.can_be(account))
    }

    /// Returns whether the destination can have an id, or an id that begins with the literal.
    fn can_be_destination(&self, literal: &str, is_start: bool) -> bool {
        let whole =
            |index| field(literal, index).filter(|_| !is_start || field(literal, index + 1).is_some());
        let service = self
            .destination
            .map(|one| &*one.of_arn)
            .filter(|service| *service != "*");
        // A pattern in a policy may name any service and any account.
        let is_open = |found: &str| found.is_empty() || found.contains(['*', '?']);
        whole(2).is_none_or(|found| is_open(found) || service.is_none_or(|service| found == service))
            && whole(4).is_none_or(|account| is_open(account) || self.dest_account.can_be(account))
    }
}

impl<'a> AccountFact<'a> {
    /// Returns the fact about the account of a source, which is empty for no account.
    pub(super) const fn of(account: &'a str) -> Self {
        if account.is_empty() {
            Self::Absent
        } else {
            Self::Is(account)
        }
    }
}

impl AccountFact<'_> {
    fn can_be(self, account: &str) -> bool {
        match self {
            Self::Unknown => true,
            Self::Is(own) => own == account,
            Self::NoneOf(others) => account != "*" && !others.contains(&account),
            Self::Any | Self::Absent => false,
        }
    }

    /// Returns the outcome of a test of the id and the display name.
    fn holds(self, test: &TextTest, known: Known<'_>) -> Option<bool> {
        let is_id = |literal: &str| literal == "*" || AccountId::is_valid(literal);
        match self {
            Self::Unknown => None,
            Self::Any => Some(test.holds(["*"])),
            Self::Absent => Some(test.holds([])),
            Self::Is(id) => {
                let name = known.names.name(id);
                if name != id || test.matcher.holds(id) {
                    return Some(test.holds([id, name]));
                }
                // No document names the account, and it may still have a name.
                ruled_out(test, |literal, open| open || !is_id(literal))
            }
            Self::NoneOf(_) => ruled_out(test, |literal, open| {
                open || !is_id(literal) || self.can_be(literal)
            }),
        }
    }
}

/// Describes the rows of a service's actions.
pub(super) fn of_service(service: &str) -> Hypothesis<'_> {
    Hypothesis {
        action: ActionFact::Of(service),
        ..Hypothesis::default()
    }
}

/// Describes the rows of a service's actions on resources of a kind.
pub(super) fn on_service<'a>(service: &'a str, destination: &'a DestinationService) -> Hypothesis<'a> {
    Hypothesis {
        destination: Some(destination),
        ..of_service(service)
    }
}

/// Describes all rows of a source.
pub(super) fn of_source(source: &Source) -> Hypothesis<'_> {
    Hypothesis {
        source: SourceFact::Known(source),
        source_account: AccountFact::of(&source.account),
        ..Hypothesis::default()
    }
}

/// Returns the outcome of a test when none of its literals can be the value, or its beginning; `None` when one can.
fn ruled_out(test: &TextTest, can_be: impl Fn(&str, bool) -> bool) -> Option<bool> {
    let possible = match &test.matcher {
        TextMatch::Equals(literal) => can_be(literal.lowered(), false),
        TextMatch::Like(literal) => can_be(literal.lowered(), false) || can_be("*", false),
        TextMatch::In(list) => list.distinct().any(|literal| can_be(literal, false)),
        TextMatch::StartsWith(literal) => can_be(literal.lowered(), true),
        TextMatch::EndsWith(_) | TextMatch::Contains(_) => true,
    };
    (!possible).then_some(test.negated)
}
