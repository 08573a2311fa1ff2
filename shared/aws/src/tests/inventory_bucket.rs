use model::inventory::ObjectVersion;

use super::kind;
use crate::{Access, InventoryBucket};
use testkit::server::{Call, Server, reply, s3_error};

async fn bucket(
    answer: impl Fn(&Call) -> testkit::server::Reply + Clone + Send + Sync + 'static,
) -> (Server, InventoryBucket) {
    let server = Server::start(answer).await;
    let bucket = Access::new(&server.config()).inventory_bucket("inventory".to_owned());
    (server, bucket)
}

#[tokio::test]
async fn a_list_goes_to_its_last_page_and_tells_the_versions() {
    let contents = |key: &str, tag: &str| {
        format!(
            "<Contents><Key>{key}</Key><LastModified>2026-04-01T10:11:12.345Z</LastModified>\
             <ETag>&quot;{tag}&quot;</ETag><Size>17</Size></Contents>"
        )
    };
    let (server, bucket) = bucket(move |call: &Call| {
        let page = if call.has("continuation-token=next") {
            format!("<IsTruncated>false</IsTruncated>{}", contents("1/b.json", "two"))
        } else {
            let first = contents("1/a.json", "one");
            format!(
                "<IsTruncated>true</IsTruncated><NextContinuationToken>next</NextContinuationToken>{first}"
            )
        };
        reply(200, format!("<ListBucketResult>{page}</ListBucketResult>"))
    })
    .await;
    let found = bucket.list("1/").await.unwrap();
    let version = |e_tag: &str| ObjectVersion {
        e_tag: e_tag.to_owned(),
        last_modified: "2026-04-01T10:11:12Z".parse().unwrap(),
        size: 17,
    };
    assert_eq!(
        found,
        [
            ("1/a.json".to_owned(), version("one")),
            ("1/b.json".to_owned(), version("two"))
        ]
    );
    let call = server.calls().pop().unwrap();
    assert_eq!((call.access_key(), call.region()), ("AKIASELF", "eu-central-1"));
    assert!(call.has("prefix=1%2F"));
    assert_eq!(call.path, "/inventory/");
}

#[tokio::test]
async fn an_object_that_is_not_there_is_none_and_a_closed_bucket_is_an_error() {
    let (_server, missing) = bucket(|_: &Call| s3_error(404, "NoSuchKey")).await;
    assert_eq!(missing.read("1/a.json").await.unwrap(), None);
    let (_server, closed) = bucket(|_: &Call| s3_error(403, "AccessDenied")).await;
    assert_eq!(kind(closed.read("1/a.json").await), "denied");
    assert_eq!(kind(closed.list("1/").await), "denied");
    assert_eq!(kind(closed.put("1/a.json", b"{}".to_vec()).await), "denied");
}
