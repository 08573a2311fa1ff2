//! What the principals of one account may do, compiled with and without the policies of other accounts.

use super::brute_force;
use super::sample_account;
use super::sample_organization::{HOME, OTHER};
use crate::aws::EffectivePermissions;
use iam::catalogue::Catalogue;
use proptest::prelude::*;

/// Every row of every principal of the account, with the actions of the catalogue: others are only known when some policy
/// names them.
fn rows(effective: &EffectivePermissions, account: &str) -> Vec<String> {
    let of_account = |arn: &&str| arn.split(':').nth(4) == Some(account);
    let mut rows = Vec::new();
    for arn in effective.principals().filter(of_account) {
        let principal = effective.principal(arn).unwrap();
        let known = principal
            .rows()
            .filter(|row| Catalogue::embedded().action(row.action).is_some());
        rows.extend(known.map(|row| format!("{arn} {row:?}")));
        rows.extend(principal.missing().map(|missing| format!("{arn} {missing:?}")));
    }
    rows.sort_unstable();
    rows
}

proptest! {
    #[test]
    fn the_policies_of_other_accounts_change_nothing(organization in brute_force::organization()) {
        let whole = organization.effective();
        for account in [HOME, OTHER] {
            let mut inventory = organization.inventory();
            inventory.keep_policies_of(account);
            let of_account = sample_account::effective(&inventory);
            prop_assert!(of_account.is_imported(account));
            prop_assert_eq!(rows(&of_account, account), rows(&whole, account));
        }
    }
}
