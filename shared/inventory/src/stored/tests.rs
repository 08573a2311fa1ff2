use super::{FORM, SnapshotManifest, StoredError, StoredPart, StoredShard, VERSION, decode, encode};
use crate::{
    Inventory, Shard, ShardSize, read_authorization_details, read_last_accessed, read_organization,
    read_resource_policies,
};
use std::collections::BTreeSet;

fn inventory() -> Inventory {
    let details = r#"{"UserDetailList":[{"UserName":"alice","Arn":"arn:aws:iam::111122223333:user/alice","UserPolicyList":[
        {"PolicyName":"own","PolicyDocument":{"Statement":[{"Sid":"a","Effect":"Allow","NotAction":"s3:*",
        "Resource":["*","arn:aws:s3:::${aws:username}/*"],"Condition":{"Bool":{"aws:x":true}}},{"Effect":"Maybe"}]}}]}],
        "RoleDetailList":[{"RoleName":"web","Arn":"arn:aws:iam::111122223333:role/web","AssumeRolePolicyDocument":
        {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}}}]}"#;
    let scps = r#"{"policies":[{"id":"p-1","content":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}}],
        "root":{"policies":["p-1"],"accounts":[{"id":"111122223333"}]}}"#;
    let mut inventory = Inventory {
        details: read_authorization_details(details).unwrap(),
        organization: Some(read_organization(scps).unwrap()),
        ..Inventory::default()
    };
    inventory.details.findings.clear();
    inventory.resource_policies = Some(
        read_resource_policies(
            r#"{"account":"111122223333","resourcePolicies":[{"resourceArn":"arn:aws:s3:::site","policyDocument":
            {"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::site/*"}}}]}"#,
        )
        .unwrap(),
    );
    inventory.last_accessed = Some(
        read_last_accessed(
            r#"{"reports":[{"Arn":"arn:aws:iam::111122223333:user/alice","ServicesLastAccessed":[
            {"ServiceNamespace":"s3","LastAuthenticated":"2026-03-30T00:00:00Z"}]}]}"#,
        )
        .unwrap(),
    );
    inventory
}

#[test]
fn the_parts_of_a_snapshot_come_back() {
    let division = inventory().divide(ShardSize::default()).unwrap();
    let common = encode(&division.common).unwrap();
    assert_eq!(common, encode(&division.common).unwrap());
    assert_eq!(decode::<crate::Common>(&common.bytes).unwrap(), division.common);
    let shard = encode(&division.shards[0]).unwrap();
    assert_eq!(decode::<Shard>(&shard.bytes).unwrap(), division.shards[0]);
}

#[test]
fn a_manifest_comes_back_and_tells_the_shard_of_an_account() {
    let part = |id: &str| StoredPart {
        id: id.to_owned(),
        bytes: 7,
    };
    let shard = |account: &str| StoredShard {
        part: part(account),
        open_paths: Some(part("open")),
        paths_across: None,
        accounts: BTreeSet::from([account.to_owned()]),
        principals: 3,
        facts: vec![1, 2, 3],
    };
    let manifest = SnapshotManifest {
        date: jiff::civil::date(2026, 3, 31),
        catalogue: "1".to_owned(),
        common: part("common"),
        facts: vec![4],
        shards: vec![shard("111122223333"), shard("444455556666")],
    };
    let bytes = encode(&manifest).unwrap().bytes;
    let read: SnapshotManifest = decode(&bytes).unwrap();
    assert_eq!(read, manifest);
    assert_eq!(read.shard_of("444455556666"), Some(1));
    assert_eq!(read.shard_of("777788889999"), None);
}

#[test]
fn the_form_says_the_version() {
    assert_eq!(FORM, VERSION.to_string());
}

#[test]
fn damaged_bytes_are_refused_without_panic() {
    let division = inventory().divide(ShardSize::default()).unwrap();
    let bytes = encode(&division.shards[0]).unwrap().bytes;
    assert!(matches!(decode::<Shard>(b"{}"), Err(StoredError::NotSnapshot)));
    for end in 0..bytes.len() {
        assert!(decode::<Shard>(&bytes[..end]).is_err(), "cut at {end}");
    }
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 0x55;
        assert!(decode::<Shard>(&changed).is_err(), "changed at {place}");
    }
    let mut newer = bytes;
    newer[4] = 9;
    assert!(matches!(decode::<Shard>(&newer), Err(StoredError::Version(9))));
}
