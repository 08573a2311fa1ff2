//! Shows rows to the query language, while they are chosen part by part and when they are whole.
//!
//! A row answers for the attributes of the parts that are chosen; the plan asks no others.

use super::row_ref::RowRef;
use crate::aws::EffectivePermissions;
use crate::aws::data::{Attachment, Snapshot, Source};
use crate::aws::escalation::Reach;
use crate::row::region_name;
use iam::document::Condition;
use inventory::Access;
use jiff::civil::Date;
use rql::{BoolAttribute, GrantView, IntAttribute, Number, RowView, Side, TagAttribute, TextAttribute};

/// A row whose source is chosen, and then perhaps the attachment
pub(super) struct PartialRow<'s> {
    pub(super) effective: &'s EffectivePermissions,
    pub(super) source: &'s Source,
    pub(super) attachment: Option<Attachment>,
    pub(super) today: Date,
}

/// The conditions of one granting statement
pub(crate) struct Conditions<'s>(pub(super) &'s [Condition]);

impl GrantView for Conditions<'_> {
    fn any_key(&self, mut test: impl FnMut(&str, &str) -> bool) -> bool {
        self.0.iter().any(|one| test(&one.operator, &one.key))
    }

    fn any_value(&self, mut test: impl FnMut(&str, &str, &str) -> bool) -> bool {
        self.0.iter().any(|one| {
            one.values
                .iter()
                .any(|value| test(&one.operator, &one.key, value))
        })
    }
}

fn any_tag(tags: &[(String, String)], mut test: impl FnMut(&str, &str) -> bool) -> bool {
    tags.iter().any(|(key, value)| test(key, value))
}

/// Tests an account: it passes by its id or by its display name.
fn account(snapshot: &Snapshot, id: &str, mut test: impl FnMut(&str) -> bool) -> bool {
    let name = snapshot.account_names.name(id);
    test(id) || (name != id && test(name))
}

/// Tests a region: it passes by its display name or by its code. A destination without region has no code.
fn region(code: &str, mut test: impl FnMut(&str) -> bool) -> bool {
    test(region_name(code)) || (!code.is_empty() && test(code))
}

