//! Says what a collection of the inventory asks for.

use serde_json::{Value, json};

use super::{ROLE, kind, session};
use crate::{Access, PublicAccessBlock};
use testkit::server::{Call, Server, assumed, query_error, reply, s3_error};

#[tokio::test]
async fn a_role_is_assumed_with_the_external_id_that_it_asks_for() {
    let server = Server::start(|_: &Call| assumed()).await;
    let access = Access::new(&server.config());
    access
        .assume_with(ROLE, "inventory", Some("secret word"))
        .await
        .unwrap();
    access.assume_with(ROLE, "inventory", None).await.unwrap();
    let calls = server.calls();
    assert!(calls[0].has("ExternalId=secret%20word"));
    assert!(!calls[1].body.contains("ExternalId"));
}

fn details(page: &str) -> super::Reply {
    reply(
        200,
        format!(
            "<GetAccountAuthorizationDetailsResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
             <GetAccountAuthorizationDetailsResult>{page}</GetAccountAuthorizationDetailsResult>\
             </GetAccountAuthorizationDetailsResponse>"
        ),
    )
}

const FIRST: &str = "<IsTruncated>true</IsTruncated><Marker>next</Marker>\
    <UserDetailList><member><Path>/team/</Path><UserName>alice</UserName><UserId>AIDA1</UserId>\
    <Arn>arn:aws:iam::123456789012:user/team/alice</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate>\
    <GroupList><member>dev</member></GroupList>\
    <UserPolicyList><member><PolicyName>own</PolicyName>\
    <PolicyDocument>%7B%22Statement%22%3A%5B%5D%7D</PolicyDocument></member></UserPolicyList>\
    <AttachedManagedPolicies><member><PolicyName>p</PolicyName><PolicyArn>arn:aws:iam::123456789012:policy/p</PolicyArn></member></AttachedManagedPolicies>\
    <PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>\
    <PermissionsBoundaryArn>arn:aws:iam::123456789012:policy/b</PermissionsBoundaryArn></PermissionsBoundary>\
    <Tags><member><Key>team</Key><Value></Value></member></Tags></member></UserDetailList>\
    <GroupDetailList><member><GroupName>dev</GroupName><Arn>arn:aws:iam::123456789012:group/dev</Arn></member></GroupDetailList>";

const LAST: &str = "<IsTruncated>false</IsTruncated>\
    <RoleDetailList><member><RoleName>web</RoleName><Arn>arn:aws:iam::123456789012:role/web</Arn>\
    <AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</AssumeRolePolicyDocument>\
    <InstanceProfileList><member><Path>/</Path><InstanceProfileName>web</InstanceProfileName>\
    <InstanceProfileId>AIPA1</InstanceProfileId><Arn>arn:aws:iam::123456789012:instance-profile/web</Arn>\
    <CreateDate>2026-01-02T03:04:05Z</CreateDate><Roles></Roles></member></InstanceProfileList>\
    <RoleLastUsed><LastUsedDate>2026-03-04T05:06:07Z</LastUsedDate><Region>eu-west-1</Region></RoleLastUsed></member></RoleDetailList>\
    <Policies><member><PolicyName>p</PolicyName><Arn>arn:aws:iam::123456789012:policy/p</Arn>\
    <DefaultVersionId>v2</DefaultVersionId><PolicyVersionList>\
    <member><VersionId>v2</VersionId><IsDefaultVersion>true</IsDefaultVersion><Document>%7B%22a%22%3A1%2C%22b%22%3A%22%2B%22%7D</Document></member>\
    <member><VersionId>v1</VersionId><IsDefaultVersion>false</IsDefaultVersion><Document>%7B%7D</Document></member>\
    </PolicyVersionList></member></Policies>";

