//! Says which document of the inventory holds the values of which attribute.

use rql::{BoolAttribute, IntAttribute, MissingDocument, TagAttribute, TextAttribute};

use crate::aws::{COMPUTE_KINDS, Gap, SnapshotFacts};

/// Says which document holds the values of an attribute
enum Holder {
    /// The reports of last accessed actions
    LastAccessed,
    /// The credential reports
    CredentialReport,
    /// No document of this release holds the values, for accounts of others
    Vendors,
    /// No document of this release holds the values
    Nothing,
}

const LAST_ACCESSED: &str =
    "collect the reports by the schedule of the stack, or import them as docs/inventory.md describes";
const CREDENTIALS: &str =
    "import the reply of `aws iam get-credential-report` for each account, as docs/inventory.md describes";
const NOTHING: MissingDocument = MissingDocument {
    document: None,
    rows_of: None,
    remedy: "this release of the search reads no document that holds it, so do not take the result as a proof",
};

/// Returns the document without which rows of the snapshot have no value of the attribute.
pub(super) fn missing(attribute: &str, facts: &SnapshotFacts) -> Option<MissingDocument> {
    match holder(attribute)? {
        Holder::LastAccessed => lacking(
            "last-accessed",
            (facts.all.without_usage(), !facts.tracks_usage),
            ["user or role", "users and roles"],
            LAST_ACCESSED,
        ),
        Holder::CredentialReport => lacking(
            "credential-report",
            (facts.all.without_credentials(), !facts.tracks_credentials),
            ["user", "users"],
            CREDENTIALS,
        ),
        Holder::Vendors => facts.all.has_foreign_sources().then(|| MissingDocument {
            rows_of: Some("accounts that are neither imported nor in the organization".to_owned()),
            ..NOTHING
        }),
        Holder::Nothing => Some(NOTHING),
    }
}

/// Says what a kind of document leaves open: everything when no such document is imported, otherwise the sources that
/// no document describes.
fn lacking(
    document: &'static str,
    (gap, is_absent): (&Gap, bool),
    [one, several]: [&str; 2],
    remedy: &'static str,
) -> Option<MissingDocument> {
    let missing = |rows_of| {
        Some(MissingDocument {
            document: Some(document),
            rows_of,
            remedy,
        })
    };
    if is_absent {
        return missing(None);
    }
    if gap.is_empty() {
        return None;
    }
    let noun = if gap.sources() == 1 { one } else { several };
    missing(Some(format!("{} {noun} of {}", gap.sources(), gap.words())))
}

/// Returns the values of which rows of compute resources are missing, because not all of these are known; each with the
/// document `compute`.
pub(super) fn missing_rows(
    attribute: TextAttribute,
    facts: &SnapshotFacts,
) -> Vec<(&'static str, MissingDocument)> {
    let values = COMPUTE_KINDS.into_iter().filter_map(|(service, resource_type)| {
        let value = if attribute == TextAttribute::SourceResourceType {
            resource_type
        } else if attribute == TextAttribute::SourceServiceName {
            service
        } else {
            return None;
        };
        let gap = facts.all.without_compute(service)?;
        let missing = MissingDocument {
            document: Some("compute"),
            rows_of: facts.tracks_compute.then(|| gap.words()),
            remedy: "import one for each account, with all services and regions, as docs/inventory.md describes",
        };
        (!gap.is_empty()).then_some((value, missing))
    });
    values.collect()
}

/// Returns the document that holds the values; `None` for an attribute of which every row has a value.
fn holder(attribute: &str) -> Option<Holder> {
    let last_accessed = [
        IntAttribute::ActionLastAccessDays.name(),
        BoolAttribute::PolicyIsExcessive.name(),
    ];
    let credential_report = [
        BoolAttribute::SourceMfaEnabled.name(),
        IntAttribute::AccessKeyLastUsedDays.name(),
        IntAttribute::AccessKeyActiveKeys.name(),
        IntAttribute::EntityLastLoginDays.name(),
    ];
    let nothing = [
        TextAttribute::SourceAccountGroup.name(),
        TextAttribute::DestAccountGroup.name(),
        TextAttribute::SourceResourceUai.name(),
        TextAttribute::SourceEmail.name(),
        TextAttribute::SourceIdpEmail.name(),
        TextAttribute::SourceIdpGroup.name(),
        TextAttribute::SourceIdpUsername.name(),
        TextAttribute::LevelId.name(),
        TextAttribute::LevelName.name(),
        TextAttribute::LevelType.name(),
        TagAttribute::DestResourceTag.name(),
        TagAttribute::PolicyTag.name(),
    ];
    if last_accessed.contains(&attribute) {
        Some(Holder::LastAccessed)
    } else if credential_report.contains(&attribute) {
        Some(Holder::CredentialReport)
    } else if attribute == BoolAttribute::SourceAccountIsVendor.name() {
        Some(Holder::Vendors)
    } else if nothing.contains(&attribute) {
        Some(Holder::Nothing)
    } else {
        None
    }
}
