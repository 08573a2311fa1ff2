//! Where a document lies, which says what it is about: `<tenant>/<document>.json`, or `<tenant>/<account>/<document>.json`
//! for a tenant of several accounts; compressed by gzip with `.gz` behind it.

use super::PartKind;

/// The place of a document
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Account whose callers may search what the document says: twelve digits
    pub tenant: &'a str,
    /// What is left of the key: `[<account>/]<document>.json[.gz]`
    pub name: &'a str,
}

/// What the name of a document says
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    /// The account that the document must be about, when its folder says so
    pub account: Option<&'a str>,
    /// Kind
    pub kind: PartKind,
    /// Whether the bytes are compressed
    pub is_gzip: bool,
}

impl<'a> Place<'a> {
    /// Reads a key; `None` when it is no document of any tenant, as folders are.
    #[must_use]
    pub fn of(key: &'a str) -> Option<Self> {
        let (tenant, name) = key.split_once('/')?;
        let is_document = is_account(tenant) && !name.is_empty() && !name.ends_with('/');
        is_document.then_some(Self { tenant, name })
    }

    /// What the name says; `None` when documents have no such names.
    #[must_use]
    pub fn named(&self) -> Option<Named<'a>> {
        let (account, file) = match self.name.split_once('/') {
            Some((account, file)) if is_account(account) => (Some(account), file),
            Some(_) => return None,
            None => (None, self.name),
        };
        let (file, is_gzip) = match file.strip_suffix(".gz") {
            Some(file) => (file, true),
            None => (file, false),
        };
        let kind = PartKind::named(file.strip_suffix(".json")?)?;
        Some(Named {
            account,
            kind,
            is_gzip,
        })
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("111122223333/last-accessed.json", None, PartKind::LastAccessed, false)]
    #[case(
        "111122223333/resource-policies.json.gz",
        None,
        PartKind::ResourcePolicies,
        true
    )]
    #[case(
        "111122223333/444455556666/authorization-details.json",
        Some("444455556666"),
        PartKind::AuthorizationDetails,
        false
    )]
    fn a_key_says_whose_document_it_is_and_of_which_kind(
        #[case] key: &str,
        #[case] account: Option<&str>,
        #[case] kind: PartKind,
        #[case] is_gzip: bool,
    ) {
        let place = Place::of(key).unwrap();
        assert_eq!(place.tenant, "111122223333");
        let named = Named {
            account,
            kind,
            is_gzip,
        };
        assert_eq!(place.named(), Some(named));
    }

    #[rstest]
    #[case("last-accessed.json")]
    #[case("1111/last-accessed.json")]
    #[case("111122223333/")]
    #[case("111122223333/444455556666/")]
    fn a_key_outside_of_every_tenant_is_no_document(#[case] key: &str) {
        assert_eq!(Place::of(key), None);
    }

    #[rstest]
    #[case("111122223333/last-accessed.csv")]
    #[case("111122223333/lastaccessed.json")]
    #[case("111122223333/team/last-accessed.json")]
    #[case("111122223333/444455556666/x/last-accessed.json")]
    #[case("111122223333/last-accessed.json.zip")]
    fn documents_of_a_tenant_have_known_names(#[case] key: &str) {
        assert_eq!(Place::of(key).unwrap().named(), None);
    }
}
