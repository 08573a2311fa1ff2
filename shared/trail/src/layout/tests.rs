use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn place(key_prefix: Option<&str>, organization: Option<&str>) -> LogFolder {
    LogFolder {
        bucket: "logs".to_owned(),
        key_prefix: key_prefix.map(str::to_owned),
        organization: organization.map(str::to_owned),
        account: "111122223333".to_owned(),
    }
}

fn time(start: &str, end: &str) -> TimeRange {
    TimeRange {
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
    }
}

#[rstest]
#[case(None, None, "AWSLogs/111122223333/CloudTrail/")]
#[case(Some("a/b"), None, "a/b/AWSLogs/111122223333/CloudTrail/")]
#[case(Some("a/"), None, "a/AWSLogs/111122223333/CloudTrail/")]
#[case(Some(""), Some("o-abc"), "AWSLogs/o-abc/111122223333/CloudTrail/")]
#[case(Some("a"), Some("o-abc"), "a/AWSLogs/o-abc/111122223333/CloudTrail/")]
fn the_place_of_log_files_follows_from_the_trail(
    #[case] prefix: Option<&str>,
    #[case] organization: Option<&str>,
    #[case] expected: &str,
) {
    assert_eq!(place(prefix, organization).regions_prefix(), expected);
}

#[rstest]
#[case("AWSLogs/111122223333/CloudTrail/eu-west-1/", Some("eu-west-1"))]
#[case("AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/", None)]
#[case("AWSLogs/111122223333/CloudTrail//", None)]
#[case("AWSLogs/111122223333/CloudTrail/eu-west-1/2024/", None)]
fn regions_are_read_from_common_prefixes(#[case] prefix: &str, #[case] region: Option<&str>) {
    assert_eq!(place(None, None).region_of(prefix), region);
}

#[test]
fn keys_reach_from_the_first_day_to_one_day_after_the_last() {
    let range = time("2024-02-28T23:59:59Z", "2024-02-29T00:00:00Z");
    let keys = place(None, None).keys("eu-west-1", range);
    let folder = "AWSLogs/111122223333/CloudTrail/eu-west-1/";
    assert_eq!(keys.start_after, format!("{folder}2024/02/28"));
    assert_eq!(keys.end, format!("{folder}2024/03/02"));
    let is_read = |day: &str| {
        let key = format!("{folder}{day}/111122223333_CloudTrail_eu-west-1_1.json.gz");
        key > keys.start_after && key < keys.end
    };
    assert!(
        ["2024/02/28", "2024/02/29", "2024/03/01"]
            .into_iter()
            .all(is_read)
    );
    assert!(!["2024/02/27", "2024/03/02"].into_iter().any(is_read));
}

#[test]
fn a_log_files_key_tells_account_region_and_delivery() {
    let key = "p/AWSLogs/111122223333/CloudTrail/eu-west-1/2024/02/28/\
               111122223333_CloudTrail_eu-west-1_20240228T0115Z_AbCdEf0123456789.json.gz";
    assert_eq!(
        LogFile::parse(key),
        Some(LogFile {
            account: "111122223333",
            region: "eu-west-1",
            delivered: "2024-02-28T01:15:00Z".parse().unwrap(),
        })
    );
}

#[rstest]
#[case::decompressed(
    "CloudTrail/x/111122223333_CloudTrail_eu-west-1_20240228T0115Z_AbCd.json",
    true
)]
#[case::name_alone("111122223333_CloudTrail_eu-west-1_20240228T0115Z_AbCd.json.gz", true)]
#[case::digest(
    "CloudTrail-Digest/x/111122223333_CloudTrail-Digest_eu-west-1_trail_us-east-1_20240228T0115Z.json.gz",
    false
)]
#[case::insight(
    "CloudTrail-Insight/x/111122223333_CloudTrail-Insight_eu-west-1_20240228T0115Z_AbCd.json.gz",
    false
)]
#[case::log_name_in_a_sibling(
    "CloudTrail-Other/x/111122223333_CloudTrail_eu-west-1_20240228T0115Z_AbCd.json.gz",
    false
)]
#[case::no_account("CloudTrail/x/o-abc_CloudTrail_eu-west-1_20240228T0115Z_AbCd.json.gz", false)]
#[case::no_time(
    "CloudTrail/x/111122223333_CloudTrail_eu-west-1_20241328T0115Z_AbCd.json.gz",
    false
)]
#[case::folder("CloudTrail/eu-west-1/2024/", false)]
#[case::other("CloudTrail/readme.txt", false)]
#[case::empty("", false)]
fn only_log_files_are_log_files(#[case] key: &str, #[case] expected: bool) {
    assert_eq!(LogFile::parse(key).is_some(), expected);
}