#[tokio::test]
async fn authorization_details_are_read_to_the_last_page_and_written_as_the_cli_does() {
    let (server, session) =
        session(|call: &Call| details(if call.has("Marker=next") { LAST } else { FIRST })).await;
    let details = session.authorization_details().await.unwrap();
    let principals: Vec<&str> = details.principals().collect();
    assert_eq!(
        principals,
        [
            "arn:aws:iam::123456789012:user/team/alice",
            "arn:aws:iam::123456789012:role/web"
        ]
    );
    // The comparison goes through a text, because the documents in it are text as IAM keeps it.
    let written: Value = serde_json::from_str(&serde_json::to_string(&details).unwrap()).unwrap();
    let expected = json!({
        "UserDetailList": [{
            "Path": "/team/", "UserName": "alice", "UserId": "AIDA1", "Arn": "arn:aws:iam::123456789012:user/team/alice",
            "CreateDate": "2026-01-02T03:04:05Z", "GroupList": ["dev"],
            "UserPolicyList": [{ "PolicyName": "own", "PolicyDocument": { "Statement": [] } }],
            "AttachedManagedPolicies": [{ "PolicyName": "p", "PolicyArn": "arn:aws:iam::123456789012:policy/p" }],
            "PermissionsBoundary": { "PermissionsBoundaryType": "Policy",
                                     "PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/b" },
            "Tags": [{ "Key": "team", "Value": "" }],
        }],
        "GroupDetailList": [{
            "Path": null, "GroupName": "dev", "GroupId": null, "Arn": "arn:aws:iam::123456789012:group/dev",
            "CreateDate": null, "GroupPolicyList": [], "AttachedManagedPolicies": [],
        }],
        "RoleDetailList": [{
            "Path": null, "RoleName": "web", "RoleId": null, "Arn": "arn:aws:iam::123456789012:role/web",
            "CreateDate": null, "AssumeRolePolicyDocument": { "Version": "2012-10-17" }, "RolePolicyList": [],
            "AttachedManagedPolicies": [], "Tags": [],
            "InstanceProfileList": [{ "InstanceProfileName": "web", "Arn": "arn:aws:iam::123456789012:instance-profile/web" }],
            "RoleLastUsed": { "LastUsedDate": "2026-03-04T05:06:07Z", "Region": "eu-west-1" },
        }],
        "Policies": [{
            "PolicyName": "p", "PolicyId": null, "Arn": "arn:aws:iam::123456789012:policy/p", "Path": null,
            "DefaultVersionId": "v2",
            "PolicyVersionList": [{ "VersionId": "v2", "IsDefaultVersion": true, "Document": { "a": 1, "b": "+" } }],
        }],
    });
    assert_eq!(written, expected);
    assert_eq!(server.calls().len(), 3, "STS and two pages");
}

#[tokio::test]
async fn authorization_details_that_may_not_be_read_are_denied() {
    let (_server, session) = session(|_: &Call| query_error(403, "AccessDenied")).await;
    assert_eq!(kind(session.authorization_details().await), "denied");
}

