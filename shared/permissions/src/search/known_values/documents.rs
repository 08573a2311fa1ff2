//! Which document of the inventory holds the values of which attribute.

use rql::{BoolAttribute, IntAttribute, MissingDocument, TagAttribute, TextAttribute};

use crate::aws::Snapshot;

/// What holds the values of an attribute
enum Holder {
    /// The reports of last accessed actions
    LastAccessed,
    /// No document of this release
    Nothing,
}

const LAST_ACCESSED: MissingDocument = MissingDocument {
    document: Some("last-accessed"),
    remedy: "collect the reports by the schedule of the stack, or import them as docs/inventory.md describes",
};

const NOTHING: MissingDocument = MissingDocument {
    document: None,
    remedy: "this release of the search reads no document that holds it, so do not take the result as a proof",
};

/// The document without which no row of the snapshot has a value of the attribute.
pub(super) fn missing(attribute: &str, snapshot: &Snapshot) -> Option<MissingDocument> {
    match holder(attribute)? {
        Holder::LastAccessed => (!snapshot.tracks_usage).then_some(LAST_ACCESSED),
        Holder::Nothing => Some(NOTHING),
    }
}

/// What holds the values; nothing for an attribute of which every row has a value.
fn holder(attribute: &str) -> Option<Holder> {
    let last_accessed = [
        IntAttribute::ActionLastAccessDays.name(),
        BoolAttribute::PolicyIsExcessive.name(),
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
        BoolAttribute::SourceMfaEnabled.name(),
        IntAttribute::AccessKeyLastUsedDays.name(),
        IntAttribute::AccessKeyActiveKeys.name(),
        IntAttribute::EntityLastLoginDays.name(),
    ];
    if last_accessed.contains(&attribute) {
        Some(Holder::LastAccessed)
    } else if nothing.contains(&attribute) {
        Some(Holder::Nothing)
    } else {
        None
    }
}
