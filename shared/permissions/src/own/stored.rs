//! Writes own grants as bytes, for the pages behind the first.

use std::sync::Arc;

use ncloud::Permission;
use serde::{Deserialize, Serialize};

use super::{AccessPolicy, HeldPolicy, Holding, OwnGrants};

/// Version of the form; another one is refused.
const VERSION: u8 = 1;

/// Says why bytes are not own grants
#[derive(Debug, thiserror::Error)]
pub enum StoredOwnGrantsError {
    /// Written in another form
    #[error("the stored grants have version {0}, this program reads version {VERSION}")]
    Version(u8),
    /// Cut or damaged
    #[error("the stored grants are damaged")]
    Contents(#[from] postcard::Error),
}

/// Borrowed when it is written, owned when it is read
#[derive(Serialize, Deserialize)]
struct Contents<Account, AccessPolicies, Policies, Holdings> {
    account: Account,
    access_policies: AccessPolicies,
    policies: Policies,
    holdings: Holdings,
}

#[derive(Serialize, Deserialize)]
struct StoredPolicy<Text, Permissions> {
    id: Text,
    name: Text,
    system_managed: bool,
    permissions: Permissions,
}

type Owned = Contents<String, Vec<AccessPolicy>, Vec<StoredPolicy<String, Vec<Permission>>>, Vec<Holding>>;

impl OwnGrants {
    /// Encodes the grants; the same grants give the same bytes.
    ///
    /// # Errors
    /// [`StoredOwnGrantsError::Contents`] only when memory runs out.
    pub fn encode(&self) -> Result<Vec<u8>, StoredOwnGrantsError> {
        let policies: Vec<_> = self
            .held_policies
            .iter()
            .map(|policy| StoredPolicy {
                id: policy.id.as_str(),
                name: policy.name.as_str(),
                system_managed: policy.system_managed,
                permissions: policy.permissions.as_slice(),
            })
            .collect();
        let contents = Contents {
            account: self.account.as_str(),
            access_policies: self.access_policies.as_slice(),
            policies,
            holdings: self.holdings.as_slice(),
        };
        Ok(postcard::to_extend(&contents, vec![VERSION])?)
    }

    /// Reads what [`OwnGrants::encode`] wrote.
    ///
    /// # Errors
    /// [`StoredOwnGrantsError`] for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoredOwnGrantsError> {
        let (&version, rest) = bytes
            .split_first()
            .ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        if version != VERSION {
            return Err(StoredOwnGrantsError::Version(version));
        }
        let Owned {
            account,
            access_policies,
            policies,
            holdings,
        } = postcard::from_bytes(rest)?;
        let policies = policies.into_iter().map(|stored| {
            let StoredPolicy {
                id,
                name,
                system_managed,
                permissions,
            } = stored;
            Arc::new(HeldPolicy::new(&account, id, name, system_managed, permissions))
        });
        let policies = policies.collect();
        Ok(Self::new(&account, access_policies, policies, holdings))
    }
}
