//! The inventory for questions about the principals of one account.

use super::Inventory;

impl Inventory {
    /// Takes away the policies of the users, groups and roles of other accounts: what the principals of `account` may do
    /// does not depend on them. What else the documents say stays, because a trust policy and the policy of a resource in
    /// another account, and the levels of an organization, decide about calls from `account`.
    pub fn keep_policies_of(&mut self, account: &str) {
        let is_own = |arn: &str| arn.split(':').nth(4) == Some(account);
        let details = &mut self.details;
        for user in details.users.iter_mut().filter(|user| !is_own(&user.arn)) {
            user.inline.clear();
            user.attached.clear();
            user.groups.clear();
            user.boundary = None;
        }
        for role in details.roles.iter_mut().filter(|role| !is_own(&role.arn)) {
            role.inline.clear();
            role.attached.clear();
            role.boundary = None;
        }
        details.groups.retain(|group| is_own(&group.arn));
        // The policies of AWS belong to no account.
        details
            .policies
            .retain(|policy| is_own(&policy.arn) || policy.arn.split(':').nth(4) == Some("aws"));
    }
}
