//! Typical queries, and what the measurements do with each.

use model::permissions::Explain;
use permissions::aws::EffectivePermissions;
use permissions::shard::{
    MergedRows, NotesWanted, Occurring, RowForm, RowsWanted, ShardPositions, ShardReply, ShardRequest,
    Wanted, reply,
};
use std::hint::black_box;

/// Name and condition of each query.
pub(crate) const QUERIES: [(&str, &str); 13] = [
    ("everything", "source.cloud.type = 'AWS'"),
    ("who_can", "action.name = 's3:DeleteBucket'"),
    ("one_source", "source.cloud.resource.name = 'user-8'"),
    (
        "wildcard",
        "dest.cloud.wildcardscope = true AND action.access.level = 'Data Write'",
    ),
    (
        "both",
        "action.name CONTAINS ALL ('iam:PassRole', 'ec2:RunInstances')",
    ),
    ("administrative", "action.access.isadministrative = true"),
    (
        "administrators",
        "source.reachesadministrator = true AND action.name = 's3:DeleteBucket'",
    ),
    (
        "cross_account",
        "source.cloud.account != dest.cloud.account AND dest.cloud.account != '*'",
    ),
    (
        "through_groups",
        "grantedby.cloud.entity.type = 'group' AND dest.cloud.service.name = 's3'",
    ),
    (
        "conditions",
        "grantedby.cloud.policy.condition('aws:SourceIp') EXISTS",
    ),
    (
        "either",
        "dest.cloud.resource.type = 'bucket' OR NOT action.name STARTS WITH 'ec2:'",
    ),
    ("unused", "action.lastaccess.days > 90"),
    (
        "one_policy",
        "grantedby.cloud.policy.name = 'AmazonS3FullAccess' AND source.cloud.resource.type = 'role'",
    ),
];

pub(crate) fn query(condition: &str) -> rql::Query {
    rql::Query::parse(&format!("config from iam where {condition}")).expect("a query")
}

/// Asks one shard as a function does that has it in memory.
pub(crate) fn replied(effective: &EffectivePermissions, query: &rql::Query, wanted: Wanted) -> Vec<u8> {
    let request = ShardRequest {
        query: query.to_string(),
        today: jiff::civil::date(2026, 3, 31),
        wanted,
    };
    reply(effective, &request).expect("a reply")
}

/// Reads the first page of a hundred rows as a reply has it, and returns the number of all rows.
pub(crate) fn first_page(effective: &EffectivePermissions, query: &rql::Query) -> u64 {
    let wanted = RowsWanted {
        skip: 0,
        most: 100,
        bytes: u64::MAX,
        form: RowForm::Json,
        explain: Explain::Nothing,
    };
    let wanted = Wanted::Rows(Occurring::default(), wanted, NotesWanted::No);
    let bytes = replied(effective, query, wanted);
    let Ok(ShardReply::Rows(part)) = ShardReply::decode(&bytes) else {
        return 0;
    };
    let mut rows = MergedRows::new(vec![part], None, &ShardPositions::default()).expect("the first page");
    for _ in 0..100 {
        black_box(rows.row());
        rows.advance();
    }
    rows.total()
}
