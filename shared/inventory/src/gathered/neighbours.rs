//! Finds what shards must know of each other's users and roles: which trust policies are about somebody of another shard, and
//! whom the policies of a shard's roles and resources name.

use super::outline::Names;
use crate::elsewhere::{Elsewhere, NamedPrincipal, TrustedRole};
use crate::shard::Common;
use crate::{Inventory, ResourcePolicies};
use iam::arn::account_of;
use iam::document::{Document, Element, Entry};
use iam::matching::PrincipalEntry;
use std::collections::{BTreeSet, HashMap};

/// The roles of all accounts by whom their trust policies are about, and the principals that policies name
#[derive(Debug, Default)]
pub(super) struct Neighbours {
    /// All roles in the order of their ARNs, with the numbers of their trust policies
    roles: Vec<TrustedRole>,
    trusts: Vec<Document>,
    /// Places of the roles whose trust policies are about somebody of an account
    about: HashMap<String, BTreeSet<usize>>,
    /// Places of the roles whose trust policies are about anybody
    about_anybody: Vec<usize>,
    /// Principals that trust policies and policies of resources may name
    named: Vec<NamedPrincipal>,
    /// Places of the named principals by ARN, by unique id, and by account and name
    by_name: HashMap<String, BTreeSet<usize>>,
    /// Places of the policies of resources of each account
    policies: HashMap<String, Vec<usize>>,
}

/// Says about whom a trust policy is: whom it may let in or refuse
#[derive(Debug, Default)]
struct About {
    anybody: bool,
    accounts: BTreeSet<String>,
}

impl Neighbours {
    pub(super) fn new(
        (roles, trusts): (Vec<TrustedRole>, Vec<Document>),
        named: Vec<NamedPrincipal>,
        resource_policies: Option<&ResourcePolicies>,
    ) -> Self {
        let mut all = Self::default();
        for (place, one) in named.iter().enumerate() {
            for name in names_of(one) {
                all.by_name.entry(name).or_default().insert(place);
            }
        }
        all.named = named;
        let about: Vec<About> = trusts.iter().map(|trust| all.about(trust)).collect();
        for (place, role) in roles.iter().enumerate() {
            let trust = role.trust.and_then(|number| usize::try_from(number).ok());
            match trust.and_then(|number| about.get(number)) {
                Some(trust) if !trust.anybody => {
                    for account in &trust.accounts {
                        all.about.entry(account.clone()).or_default().insert(place);
                    }
                }
                // A trust policy that is not known may be about anybody.
                Some(_) | None => all.about_anybody.push(place),
            }
        }
        for (place, policy) in resource_policies.iter().flat_map(|all| &all.policies).enumerate() {
            let own = all.policies.entry(policy.account.clone());
            own.or_default().push(place);
        }
        Self { roles, trusts, ..all }
    }

    /// Returns what a shard must know of the users and roles of other shards.
    pub(super) fn elsewhere(
        &self,
        accounts: &BTreeSet<String>,
        inventory: &Inventory,
        common: &Common,
    ) -> Elsewhere {
        if common.accounts.is_subset(accounts) {
            return Elsewhere::default();
        }
        let mut met: BTreeSet<usize> = self.about_anybody.iter().copied().collect();
        met.extend(accounts.iter().filter_map(|own| self.about.get(own)).flatten());
        let mut all = Elsewhere {
            named: self.named(accounts, inventory, common),
            ..Elsewhere::default()
        };
        let mut numbers: HashMap<u32, u32> = HashMap::new();
        let met = met.into_iter().filter_map(|place| self.roles.get(place));
        for role in met.filter(|role| !accounts.contains(account_of(&role.arn))) {
            let trust = role.trust.map(|number| {
                let next = u32::try_from(all.trusts.len()).unwrap_or(u32::MAX);
                *numbers.entry(number).or_insert_with(|| {
                    let place = usize::try_from(number).unwrap_or(usize::MAX);
                    all.trusts.extend(self.trusts.get(place).cloned());
                    next
                })
            });
            all.roles.push(TrustedRole {
                arn: role.arn.clone(),
                trust,
            });
        }
        all
    }

    fn about(&self, trust: &Document) -> About {
        let mut all = About::default();
        for entry in &trust.statements {
            let Entry::Valid(statement) = entry else {
                // What cannot be read may have been meant to refuse anybody.
                all.anybody = true;
                continue;
            };
            let Some(principals) = &statement.principals else {
                continue;
            };
            all.anybody |= matches!(principals, Element::Not(_));
            for name in principals.entries() {
                match PrincipalEntry::compile(name) {
                    PrincipalEntry::Everyone => all.anybody = true,
                    PrincipalEntry::Account(account)
                    | PrincipalEntry::RoleSession { account, .. }
                    | PrincipalEntry::FederatedUser { account, .. } => {
                        all.accounts.insert(account.into());
                    }
                    PrincipalEntry::User(arn) | PrincipalEntry::Role(arn) => {
                        all.accounts.insert(account_of(&arn).to_owned());
                    }
                    PrincipalEntry::UniqueId(id) => {
                        let places = self.by_name.get(&*id).into_iter().flatten();
                        let found = places.filter_map(|&place| self.named.get(place));
                        all.accounts
                            .extend(found.map(|one| account_of(&one.arn).to_owned()));
                    }
                    PrincipalEntry::Service(_)
                    | PrincipalEntry::Federated(_)
                    | PrincipalEntry::CanonicalUser(_)
                    | PrincipalEntry::Nobody(_) => {}
                }
            }
        }
        all
    }

