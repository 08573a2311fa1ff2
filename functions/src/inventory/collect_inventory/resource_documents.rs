//! The documents `resource-policies.json` and `compute.json` of an account.

use std::collections::BTreeSet;

use aws::AccountBucket;
use inventory::DocumentKind;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::resources::{self, Found, Home};
use super::{Account, Collection, State};

/// Puts the policies of buckets and other resources, and the compute resources. What could not be listed is not among
/// the services that the document covers; a resource whose policy cannot be read is marked.
pub(super) async fn put(state: &State, collection: &mut Collection, account: &Account, until: Instant) {
    let mut services: BTreeSet<&str> = resources::services().collect();
    let mut policies = Vec::new();
    match account.session.buckets().await {
        Ok(buckets) => {
            services.insert("s3");
            policies.extend(
                buckets
                    .into_iter()
                    .map(|bucket| bucket_entry(collection, account, bucket)),
            );
        }
        Err(error) => collection.failed(&error),
    }
    let mut compute = Vec::new();
    let mut is_compute_whole = !state.regions.is_empty();
    for region in &state.regions {
        let control = account.session.cloud_control(Some(region));
        let home = Home {
            partition: &account.partition,
            region,
            account: &account.id,
        };
        let read = timeout_at(until, resources::read(&control, home, &account.names));
        let Ok(found) = read.await else {
            collection
                .failures
                .push(format!("there was no time to read all resources in {region}"));
            services.retain(|service| *service == "s3");
            is_compute_whole = false;
            continue;
        };
        let Found {
            policies: of_region,
            compute: of_region_too,
            not_collected,
            is_compute_whole: is_whole,
            failures,
        } = found;
        services.retain(|service| !not_collected.contains(service));
        policies.extend(of_region);
        compute.extend(of_region_too);
        is_compute_whole &= is_whole;
        for (what, error) in failures {
            collection.failures.push(format!("{what}: {error}"));
        }
    }
    policies.sort_by_cached_key(|entry| text_of(entry, "resourceArn"));
    compute.sort_by_cached_key(|entry| text_of(entry, "arn"));
    if !services.is_empty() {
        let document = json!({
            "account": account.id,
            "services": services,
            "regions": state.regions,
            "resourcePolicies": policies,
        });
        super::put(
            state,
            collection,
            account,
            DocumentKind::ResourcePolicies,
            &document,
        )
        .await;
    }
    // An incomplete document would replace the former one, which holds more.
    if is_compute_whole {
        let document = json!({
            "account": account.id,
            "services": resources::compute_services().collect::<BTreeSet<_>>(),
            "regions": state.regions,
            "computeResources": compute,
        });
        super::put(state, collection, account, DocumentKind::Compute, &document).await;
    }
}

/// Returns the text by which entries are sorted, so that the same resources make the same document.
fn text_of(entry: &Value, member: &str) -> String {
    entry
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn bucket_entry(collection: &mut Collection, account: &Account, bucket: AccountBucket) -> Value {
    let name = bucket.name;
    let mut entry = json!({ "resourceArn": format!("arn:{}:s3:::{name}", account.partition) });
    let mut failures = Vec::new();
    if let Value::Object(members) = &mut entry {
        if let Some(region) = bucket.region {
            members.insert("region".to_owned(), region.into());
        }
        match bucket.policy {
            Ok(None) => {}
            Ok(Some(text)) => {
                // The policy is put as a text, so that a key that is in it twice does not get lost.
                members.insert("policyDocument".to_owned(), text.into());
            }
            Err(error) => {
                members.insert("policyNotReadable".to_owned(), true.into());
                failures.push(error);
            }
        }
        match bucket.public_access_block {
            Ok(None) => {}
            Ok(Some(block)) => {
                let switches = json!({
                    "blockPublicAcls": block.block_public_acls,
                    "ignorePublicAcls": block.ignore_public_acls,
                    "blockPublicPolicy": block.block_public_policy,
                    "restrictPublicBuckets": block.restrict_public_buckets,
                });
                members.insert("publicAccessBlock".to_owned(), switches);
            }
            Err(error) => failures.push(error),
        }
    }
    for error in failures {
        collection.failures.push(format!("bucket `{name}`: {error}"));
    }
    entry
}
