//! Which actions, services and clouds there are, for remarks on queries.

use std::collections::HashSet;

use ncloud::Catalogue;
use rql::TextAttribute;

use crate::aws::{ActionSpec, EffectivePermissions};
use crate::own::{CLOUD_TYPES, PERMISSIONS, SERVICE};

/// The actions and services of AWS
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// In lower case
    actions: HashSet<Box<str>>,
    services: HashSet<Box<str>>,
}

/// The vocabulary together with what an account has
#[derive(Debug, Clone, Copy)]
pub struct OfAccount<'v> {
    vocabulary: &'v Vocabulary,
    imported: Option<&'v EffectivePermissions>,
}

impl Vocabulary {
    /// That of a catalogue's actions.
    #[must_use]
    pub fn new(actions: &[ActionSpec]) -> Self {
        let mut vocabulary = Self::default();
        for action in actions {
            let name = action.name.to_lowercase();
            if let Some((service, _)) = name.split_once(':')
                && !vocabulary.services.contains(service)
            {
                vocabulary.services.insert(service.into());
            }
            vocabulary.actions.insert(name.into());
        }
        vocabulary
    }

    /// With what the policies of an account name beside it.
    #[must_use]
    pub const fn of_account<'v>(&'v self, imported: Option<&'v EffectivePermissions>) -> OfAccount<'v> {
        OfAccount {
            vocabulary: self,
            imported,
        }
    }
}

impl rql::Vocabulary for OfAccount<'_> {
    fn has_action(&self, lowered: &str) -> bool {
        let is_imported = || {
            self.imported
                .is_some_and(|one| one.snapshot().actions.find(lowered).is_some())
        };
        self.vocabulary.actions.contains(lowered)
            || is_imported()
            || lowered
                .split_once(':')
                .is_some_and(|(service, action)| is_own(service, action))
    }

    fn has_service(&self, lowered: &str) -> bool {
        self.vocabulary.services.contains(lowered)
            || lowered == SERVICE
            || product(lowered).is_some()
            // Where the users and groups of IAM Identity Center are.
            || lowered == "identitystore"
    }

    fn has_cloud(&self, lowered: &str) -> bool {
        let is = |cloud: &str| cloud.eq_ignore_ascii_case(lowered);
        CLOUD_TYPES.into_iter().any(is) || (is("AWS") && self.imported.is_some())
    }

    fn has_value(&self, _: TextAttribute, _: &str) -> bool {
        false
    }
}

/// The product of that code.
fn product(lowered: &str) -> Option<&'static ncloud::Product> {
    let mut products = Catalogue::published().products().iter();
    products.find(|product| product.code().eq_ignore_ascii_case(lowered))
}

fn is_own(service: &str, action: &str) -> bool {
    let is_permission = |permission: &str| permission.eq_ignore_ascii_case(action);
    if service == SERVICE && PERMISSIONS.into_iter().any(is_permission) {
        return true;
    }
    product(service).is_some_and(|product| {
        let mut actions = product.actions().iter();
        // A table that is not complete lacks actions that exist.
        !product.is_complete() || actions.any(|row| row.name().eq_ignore_ascii_case(action))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::aws::tests::sample_account::{SampleAccount, actions};

    #[rstest]
    #[case("action.name = 's3:getobject'", &[])]
    #[case("action.name = 's3:GetObjects'", &["no known action is called `s3:GetObjects`"])]
    #[case("action.name IN ('iotsitewise:viewer', 'Server:View*', 'server:view/getserverinstancelist')", &[])]
    #[case("action.name = 'Sever:View*'", &["no known action is called `Sever:View*`"])]
    #[case("dest.cloud.service.name IN ('s3', 'IoTSiteWise', 'vpcserver', 's4')", &["no known service is called `s4`"])]
    #[case("dest.cloud.type IN ('SITEWISE', 'NCP')", &[])]
    #[case("dest.cloud.type = 'AZURE'", &["no rows of `AZURE` are loaded"])]
    #[case("dest.cloud.type = 'AWS'", &["no rows of `AWS` are loaded"])]
    #[case("grantedby.cloud.policy.type IN ('Access Policy', 'system managed policy')", &[])]
    fn remarks_know_what_there_is(#[case] condition: &str, #[case] expected: &[&str]) {
        let vocabulary = Vocabulary::new(&actions());
        let query = rql::Query::parse(&format!("config from iam where {condition}")).unwrap();
        let warnings = query.warnings(&vocabulary.of_account(None));
        let messages: Vec<_> = warnings.iter().map(|warning| warning.message.as_str()).collect();
        assert_eq!(messages, expected);
    }

    #[test]
    fn what_the_policies_of_the_account_name_is_known() {
        let effective =
            SampleAccount::of(r#"{"Effect":"Allow","Action":"new:Action","Resource":"*"}"#).effective();
        let vocabulary = Vocabulary::new(&actions());
        let query =
            rql::Query::parse("config from iam where action.name = 'new:action' AND dest.cloud.type = 'AWS'")
                .unwrap();
        assert_eq!(query.warnings(&vocabulary.of_account(Some(&effective))), []);
        assert_eq!(query.warnings(&vocabulary.of_account(None)).len(), 2);
    }
}