#[tokio::test]
async fn policies_of_buckets_are_read_in_their_regions_and_a_closed_bucket_hides_no_other() {
    let bucket = |name: &str, region: &str| {
        format!("<Bucket><Name>{name}</Name><BucketRegion>{region}</BucketRegion></Bucket>")
    };
    let buckets = [
        bucket("closed", "eu-west-1"),
        bucket("plain", "eu-west-1"),
        bucket("site", "us-west-2"),
    ]
    .concat();
    let block = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
        <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
    let (server, session) = session(move |call: &Call| {
        let is_block = call
            .query
            .split('&')
            .any(|pair| pair.starts_with("publicAccessBlock"));
        match (call.path.trim_matches('/'), is_block) {
            ("", _) => reply(
                200,
                format!("<ListAllMyBucketsResult><Buckets>{buckets}</Buckets></ListAllMyBucketsResult>"),
            ),
            ("site", false) => reply(200, r#"{"Statement":[]}"#),
            ("site", true) => reply(200, block),
            ("plain", false) => s3_error(404, "NoSuchBucketPolicy"),
            ("plain", true) => s3_error(404, "NoSuchPublicAccessBlockConfiguration"),
            _ => s3_error(403, "AccessDenied"),
        }
    })
    .await;
    let found = session.buckets().await.unwrap();
    let shown: Vec<_> = found
        .into_iter()
        .map(|found| {
            (
                found.name,
                found.policy.map_err(|error| kind(Err::<(), _>(error))),
                found
                    .public_access_block
                    .map_err(|error| kind(Err::<(), _>(error))),
            )
        })
        .collect();
    let switches = PublicAccessBlock {
        block_public_acls: true,
        restrict_public_buckets: true,
        ..PublicAccessBlock::default()
    };
    assert_eq!(
        shown,
        [
            ("closed".to_owned(), Err("denied"), Err("denied")),
            ("plain".to_owned(), Ok(None), Ok(None)),
            (
                "site".to_owned(),
                Ok(Some(r#"{"Statement":[]}"#.to_owned())),
                Ok(Some(switches))
            ),
        ]
    );
    let asked = server
        .calls()
        .into_iter()
        .find(|call| call.path.trim_matches('/') == "site")
        .unwrap();
    assert_eq!((asked.region(), asked.access_key()), ("us-west-2", "ASIAROLE"));
}

#[tokio::test]
async fn cloud_control_lists_to_the_last_page_and_reads_in_the_region() {
    let (server, session) = session(|call: &Call| {
        let body: Value = serde_json::from_str(&call.body).unwrap();
        let resource =
            |id: &str, properties: Value| json!({ "Identifier": id, "Properties": properties.to_string() });
        let answer = match (
            call.target.rsplit('.').next().unwrap(),
            body["NextToken"].as_str(),
        ) {
            ("ListResources", None) => json!({ "TypeName": body["TypeName"], "NextToken": "more",
                "ResourceDescriptions": [resource("one", json!({ "Name": "first" }))] }),
            ("ListResources", Some(_)) => json!({ "ResourceDescriptions": [{ "Identifier": "two" }] }),
            _ if body["Identifier"] == "gone" => {
                return reply(
                    400,
                    json!({ "__type": "ResourceNotFoundException", "message": "secret" }).to_string(),
                );
            }
            _ if body["Identifier"] == "closed" => {
                return reply(
                    400,
                    json!({ "__type": "AccessDeniedException", "message": "secret" }).to_string(),
                );
            }
            _ => {
                json!({ "ResourceDescription": resource("one", json!({ "KeyPolicy": { "Statement": [] } })) })
            }
        };
        reply(200, answer.to_string())
    })
    .await;
    let control = session.cloud_control(Some("eu-west-3"));
    let model = json!({ "ParentId": "r-1" });
    let listed = control.list("AWS::KMS::Key", Some(&model)).await.unwrap();
    let names: Vec<&str> = listed.iter().map(|one| one.identifier.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(listed[0].properties["Name"], "first");
    assert!(listed[1].properties.is_empty());
    let read = control.read("AWS::KMS::Key", "one").await.unwrap().unwrap();
    assert_eq!(read["KeyPolicy"], json!({ "Statement": [] }));
    assert_eq!(control.read("AWS::KMS::Key", "gone").await.unwrap(), None);
    assert_eq!(kind(control.read("AWS::KMS::Key", "closed").await), "denied");
    let calls = server.calls();
    let first = calls
        .iter()
        .find(|call| call.target.ends_with("ListResources"))
        .unwrap();
    assert_eq!(
        (first.region(), first.service()),
        ("eu-west-3", "cloudcontrolapi")
    );
    let body: Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!(body["ResourceModel"], r#"{"ParentId":"r-1"}"#);
}

#[tokio::test]
async fn a_credential_report_is_read_when_it_is_ready() {
    let answer = |operation: &str, result: &str| {
        reply(
            200,
            format!(
                "<{operation}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{operation}Result>{result}\
                 </{operation}Result></{operation}Response>"
            ),
        )
    };
    let (_server, session) = session(move |call: &Call| {
        if call.has("Action=GenerateCredentialReport") {
            answer("GenerateCredentialReport", "<State>COMPLETE</State>")
        } else {
            answer(
                "GetCredentialReport",
                "<Content>dXNlcixhcm4K</Content><ReportFormat>text/csv</ReportFormat>",
            )
        }
    })
    .await;
    assert!(session.start_credential_report().await.unwrap());
    assert_eq!(session.credential_report().await.unwrap(), "user,arn\n");
}