impl<'s> RowView for PartialRow<'s> {
    type Grant = Conditions<'s>;

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "attributes of other stages are answered elsewhere"
    )]
    fn any_text(&self, attribute: TextAttribute, mut test: impl FnMut(&str) -> bool) -> bool {
        let source = self.source;
        match attribute {
            TextAttribute::SourceCloudType
            | TextAttribute::SourceRegion
            | TextAttribute::SourceServiceName
                if source.is_nowhere() =>
            {
                false
            }
            TextAttribute::SourceCloudType => test("AWS"),
            TextAttribute::SourceAccount => source
                .account_id()
                .is_some_and(|id| account(self.snapshot(), id, test)),
            TextAttribute::SourceRegion => region(&source.region, test),
            TextAttribute::SourceServiceName => test(&source.service),
            TextAttribute::SourceIdpService => {
                let words = source.provider.iter().flat_map(|one| one.service.words());
                words.into_iter().any(|word| test(word))
            }
            TextAttribute::SourceIdpDomain => {
                let provider = source.provider.as_ref();
                provider.and_then(|one| one.domain.as_deref()).is_some_and(test)
            }
            TextAttribute::SourceResourceName => test(&source.name),
            TextAttribute::SourceResourceType => test(source.resource_type()),
            TextAttribute::SourceResourceId => test(&source.id),
            _ => self
                .attachment
                .and_then(|attachment| attachment_text(self.snapshot(), attachment, attribute))
                .is_some_and(test),
        }
    }

    fn covers(&self, _: &str) -> bool {
        true
    }

    fn account_id(&self, side: Side) -> Option<&str> {
        match side {
            Side::Source => self.source.account_id(),
            Side::Dest => None,
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "attributes of other stages are answered elsewhere"
    )]
    fn flag(&self, attribute: BoolAttribute) -> Option<bool> {
        match attribute {
            BoolAttribute::SourcePublic => Some(self.source.is_public()),
            BoolAttribute::SourceReachesAdministrator => Some(self.reach().is_some()),
            BoolAttribute::SourceReachesAdministratorCertainly => Some(self.reach() == Some(Reach::Certain)),
            // There is no catalogue of vendors; only an account of the tenant is known to be no vendor.
            BoolAttribute::SourceAccountIsVendor => self
                .snapshot()
                .is_own_account(&self.source.account)
                .then_some(false),
            BoolAttribute::SourceMfaEnabled => self.source.credentials.map(|own| own.has_mfa),
            BoolAttribute::PolicyIsExcessive => self
                .attachment
                .and_then(|attachment| is_excessive(self.effective, self.source, attachment)),
            _ => None,
        }
    }

    fn number(&self, attribute: IntAttribute) -> Number {
        let of_source = self.source.credentials;
        let of_entity = || {
            let entity = self.snapshot().entity_of(self.attachment?)?;
            entity.credentials
        };
        match attribute {
            IntAttribute::AccessKeyActiveKeys => {
                of_source.map_or(Number::Absent, |own| Number::Known(own.active_keys))
            }
            IntAttribute::AccessKeyLastUsedDays => {
                of_source.map_or(Number::Absent, |own| days_until(self.today, own.key_last_used))
            }
            IntAttribute::EntityLastLoginDays => {
                of_entity().map_or(Number::Absent, |own| days_until(self.today, own.last_login))
            }
            IntAttribute::ActionLastAccessDays => Number::Absent,
        }
    }

    fn any_tag(&self, attribute: TagAttribute, test: impl FnMut(&str, &str) -> bool) -> bool {
        let entity = || self.snapshot().entity_of(self.attachment?);
        match attribute {
            TagAttribute::SourceResourceTag => any_tag(&self.source.tags, test),
            TagAttribute::EntityTag => entity().is_some_and(|entity| any_tag(&entity.tags, test)),
            TagAttribute::DestResourceTag | TagAttribute::PolicyTag => false,
        }
    }

    fn any_grant(&self, _: impl FnMut(&Self::Grant) -> bool) -> bool {
        false
    }
}

impl<'s> PartialRow<'s> {
    fn snapshot(&self) -> &'s Snapshot {
        self.effective.snapshot()
    }

    fn reach(&self) -> Option<Reach> {
        self.effective.administrator_reach(self.source)
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "attributes of other stages are answered elsewhere"
)]
fn attachment_text(snapshot: &Snapshot, attachment: Attachment, attribute: TextAttribute) -> Option<&str> {
    let policy = snapshot.policies.get(attachment.policy);
    let entity = snapshot.entity_of(attachment);
    match attribute {
        TextAttribute::GrantedByCloudType => Some("AWS"),
        TextAttribute::PolicyId => policy.map(|policy| &*policy.id),
        TextAttribute::PolicyName => policy.map(|policy| &*policy.name),
        TextAttribute::PolicyType => policy.map(|policy| policy.kind),
        TextAttribute::EntityId => entity.map(|entity| &*entity.id),
        TextAttribute::EntityName => entity.map(|entity| &*entity.name),
        TextAttribute::EntityType => entity.map(|entity| entity.kind),
        _ => None,
    }
}

/// Returns whether a policy grants a tracked action that the source did not use for long; `None` when uses are not
/// known.
fn is_excessive(effective: &EffectivePermissions, source: &Source, attachment: Attachment) -> Option<bool> {
    let snapshot = effective.snapshot();
    if !snapshot.tracks_usage {
        return None;
    }
    let is_unused = |access| match days_until(snapshot.date, access) {
        Number::Known(days) => days > EXCESSIVE_AFTER_DAYS,
        Number::Never => true,
        Number::Absent => false,
    };
    let table = effective.table(attachment.table);
    let rows = table.rows();
    let unused = table.service_runs(&snapshot.actions).iter().any(|run| {
        let service = source.usage.as_ref().and_then(|usage| usage.service(run.service));
        let Some(service) = service else { return false };
        let rows = rows.get(run.start..run.end).unwrap_or_default();
        if service.tracked.is_empty() {
            return is_unused(service.otherwise);
        }
        let usage = source.usage.as_deref();
        rows.iter()
            .any(|row| is_unused(snapshot.access(usage, row.action)))
    });
    Some(unused)
}

