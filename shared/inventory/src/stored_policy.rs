//! Documents in a stored inventory: as JSON text, read again as the kind of policy that the member says.

use iam::document::{Document, PolicyKind};
use serde::{Deserialize, Deserializer, Serializer};
use std::borrow::Cow;

fn read<'de, D: Deserializer<'de>>(source: D, kind: PolicyKind) -> Result<Document, D::Error> {
    let text = Cow::<str>::deserialize(source)?;
    let parsed = Document::parse(&text, kind).map_err(serde::de::Error::custom)?;
    Ok(parsed.document)
}

macro_rules! kinds {
    ($($name:ident = $kind:ident),*) => {
        $(pub(super) mod $name {
            use super::{Deserializer, Document, PolicyKind, Serializer};

            pub(crate) fn serialize<S: Serializer>(document: &Document, target: S) -> Result<S::Ok, S::Error> {
                target.serialize_str(&document.to_json())
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<Document, D::Error> {
                super::read(source, PolicyKind::$kind)
            }
        })*
    };
}

kinds!(
    identity = Identity,
    resource = Resource,
    service_control = ServiceControl,
    resource_control = ResourceControl
);

pub(super) mod trust {
    use super::{Cow, Deserialize, Deserializer, Document, PolicyKind, Serializer};
    use serde::Serialize;

    #[expect(clippy::ref_option, reason = "serde passes members by reference")]
    pub(crate) fn serialize<S: Serializer>(trust: &Option<Document>, target: S) -> Result<S::Ok, S::Error> {
        trust.as_ref().map(Document::to_json).serialize(target)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Document>, D::Error> {
        let text = Option::<Cow<'_, str>>::deserialize(source)?;
        let parsed = text
            .map(|text| Document::parse(&text, PolicyKind::Trust))
            .transpose();
        Ok(parsed
            .map_err(serde::de::Error::custom)?
            .map(|parsed| parsed.document))
    }
}

pub(super) mod trusts {
    use super::{Cow, Deserialize, Deserializer, Document, PolicyKind, Serializer};

    pub(crate) fn serialize<S: Serializer>(trusts: &[Document], target: S) -> Result<S::Ok, S::Error> {
        target.collect_seq(trusts.iter().map(Document::to_json))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<Document>, D::Error> {
        let texts = Vec::<Cow<'_, str>>::deserialize(source)?;
        let read = texts.iter().map(|text| Document::parse(text, PolicyKind::Trust));
        let read = read.map(|parsed| parsed.map(|parsed| parsed.document));
        read.collect::<Result<_, _>>().map_err(serde::de::Error::custom)
    }
}
