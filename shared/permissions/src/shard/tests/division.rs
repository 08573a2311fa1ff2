//! A divided inventory is the whole again when it is joined, and each principal has everything that decides for it.

use super::shards;
use crate::aws::tests::random_organization::organization;
use crate::aws::tests::sample_account::effective;
use crate::aws::tests::sample_organization::{ALICE, APP, BOB, EVE, VEND};
use crate::aws::tests::sample_requests::REQUESTS;
use crate::aws::{SimulatedRequest, Simulation};
use iam::arn::Resource;
use inventory::{Inventory, InventoryDocument, Merge, ShardSize};
use proptest::prelude::*;

/// Returns the inventory in the order in which an import gives it.
fn merged_inventory(inventory: Inventory) -> Inventory {
    let Inventory {
        details,
        resource_policies,
        organization,
        last_accessed,
        credentials,
        compute,
    } = inventory;
    let documents = [
        Some(InventoryDocument::AuthorizationDetails(details)),
        resource_policies.map(InventoryDocument::ResourcePolicies),
        organization.map(InventoryDocument::Organization),
        last_accessed.map(InventoryDocument::LastAccessed),
        credentials.map(InventoryDocument::CredentialReport),
        compute.map(InventoryDocument::Compute),
    ];
    let mut merge = Merge::default();
    for (number, document) in documents.into_iter().flatten().enumerate() {
        merge.add(&number.to_string(), document).unwrap();
    }
    merge.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 10, ..ProptestConfig::default() })]

    #[test]
    fn a_divided_inventory_joined_again_is_the_whole(
        organization in organization(),
        principals in 0_usize..6,
    ) {
        let inventory = merged_inventory(organization.inventory());
        let size = ShardSize { principals, bytes: usize::MAX };
        prop_assert_eq!(inventory.clone().divide(size).unwrap().joined(), inventory);
    }

    #[test]
    fn the_shard_of_a_principal_decides_its_requests_as_the_whole_does(
        organization in organization(),
        is_context_complete in any::<bool>(),
    ) {
        let inventory = organization.inventory();
        let (whole, shards) = (effective(&inventory), shards(&inventory, 0));
        for principal in [ALICE, BOB, APP, EVE, VEND] {
            for sample in REQUESTS {
                let request = SimulatedRequest {
                    principal,
                    action: sample.action,
                    resource: Resource::parse(sample.resource).unwrap(),
                    context: &[],
                    is_context_complete,
                };
                let decided: Vec<Simulation> = shards.iter().filter_map(|shard| shard.simulate(&request)).collect();
                prop_assert_eq!(decided, Vec::from_iter(whole.simulate(&request)));
            }
        }
    }
}