    /// Returns the users and roles of other shards that the policies of a shard's roles and resources name.
    fn named(
        &self,
        accounts: &BTreeSet<String>,
        inventory: &Inventory,
        common: &Common,
    ) -> Vec<NamedPrincipal> {
        let trusts = inventory
            .details
            .roles
            .iter()
            .filter_map(|role| role.trust.as_ref());
        let all = common.resource_policies.as_ref();
        let places = accounts.iter().filter_map(|own| self.policies.get(own)).flatten();
        let policies = places.filter_map(|&place| Some(&all?.policies.get(place)?.document));
        let control = common.organization.iter();
        let control = control.flat_map(|one| &one.resource_control_policies).flatten();
        let control = control.map(|policy| &policy.document);
        let names = Names::of(trusts.chain(policies).chain(control));
        let mut found: BTreeSet<usize> = BTreeSet::new();
        for name in names.all() {
            found.extend(self.by_name.get(&*name).into_iter().flatten());
        }
        let found = found.into_iter().filter_map(|place| self.named.get(place));
        found
            .filter(|one| !accounts.contains(account_of(&one.arn)))
            .cloned()
            .collect()
    }
}

/// Returns the names by which policies may name a principal: the ARN, the unique id, and account and name in sessions.
fn names_of(principal: &NamedPrincipal) -> impl Iterator<Item = String> {
    let name = principal.arn.rsplit('/').next().unwrap_or_default();
    let in_sessions = format!("{}/{name}", account_of(&principal.arn));
    [principal.arn.clone(), in_sessions]
        .into_iter()
        .chain(principal.id.clone())
}

#[cfg(test)]
mod tests {
    use crate::{Elsewhere, Inventory, ShardSize, read_authorization_details};
    use rstest::rstest;

    const OWN: &str = "arn:aws:iam::000000000001:user/u";

    /// Returns what the shard of the first account knows of others, of which each has a role. A role of the second account
    /// has another trust policy.
    fn of_first(accounts: usize, trust: &str) -> Elsewhere {
        let usual =
            r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}"#;
        let roles = (1..=accounts).map(|account| {
            let statement = if account == 2 { trust } else { usual };
            format!(
                r#"{{"Arn":"arn:aws:iam::{account:012}:role/team/r","RoleId":"AROA{account}","AssumeRolePolicyDocument":{{"Version":"2012-10-17","Statement":[{statement}]}}}}"#
            )
        });
        let roles: Vec<String> = roles.collect();
        let text = format!(
            r#"{{"UserDetailList":[{{"Arn":"{OWN}","UserId":"AIDAOWN"}}],"RoleDetailList":[{}]}}"#,
            roles.join(",")
        );
        let inventory = Inventory {
            details: read_authorization_details(&text).unwrap(),
            ..Inventory::default()
        };
        let size = ShardSize {
            principals: 1,
            bytes: usize::MAX,
        };
        let division = inventory.divide(size).unwrap();
        assert_eq!(division.shards.len(), accounts);
        division.shards.into_iter().next().unwrap().elsewhere
    }

    #[rstest]
    #[case::service(r#""Service":"lambda.amazonaws.com""#, 0)]
    #[case::provider(r#""Federated":"arn:aws:iam::000000000001:saml-provider/p""#, 0)]
    #[case::third_account(r#""AWS":"000000000003""#, 0)]
    #[case::account(r#""AWS":["000000000003","arn:aws:iam::000000000001:root"]"#, 1)]
    #[case::user(r#""AWS":"arn:aws:iam::000000000001:user/u""#, 1)]
    #[case::unique_id(r#""AWS":"AIDAOWN""#, 1)]
    #[case::session(r#""AWS":"arn:aws:sts::000000000001:assumed-role/r/s""#, 1)]
    #[case::everybody(r#""AWS":"*""#, 1)]
    fn a_shard_knows_the_trust_policies_that_are_about_its_principals(
        #[case] principal: &str,
        #[case] expected: usize,
        #[values("Allow", "Deny")] effect: &str,
    ) {
        let trust =
            format!(r#"{{"Effect":"{effect}","Action":"sts:AssumeRole","Principal":{{{principal}}}}}"#);
        let small = of_first(4, &trust);
        assert_eq!((small.roles.len(), small.trusts.len()), (expected, expected));
        assert_eq!(of_first(40, &trust), small, "other accounts add nothing");
    }

    #[rstest]
    #[case::all_but_a_service(
        r#"{"Effect":"Allow","Action":"sts:AssumeRole","NotPrincipal":{"Service":"ec2.amazonaws.com"}}"#
    )]
    #[case::unreadable(r#"{"Effect":"Deny","Action":7}"#)]
    fn a_trust_policy_that_may_be_about_anybody_is_in_every_shard(#[case] statement: &str) {
        assert_eq!(of_first(4, statement).roles.len(), 1);
    }
}