#[rstest]
#[case("aws", Some("us-east-1"))]
#[case("aws-cn", Some("cn-north-1"))]
#[case("aws-us-gov", Some("us-gov-west-1"))]
#[case("aws-moon", None)]
fn global_services_write_in_one_region_of_a_partition(#[case] partition: &str, #[case] region: Option<&str>) {
    assert_eq!(global_region(partition), region);
}

#[rstest]
#[case("iam.amazonaws.com", true)]
#[case("sts.amazonaws.com", true)]
#[case("cloudfront.amazonaws.com", true)]
#[case("route53.amazonaws.com", true)]
#[case("organizations.amazonaws.com", true)]
#[case("waf.amazonaws.com", true)]
#[case("account.amazonaws.com", true)]
#[case("s3.amazonaws.com", false)]
#[case("wafv2.amazonaws.com", false)]
#[case("", false)]
fn global_services_are_known(#[case] source: &str, #[case] expected: bool) {
    assert_eq!(is_global(source), expected);
}

fn key(day: u8, number: u16) -> String {
    format!(
        "AWSLogs/111122223333/CloudTrail/eu-west-1/2024/02/{day:02}/\
         111122223333_CloudTrail_eu-west-1_202402{day:02}T0115Z_{number:016}.json.gz"
    )
}

#[test]
fn small_days_go_together_and_large_ones_are_cut() {
    let range = place(None, None).keys("eu-west-1", time("2024-02-02T00:00:00Z", "2024-02-04T00:00:00Z"));
    let listing = [
        (key(1, 0), 1),
        (key(2, 0), 10),
        (key(3, 0), 10),
        (range.prefix.clone() + "2024/02/03/notes.txt", 1000),
        (key(4, 0), 90),
        (key(4, 1), 200),
        (key(4, 2), 10),
        (key(6, 0), 10),
    ];
    let found: Vec<Shard> = shards(
        range.clone(),
        true,
        Bounds {
            files: 10,
            bytes: 100,
        },
        listing,
    )
    .collect();
    let shard = |start_after: &str, last_key: String, files, bytes| Shard {
        bucket: "logs".to_owned(),
        prefix: range.prefix.clone(),
        start_after: start_after.to_owned(),
        last_key,
        files,
        bytes,
        global_services_only: true,
    };
    assert_eq!(
        found,
        [
            shard(&range.start_after, key(3, 0), 2, 20),
            shard(&key(3, 0), key(4, 0), 1, 90),
            shard(&key(4, 0), key(4, 1), 1, 200),
            shard(&key(4, 1), key(4, 2), 1, 10),
        ]
    );
}

proptest! {
    #[test]
    fn every_log_file_of_the_range_is_in_exactly_one_shard(
        sizes in proptest::collection::btree_map((1..29u8, 0..50u16), 0..100u64, 0..60),
        start in 1..29i64,
        days in 0..28i64,
        files in 1..20u64,
        bytes in 1..500u64,
    ) {
        let start = "2024-02-01T12:00:00Z".parse::<Timestamp>().unwrap() + (24 * (start - 1)).hours();
        let range = place(None, None).keys("eu-west-1", TimeRange { start, end: start + (24 * days).hours() });
        let listing: Vec<(String, u64)> =
            sizes.iter().map(|(&(day, number), &size)| (key(day, number), size)).collect();
        let bounds = Bounds { files, bytes };
        let found: Vec<Shard> = shards(range.clone(), false, bounds, listing.clone()).collect();
        for (key, _) in &listing {
            let wanted = *key > range.start_after && *key < range.end;
            prop_assert_eq!(found.iter().filter(|shard| shard.holds(key)).count(), usize::from(wanted));
        }
        for shard in &found {
            let held = listing.iter().filter(|(key, _)| shard.holds(key));
            let (count, sum) = held.fold((0, 0), |(count, sum), (_, size)| (count + 1, sum + size));
            prop_assert_eq!((shard.files, shard.bytes), (count, sum));
            prop_assert!(shard.files <= files && (shard.bytes <= bytes || shard.files == 1));
        }
    }
}
