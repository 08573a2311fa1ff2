//! The key of a document in the bucket, which says what the document is about: `<tenant>/<document>.json`, or
//! `<tenant>/<account>/<document>.json` for a tenant of several accounts; with `.gz` behind the name when the document
//! is compressed by gzip.

use super::{DocumentKind, is_account};

/// The key of a document
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentKey<'a> {
    /// Account whose callers may search what the document says: twelve digits
    pub tenant: &'a str,
    /// The rest of the key: `[<account>/]<document>.json[.gz]`
    pub name: &'a str,
}

/// Says what the name of a document says
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentName<'a> {
    /// The account that the document must be about, when its folder says so
    pub account: Option<&'a str>,
    /// Says which kind of document it is
    pub kind: DocumentKind,
    /// Says whether the bytes are compressed
    pub is_gzip: bool,
}

impl<'a> DocumentKey<'a> {
    /// Reads a key; `None` when it is not the key of a document of any tenant, as the keys of folders are not.
    #[must_use]
    pub fn parse(key: &'a str) -> Option<Self> {
        let (tenant, name) = key.split_once('/')?;
        let is_document = is_account(tenant) && !name.is_empty() && !name.ends_with('/');
        is_document.then_some(Self { tenant, name })
    }
}

impl<'a> DocumentName<'a> {
    /// Reads the name of a document, the part of its key after the tenant; `None` when no document has such a name.
    #[must_use]
    pub fn parse(name: &'a str) -> Option<Self> {
        let (account, file) = match name.split_once('/') {
            Some((account, file)) if is_account(account) => (Some(account), file),
            Some(_) => return None,
            None => (None, name),
        };
        let (file, is_gzip) = match file.strip_suffix(".gz") {
            Some(file) => (file, true),
            None => (file, false),
        };
        let (file, ending) = file.rsplit_once('.')?;
        let kind = DocumentKind::named(file)?;
        // IAM writes credential reports as CSV.
        let is_known = ending == "json" || (ending == "csv" && kind == DocumentKind::CredentialReport);
        is_known.then_some(Self {
            account,
            kind,
            is_gzip,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("last-accessed.json", None, DocumentKind::LastAccessed, false)]
    #[case("resource-policies.json.gz", None, DocumentKind::ResourcePolicies, true)]
    #[case("credential-report.csv", None, DocumentKind::CredentialReport, false)]
    #[case("credential-report.json", None, DocumentKind::CredentialReport, false)]
    #[case("organization.json", None, DocumentKind::Organization, false)]
    #[case("service-control-policies.json", None, DocumentKind::Organization, false)]
    #[case(
        "444455556666/authorization-details.json",
        Some("444455556666"),
        DocumentKind::AuthorizationDetails,
        false
    )]
    fn a_name_says_of_which_kind_a_document_is(
        #[case] name: &str,
        #[case] account: Option<&str>,
        #[case] kind: DocumentKind,
        #[case] is_gzip: bool,
    ) {
        let key = format!("111122223333/{name}");
        assert_eq!(
            DocumentKey::parse(&key),
            Some(DocumentKey {
                tenant: "111122223333",
                name
            })
        );
        let expected = DocumentName {
            account,
            kind,
            is_gzip,
        };
        assert_eq!(DocumentName::parse(name), Some(expected));
    }

    #[rstest]
    #[case("last-accessed.json")]
    #[case("1111/last-accessed.json")]
    #[case("111122223333/")]
    #[case("111122223333/444455556666/")]
    fn a_key_outside_of_every_tenant_is_no_document(#[case] key: &str) {
        assert_eq!(DocumentKey::parse(key), None);
    }

    #[rstest]
    #[case("last-accessed.csv")]
    #[case("lastaccessed.json")]
    #[case("last-accessed")]
    #[case("team/last-accessed.json")]
    #[case("444455556666/x/last-accessed.json")]
    #[case("last-accessed.json.zip")]
    fn documents_have_known_names(#[case] name: &str) {
        assert_eq!(DocumentName::parse(name), None);
    }
}