/// A policy is excessive when it grants a tracked action that was not used for so many days.
const EXCESSIVE_AFTER_DAYS: u32 = 90;

/// Returns the whole days from a last use up to a day, as queries compare them.
pub(super) fn days_until(last: Date, access: Access) -> Number {
    match access {
        Access::On(day) => {
            let days = (last - day).get_days();
            Number::Known(u32::try_from(days).unwrap_or(0))
        }
        Access::Never => Number::Never,
        Access::Unknown => Number::Absent,
    }
}

/// Returns the parts of a row that are chosen before its action and destination.
fn parts<'s>(row: &RowRef<'s>) -> PartialRow<'s> {
    PartialRow {
        effective: row.effective,
        source: row.source,
        attachment: Some(row.attachment),
        today: row.today,
    }
}

impl<'s> RowView for RowRef<'s> {
    type Grant = Conditions<'s>;

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "attributes of other stages are answered elsewhere"
    )]
    fn any_text(&self, attribute: TextAttribute, mut test: impl FnMut(&str) -> bool) -> bool {
        let destination = self.destination();
        match attribute {
            TextAttribute::DestCloudType => test("AWS"),
            TextAttribute::DestAccount => account(self.snapshot, destination.account, test),
            TextAttribute::DestRegion => region(destination.region, test),
            TextAttribute::DestServiceName => test(destination.service),
            TextAttribute::DestResourceName => test(destination.name),
            TextAttribute::DestResourceId => test(destination.id),
            TextAttribute::DestResourceType => test(destination.kind),
            TextAttribute::ActionName => test(self.action()),
            TextAttribute::ActionAccessLevel => {
                let level = self
                    .snapshot
                    .actions
                    .get(self.row.action)
                    .and_then(|action| action.level);
                level.is_some_and(|level| test(level.as_str()))
            }
            _ => parts(self).any_text(attribute, &mut test),
        }
    }

    fn covers(&self, _: &str) -> bool {
        true
    }

    fn account_id(&self, side: Side) -> Option<&str> {
        match side {
            Side::Source => self.source.account_id(),
            Side::Dest => Some(self.table.account(self.row)),
        }
    }

    fn flag(&self, attribute: BoolAttribute) -> Option<bool> {
        match attribute {
            BoolAttribute::ActionIsAdministrative => Some(
                self.snapshot
                    .actions
                    .get(self.row.action)
                    .is_some_and(|action| action.administrative)
                    || self.effective.is_administrator(self.attachment),
            ),
            BoolAttribute::PolicyIsExcessive
            | BoolAttribute::SourceAccountIsVendor
            | BoolAttribute::SourceMfaEnabled
            | BoolAttribute::SourcePublic
            | BoolAttribute::SourceReachesAdministrator
            | BoolAttribute::SourceReachesAdministratorCertainly
            | BoolAttribute::DestWildcardScope => parts(self).flag(attribute),
        }
    }

    fn number(&self, attribute: IntAttribute) -> Number {
        match attribute {
            IntAttribute::ActionLastAccessDays => days_until(self.snapshot.date, self.access()),
            IntAttribute::EntityLastLoginDays
            | IntAttribute::AccessKeyActiveKeys
            | IntAttribute::AccessKeyLastUsedDays => parts(self).number(attribute),
        }
    }

    fn any_tag(&self, attribute: TagAttribute, test: impl FnMut(&str, &str) -> bool) -> bool {
        parts(self).any_tag(attribute, test)
    }

    fn any_grant(&self, mut test: impl FnMut(&Self::Grant) -> bool) -> bool {
        let Some(document) = self.snapshot.document_of(self.attachment) else {
            return false;
        };
        let statements = self.table.statements(self.row).iter();
        statements
            .copied()
            .any(|statement| test(&Conditions(document.conditions(statement))))
    }
}
