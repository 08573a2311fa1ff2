//! The own grants of this stack, read for a query.

use std::collections::BTreeSet;
use std::sync::Arc;

use api::permissions::Error;
use futures::{StreamExt, TryStreamExt, stream, try_join};
use model::access_policies::{Id, Identity, Resource, ResourceKind};
use model::account::AccountId;
use model::policies::{PolicySummary, PolicyType};
use permissions::own::{self, HeldPolicy, Holding, OwnGrants};
use permissions::search::Clouds;
use store::StoreError;
use store::permissions::OwnGrantsId;

use super::State;

/// Policies that are fetched at once.
const AT_ONCE: usize = 8;

impl State {
    /// Reads what the stack grants at this moment, as far as it can be of these clouds; `None` when it grants nothing
    /// there.
    pub(super) async fn own_grants(
        &self,
        tenant: &AccountId,
        clouds: Clouds,
    ) -> Result<Option<Arc<OwnGrants>>, Error> {
        let access_policies = async {
            if clouds.sitewise {
                self.access_policies(tenant).await
            } else {
                Ok(Vec::new())
            }
        };
        let held = async {
            if clouds.ncloud {
                self.held_policies(tenant).await
            } else {
                Ok((Vec::new(), Vec::new()))
            }
        };
        let (access_policies, (policies, holdings)) = try_join!(access_policies, held)?;
        let own = OwnGrants::new(tenant.as_str(), access_policies, policies, holdings);
        Ok((!own.is_empty()).then(|| Arc::new(own)))
    }

    /// Reads what the stack granted when a page token was issued; `None` when this is not kept any more.
    pub(super) async fn former_own_grants(
        &self,
        tenant: &AccountId,
        id: &OwnGrantsId,
        clouds: Clouds,
    ) -> Result<Option<Arc<OwnGrants>>, Error> {
        let key = (tenant.clone(), id.clone());
        if let Some(own) = self.own_grants.get(&key) {
            return Ok(Some(own));
        }
        let unreadable = |fault: own::StoredOwnGrantsError| Error::Unexpected { source: fault.into() };
        let own = match self
            .accounts
            .imported
            .permissions
            .pinned_own_grants(tenant, id)
            .await?
        {
            Some(bytes) => Arc::new(OwnGrants::decode(&bytes).map_err(unreadable)?),
            // If nothing has changed since then, these are also the grants of this moment.
            None => match self.own_grants(tenant, clouds).await? {
                Some(own) if OwnGrantsId::of(&own.encode().map_err(unreadable)?) == *id => own,
                Some(_) | None => return Ok(None),
            },
        };
        self.own_grants.put(key, Arc::clone(&own));
        Ok(Some(own))
    }

    async fn access_policies(&self, tenant: &AccountId) -> Result<Vec<own::AccessPolicy>, Error> {
        let policies = self.access_policies.summaries(tenant).await?;
        let arn = |kind, id: &Id| self.deployment.arn(tenant, kind, id);
        let read = policies.into_iter().map(|policy| own::AccessPolicy {
            arn: arn(ResourceKind::AccessPolicy, &policy.id),
            identity: match policy.identity {
                Identity::User(id) => own::Identity::User(id.into()),
                Identity::Group(id) => own::Identity::Group(id.into()),
                Identity::IamUser(arn) => own::Identity::IamUser(arn.into()),
                Identity::IamRole(arn) => own::Identity::IamRole(arn.into()),
            },
            permission: policy.permission.as_str().to_owned(),
            resource_arn: match &policy.resource {
                Resource::Portal(id) => arn(ResourceKind::Portal, id),
                Resource::Project(id) => arn(ResourceKind::Project, id),
            },
        });
        Ok(read.collect())
    }

    /// Reads the policies that are attached to sub accounts, and these sub accounts.
    async fn held_policies(&self, tenant: &AccountId) -> Result<(Vec<Arc<HeldPolicy>>, Vec<Holding>), Error> {
        let (holdings, versions) = try_join!(self.policies.holdings(tenant), self.policies.versions(tenant))?;
        let held: BTreeSet<&str> = holdings
            .iter()
            .map(|holding| holding.policy_id.as_str())
            .collect();
        let wanted = versions
            .iter()
            .filter(|(policy, _)| held.contains(policy.policy_id.as_str()));
        let policies: Vec<Option<Arc<HeldPolicy>>> = stream::iter(wanted)
            .map(|(policy, version)| self.held_policy(tenant, policy, *version))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let holdings = holdings.into_iter().map(|holding| Holding {
            sub_account: holding.sub_account,
            policy_id: holding.policy_id,
        });
        Ok((policies.into_iter().flatten().collect(), holdings.collect()))
    }

    /// Reads a policy of at least that version; `None` when it has just been deleted.
    async fn held_policy(
        &self,
        tenant: &AccountId,
        policy: &PolicySummary,
        version: u64,
    ) -> Result<Option<Arc<HeldPolicy>>, Error> {
        let key = |version| (tenant.clone(), policy.policy_id.clone(), version);
        if let Some(policy) = self.held_policies.get(&key(version)) {
            return Ok(Some(policy));
        }
        let Some(found) = self.policies.policy(tenant, &policy.policy_id, true).await? else {
            return Ok(None);
        };
        let permissions = serde_json::from_str(found.permissions.as_deref().unwrap_or_default())
            .map_err(|fault| StoreError::Unreadable(fault.into()))?;
        let held = Arc::new(HeldPolicy::new(
            tenant.as_str(),
            found.summary.policy_id,
            found.summary.policy_name,
            found.summary.policy_type == PolicyType::SystemManaged,
            permissions,
        ));
        self.held_policies.put(key(found.version), Arc::clone(&held));
        Ok(Some(held))
    }
}
