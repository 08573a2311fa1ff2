//! Access policies by the Rust SDK, set up as the page about clients says.

use std::collections::BTreeSet;

use aws_sdk_iotsitewise::Client;
use aws_sdk_iotsitewise::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_iotsitewise::config::retry::RetryConfig;
use aws_sdk_iotsitewise::config::{
    BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents,
};
use aws_sdk_iotsitewise::error::BoxError;
use aws_sdk_iotsitewise::types::{
    GroupIdentity, IamRoleIdentity, IamUserIdentity, Identity, IdentityType, Permission, PortalResource,
    PortalState, ProjectResource, Resource, ResourceType, UserIdentity,
};
use aws_smithy_runtime_api::client::endpoint::EndpointPrefix;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector, http_client_fn};
use aws_types::SigningName;
use testkit::Dynamo;

use crate::architecture::root;
use crate::in_process::{ACCOUNT, Api, Seen};

/// Signs for API Gateway, and leaves the host of the endpoint as it is.
#[derive(Debug)]
struct ApiGateway;

impl Intercept for ApiGateway {
    fn name(&self) -> &'static str {
        "ApiGateway"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // The operation stores its prefix when it begins, before which it could not be taken away.
        config.interceptor_state().unset::<EndpointPrefix>();
        config
            .interceptor_state()
            .store_put(SigningName::from_static("execute-api"));
        Ok(())
    }
}

#[test]
fn the_page_about_clients_shows_the_code_that_is_tested_here() {
    let page = std::fs::read_to_string(root().join("docs/access-policies-clients.md")).unwrap();
    let (_, block) = page.split_once("```rust\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    assert!(include_str!("rust_sdk.rs").contains(block), "{block}");
}

fn client(api: &Api) -> Client {
    client_through(api.clone(), RetryConfig::disabled())
}

/// A client as it is set up for a deployed stack, on a connector of the test.
pub(crate) fn client_through(connector: impl HttpConnector + 'static, retries: RetryConfig) -> Client {
    let connector = SharedHttpConnector::new(connector);
    let config = aws_sdk_iotsitewise::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "tests"))
        .endpoint_url("https://api.example.com/")
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .retry_config(retries)
        .interceptor(ApiGateway);
    Client::from_conf(config.build())
}

fn user() -> Identity {
    let user = UserIdentity::builder().id("u-1").build().unwrap();
    Identity::builder().user(user).build()
}

fn group() -> Identity {
    let group = GroupIdentity::builder().id("g-1").build().unwrap();
    Identity::builder().group(group).build()
}

fn iam_user() -> Identity {
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/operator");
    let user = IamUserIdentity::builder().arn(arn).build().unwrap();
    Identity::builder().iam_user(user).build()
}

fn iam_role() -> Identity {
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/operator");
    let role = IamRoleIdentity::builder().arn(arn).build().unwrap();
    Identity::builder().iam_role(role).build()
}

fn portal(id: &str) -> Resource {
    let portal = PortalResource::builder().id(id).build().unwrap();
    Resource::builder().portal(portal).build()
}

fn project(id: &str) -> Resource {
    let project = ProjectResource::builder().id(id).build().unwrap();
    Resource::builder().project(project).build()
}

/// A portal with a project in it.
async fn plant(client: &Client) -> (String, String, String) {
    let portal = client
        .create_portal()
        .portal_name("plant")
        .portal_contact_email("operator@example.com")
        .role_arn(format!("arn:aws:iam::{ACCOUNT}:role/portal"))
        .tags("site", "north")
        .send()
        .await
        .unwrap();
    assert_eq!(portal.portal_status().unwrap().state(), &PortalState::Creating);
    let described = client
        .describe_portal()
        .portal_id(portal.portal_id())
        .send()
        .await
        .unwrap();
    assert_eq!(described.portal_status().unwrap().state(), &PortalState::Active);
    let project = client
        .create_project()
        .portal_id(portal.portal_id())
        .project_name("line")
        .send()
        .await
        .unwrap();
    (portal.portal_id, portal.portal_arn, project.project_id)
}

async fn grant(client: &Client, identity: Identity, resource: Resource, token: &str) -> String {
    let made = client
        .create_access_policy()
        .access_policy_identity(identity)
        .access_policy_resource(resource)
        .access_policy_permission(Permission::Viewer)
        .client_token(token)
        .send()
        .await
        .unwrap();
    assert!(made.access_policy_arn().ends_with(made.access_policy_id()));
    made.access_policy_id
}

fn token(number: u32) -> String {
    format!("{number:036}")
}

