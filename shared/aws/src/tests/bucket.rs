use axum::http::{HeaderValue, Method};
use rstest::rstest;
use trail::layout::{KeyRange, LogFolder, Shard};

use super::{kind, session};
use testkit::server::{Call, Reply, reply, s3_error};

const PREFIX: &str = "AWSLogs/123456789012/CloudTrail/eu-west-1/";

fn key(day: u32) -> String {
    format!(
        "{PREFIX}2026/08/{day:02}/123456789012_CloudTrail_eu-west-1_202608{day:02}T0005Z_abcdefghijklmnop.json.gz"
    )
}

fn page(token: Option<&str>, keys: &[String]) -> Reply {
    let contents: Vec<String> = keys
        .iter()
        .map(|key| format!("<Contents><Key>{key}</Key><Size>7</Size></Contents>"))
        .collect();
    let token = token.map_or_else(String::new, |token| {
        format!("<NextContinuationToken>{token}</NextContinuationToken>")
    });
    let is_truncated = !token.is_empty();
    reply(
        200,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <IsTruncated>{is_truncated}</IsTruncated>{token}{}</ListBucketResult>",
            contents.concat()
        ),
    )
}

/// Lists log files of days 1 to 6 of August, on three pages, with something else among them.
fn month(call: &Call) -> Reply {
    if call.method == Method::HEAD {
        reply(200, "")
    } else if call.has("continuation-token=second") {
        page(Some("third"), &[key(3), key(4)])
    } else if call.has("continuation-token=third") {
        page(None, &[key(5), key(6)])
    } else {
        page(
            Some("second"),
            &[key(1), format!("{PREFIX}2026/08/02/notes.txt"), key(2)],
        )
    }
}

fn range(end: String) -> KeyRange {
    KeyRange {
        bucket: "logs".to_owned(),
        prefix: PREFIX.to_owned(),
        start_after: format!("{PREFIX}2026/08/01"),
        end,
    }
}

#[tokio::test]
async fn pages_concatenate_to_the_log_files_of_the_range() {
    let (server, session) = session(month).await;
    let bucket = session.bucket("logs", "eu-west-1").await.unwrap();
    let mut listing = bucket.list(&range(format!("{PREFIX}2026/09/01")));
    let mut files = Vec::new();
    while let Some(page) = listing.next_page().await.unwrap() {
        files.extend(page);
    }
    let expected: Vec<(String, u64)> = (1..=6).map(|day| (key(day), 7)).collect();
    assert_eq!(files, expected);

    let first = &server.calls()[2];
    assert_eq!(
        (first.path.trim_end_matches('/'), first.access_key()),
        ("/logs", "ASIAROLE")
    );
    assert!(first.has("list-type=2"));
    assert!(first.has("prefix=AWSLogs%2F123456789012%2FCloudTrail%2Feu-west-1%2F"));
    assert!(
        first.has("start-after=AWSLogs%2F123456789012%2FCloudTrail%2Feu-west-1%2F2026%2F08%2F01"),
        "{first:?}"
    );
}

#[tokio::test]
async fn a_listing_asks_for_no_page_behind_its_end() {
    let (server, session) = session(month).await;
    let bucket = session.bucket("logs", "eu-west-1").await.unwrap();
    let mut listing = bucket.list(&range(format!("{PREFIX}2026/08/04")));
    assert_eq!(listing.next_page().await.unwrap().unwrap().len(), 2);
    assert_eq!(listing.next_page().await.unwrap().unwrap(), [(key(3), 7)]);
    assert_eq!(listing.next_page().await.unwrap(), None);
    assert_eq!(server.calls().len(), 4, "STS, the bucket, two pages");
}

#[tokio::test]
async fn the_listing_of_a_shard_holds_its_last_file() {
    let (_server, session) = session(month).await;
    let bucket = session.bucket("logs", "eu-west-1").await.unwrap();
    let mut listing = bucket.list_shard(&Shard {
        bucket: "logs".to_owned(),
        prefix: PREFIX.to_owned(),
        start_after: format!("{PREFIX}2026/08/01"),
        last_key: key(3),
        files: 3,
        bytes: 21,
        global_services_only: false,
    });
    assert_eq!(listing.next_page().await.unwrap().unwrap().len(), 2);
    assert_eq!(listing.next_page().await.unwrap().unwrap(), [(key(3), 7)]);
    assert_eq!(listing.next_page().await.unwrap(), None);
}

#[tokio::test]
async fn a_listing_ends_with_an_error() {
    let (_server, session) = session(|call: &Call| match call.method {
        Method::HEAD => reply(403, ""),
        _ => s3_error(403, "AccessDenied"),
    })
    .await;
    let bucket = session.bucket("logs", "eu-west-1").await.unwrap();
    let mut listing = bucket.list(&range("z".to_owned()));
    assert_eq!(kind(listing.next_page().await), "denied");
    assert_eq!(listing.next_page().await.unwrap(), None);
}