#[tokio::test]
async fn a_portal_is_set_up_shared_and_closed() {
    let dynamo = Dynamo::start().await;
    let api = Api::on(&dynamo).await;
    let client = client(&api);
    let (portal_id, portal_arn, project_id) = plant(&client).await;

    let of_user = grant(&client, user(), portal(&portal_id), &token(1)).await;
    let of_group = grant(&client, group(), project(&project_id), &token(2)).await;
    let of_iam_user = grant(&client, iam_user(), portal(&portal_id), &token(3)).await;
    let of_iam_role = grant(&client, iam_role(), project(&project_id), &token(4)).await;
    let again = grant(&client, iam_role(), project(&project_id), &token(4)).await;
    assert_eq!(again, of_iam_role);

    let all = client
        .list_access_policies()
        .max_results(1)
        .into_paginator()
        .items()
        .send();
    let all: Vec<_> = all.collect::<Result<Vec<_>, _>>().await.unwrap();
    let ids: BTreeSet<&str> = all.iter().map(|policy| policy.id()).collect();
    assert_eq!(all.len(), 4);
    assert_eq!(
        ids,
        BTreeSet::from([&*of_user, &*of_group, &*of_iam_user, &*of_iam_role])
    );
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/operator");
    for (query, expected) in [
        (
            client
                .list_access_policies()
                .identity_type(IdentityType::User)
                .identity_id("u-1"),
            vec![&of_user],
        ),
        (
            client
                .list_access_policies()
                .identity_type(IdentityType::Group)
                .identity_id("g-1"),
            vec![&of_group],
        ),
        (
            client
                .list_access_policies()
                .identity_type(IdentityType::Iam)
                .iam_arn(arn),
            vec![&of_iam_role],
        ),
        (
            client
                .list_access_policies()
                .resource_type(ResourceType::Portal)
                .resource_id(&portal_id),
            vec![&of_user, &of_iam_user],
        ),
    ] {
        let page = query.send().await.unwrap();
        let found: BTreeSet<&str> = page
            .access_policy_summaries()
            .iter()
            .map(|policy| policy.id())
            .collect();
        assert_eq!(found, expected.into_iter().map(String::as_str).collect());
    }

    client
        .update_access_policy()
        .access_policy_id(&of_user)
        .access_policy_identity(group())
        .access_policy_resource(project(&project_id))
        .access_policy_permission(Permission::Administrator)
        .send()
        .await
        .unwrap();
    let changed = client
        .describe_access_policy()
        .access_policy_id(&of_user)
        .send()
        .await
        .unwrap();
    assert_eq!(changed.access_policy_identity(), Some(&group()));
    assert_eq!(changed.access_policy_resource(), Some(&project(&project_id)));
    assert_eq!(changed.access_policy_permission(), &Permission::Administrator);
    assert!(changed.access_policy_last_update_date() >= changed.access_policy_creation_date());

    client
        .tag_resource()
        .resource_arn(&portal_arn)
        .tags("a b", "é/+&=?")
        .send()
        .await
        .unwrap();
    client
        .untag_resource()
        .resource_arn(&portal_arn)
        .tag_keys("site")
        .tag_keys("none")
        .send()
        .await
        .unwrap();
    let tags = client
        .list_tags_for_resource()
        .resource_arn(&portal_arn)
        .send()
        .await
        .unwrap();
    assert_eq!(
        tags.tags().unwrap().iter().collect::<Vec<_>>(),
        [(&"a b".to_owned(), &"é/+&=?".to_owned())]
    );

    let refused = client
        .delete_portal()
        .portal_id(&portal_id)
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(refused.is_conflicting_operation_exception(), "{refused:?}");

    // Any text without spaces is a token; sent twice, it is one deletion.
    for policy in [&of_user, &of_user, &of_group, &of_iam_user, &of_iam_role] {
        let unwanted = client
            .delete_access_policy()
            .access_policy_id(policy)
            .client_token(policy);
        unwanted.send().await.unwrap();
    }
    let left = client.list_access_policies().send().await.unwrap();
    assert_eq!(left.access_policy_summaries(), []);
    client
        .delete_project()
        .project_id(&project_id)
        .send()
        .await
        .unwrap();
    let deleted = client.delete_portal().portal_id(&portal_id).send().await.unwrap();
    assert_eq!(deleted.portal_status().unwrap().state(), &PortalState::Deleting);
    let gone = client
        .describe_portal()
        .portal_id(&portal_id)
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(gone.is_resource_not_found_exception(), "{gone:?}");

    let for_gateway = Seen {
        host: "api.example.com".to_owned(),
        service: "execute-api".to_owned(),
    };
    assert_eq!(api.seen(), [for_gateway]);
}

#[tokio::test]
async fn refusals_are_the_types_of_the_sdk() {
    let dynamo = Dynamo::start().await;
    let api = Api::on(&dynamo).await;
    let client = client(&api);
    let absent = "11111111-1111-4111-8111-111111111111";

    let unknown = client
        .describe_access_policy()
        .access_policy_id(absent)
        .send()
        .await
        .unwrap_err();
    assert!(unknown.into_service_error().is_resource_not_found_exception());
    let create = |permission: &str| {
        client
            .create_access_policy()
            .access_policy_identity(user())
            .access_policy_resource(portal(absent))
            .access_policy_permission(permission.into())
            .send()
    };
    let no_parent = create("VIEWER").await.unwrap_err().into_service_error();
    assert!(no_parent.is_resource_not_found_exception(), "{no_parent:?}");
    let invalid = create("OWNER").await.unwrap_err().into_service_error();
    assert!(invalid.is_invalid_request_exception(), "{invalid:?}");
    assert!(
        invalid.to_string().contains("accessPolicyPermission"),
        "{invalid}"
    );
    let many = (0..51)
        .map(|number| (number.to_string(), String::new()))
        .collect();
    let many = client.create_portal().set_tags(Some(many)).portal_name("x");
    let many = many
        .portal_contact_email("a@example.com")
        .role_arn("arn:aws:iam::1:role/x")
        .send()
        .await;
    assert!(
        many.unwrap_err()
            .into_service_error()
            .is_invalid_request_exception()
    );
}