#[tokio::test]
async fn regions_are_the_folders_of_the_account_on_all_pages() {
    let (_server, session) = session(|call: &Call| {
        let (truncated, region) = if call.has("continuation-token=more") {
            ("<IsTruncated>false</IsTruncated>", "us-east-1")
        } else {
            (
                "<IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>",
                "eu-west-1",
            )
        };
        reply(
            200,
            format!(
                "<ListBucketResult>{truncated}<CommonPrefixes><Prefix>p/AWSLogs/123456789012/CloudTrail/{region}/\
                 </Prefix></CommonPrefixes></ListBucketResult>"
            ),
        )
    })
    .await;
    let place = LogFolder {
        bucket: "logs".to_owned(),
        key_prefix: Some("p".to_owned()),
        organization: None,
        account: "123456789012".to_owned(),
    };
    let bucket = session.bucket("logs", "eu-west-1").await.unwrap();
    assert_eq!(bucket.regions(&place).await.unwrap(), ["eu-west-1", "us-east-1"]);
}

#[rstest]
#[case::redirected(301)]
#[case::region_not_switched_on(400)]
#[case::refused(403)]
#[tokio::test]
async fn a_bucket_in_another_region_is_read_there(#[case] status: u16) {
    let (server, session) = session(move |call: &Call| {
        if call.region() == "us-west-2" {
            return page(None, &[key(1)]);
        }
        let mut elsewhere = match call.method {
            Method::HEAD => reply(status, ""),
            _ => s3_error(301, "PermanentRedirect"),
        };
        elsewhere
            .headers_mut()
            .insert("x-amz-bucket-region", HeaderValue::from_static("us-west-2"));
        elsewhere
    })
    .await;
    let bucket = session.bucket("logs", "eu-west-1").await.unwrap();
    assert_eq!(bucket.region(), "us-west-2");
    let mut listing = bucket.list(&range("z".to_owned()));
    assert_eq!(listing.next_page().await.unwrap().unwrap(), [(key(1), 7)]);
    assert_eq!(server.calls().pop().unwrap().region(), "us-west-2");
}

#[rstest]
#[case(404, "not found")]
#[case(429, "throttled")]
#[case(500, "unavailable")]
#[tokio::test]
async fn a_bucket_that_is_not_found_is_told_by_kind(#[case] status: u16, #[case] expected: &str) {
    let (_server, session) = session(move |_: &Call| reply(status, "")).await;
    assert_eq!(kind(session.bucket("logs", "eu-west-1").await), expected);
}

#[tokio::test]
async fn the_bytes_of_an_object_arrive_in_order_and_complete() {
    let bytes: Vec<u8> = (0..300_000_u32).map(|at| (at % 251) as u8).collect();
    let body = bytes.clone();
    let (server, session) = session(move |call: &Call| match call.method {
        Method::HEAD => reply(200, ""),
        _ => reply(200, body.clone()),
    })
    .await;
    let bucket = session.bucket("logs", "eu-west-1").await.unwrap();
    let mut received = Vec::new();
    let count = bucket
        .read(&key(1), |chunk| received.extend_from_slice(chunk))
        .await
        .unwrap();
    assert_eq!(count, 300_000);
    assert!(received == bytes);
    assert_eq!(server.calls().pop().unwrap().path, format!("/logs/{}", key(1)));
}

/// The right ones are the published check values.
#[rstest]
#[case::crc32("x-amz-checksum-crc32", "y/Q5Jg==", "AAAAAA==")]
#[case::crc32c("x-amz-checksum-crc32c", "4waSgw==", "y/Q5Jg==")]
#[case::crc64_nvme("x-amz-checksum-crc64nvme", "rosUhgp5mIg=", "AAAAAAAAAAA=")]
#[tokio::test]
async fn bytes_that_do_not_match_their_checksum_are_an_error(
    #[case] header: &'static str,
    #[case] right: &'static str,
    #[case] wrong: &'static str,
) {
    let read = async |checksum: &'static str| {
        let (_server, session) = session(move |call: &Call| {
            let mut answer = reply(200, "123456789");
            if call.method == Method::GET {
                answer
                    .headers_mut()
                    .insert(header, HeaderValue::from_static(checksum));
            }
            answer
        })
        .await;
        let bucket = session.bucket("logs", "eu-west-1").await.unwrap();
        bucket.read(&key(1), |_| ()).await
    };
    assert_eq!(read(right).await.unwrap(), 9);
    assert_eq!(kind(read(wrong).await), "unavailable");
}

#[rstest]
#[case::policy_or_key(403, "AccessDenied", "denied")]
#[case::key_disabled(400, "KMS.DisabledException", "denied")]
#[case::gone(404, "NoSuchKey", "not found")]
#[case::slowed_down(503, "SlowDown", "throttled")]
#[case::archived(403, "InvalidObjectState", "unavailable")]
#[tokio::test]
async fn an_object_that_cannot_be_read_is_told_by_kind(
    #[case] status: u16,
    #[case] code: &'static str,
    #[case] expected: &str,
) {
    let (_server, session) = session(move |call: &Call| match call.method {
        Method::HEAD => reply(200, ""),
        _ => s3_error(status, code),
    })
    .await;
    let bucket = session.bucket("logs", "eu-west-1").await.unwrap();
    assert_eq!(kind(bucket.read(&key(1), |_| ()).await), expected);
}
