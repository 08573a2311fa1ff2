//! Tests access policies by the Rust SDK, set up as the page about clients says.

use std::collections::BTreeSet;

use aws_sdk_iotsitewise::Client;
use aws_sdk_iotsitewise::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_iotsitewise::config::retry::RetryConfig;
use aws_sdk_iotsitewise::config::{
    BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents,
};
use aws_sdk_iotsitewise::error::BoxError;
use aws_sdk_iotsitewise::types::{
    AccessPolicySummary, GroupIdentity, IamRoleIdentity, IamUserIdentity, Identity, IdentityType, Permission,
    PortalResource, PortalState, ProjectResource, Resource, ResourceType, UserIdentity,
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

/// Returns a client as it is set up for a deployed stack, on a connector of the test.
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

/// A portal with a project in it, shared with everybody
struct Plant {
    _dynamo: Dynamo,
    api: Api,
    client: Client,
    portal: String,
    portal_arn: String,
    project: String,
    of_user: String,
    of_group: String,
    of_iam_user: String,
    of_iam_role: String,
}

impl Plant {
    async fn new() -> Self {
        let dynamo = Dynamo::start().await;
        let api = Api::on(&dynamo).await;
        let client = client(&api);
        let made = client
            .create_portal()
            .portal_name("plant")
            .portal_contact_email("operator@example.com")
            .role_arn(format!("arn:aws:iam::{ACCOUNT}:role/portal"))
            .tags("site", "north")
            .send()
            .await
            .unwrap();
        assert_eq!(made.portal_status().unwrap().state(), &PortalState::Creating);
        let (id, portal_arn) = (made.portal_id, made.portal_arn);
        let described = client.describe_portal().portal_id(&id).send().await.unwrap();
        assert_eq!(described.portal_status().unwrap().state(), &PortalState::Active);
        let line = client.create_project().portal_id(&id).project_name("line");
        let project_id = line.send().await.unwrap().project_id;
        Self {
            of_user: grant(&client, user(), portal(&id), &token(1)).await,
            of_group: grant(&client, group(), project(&project_id), &token(2)).await,
            of_iam_user: grant(&client, iam_user(), portal(&id), &token(3)).await,
            of_iam_role: grant(&client, iam_role(), project(&project_id), &token(4)).await,
            _dynamo: dynamo,
            api,
            client,
            portal: id,
            portal_arn,
            project: project_id,
        }
    }

    fn grants(&self) -> [&String; 4] {
        [
            &self.of_user,
            &self.of_group,
            &self.of_iam_user,
            &self.of_iam_role,
        ]
    }
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
async fn what_is_sent_is_what_the_gateway_verifies() {
    let plant = Plant::new().await;
    let for_gateway = Seen {
        host: "api.example.com".to_owned(),
        service: "execute-api".to_owned(),
    };
    // The host prefixes differ: `monitor.` for the portal, `api.` for tags.
    let tags = plant
        .client
        .list_tags_for_resource()
        .resource_arn(&plant.portal_arn);
    tags.send().await.unwrap();
    assert_eq!(plant.api.seen(), [for_gateway]);
}

#[tokio::test]
async fn the_same_token_is_the_same_grant() {
    let plant = Plant::new().await;
    let again = grant(&plant.client, iam_role(), project(&plant.project), &token(4)).await;
    assert_eq!(again, plant.of_iam_role);
    let new = grant(&plant.client, iam_role(), project(&plant.project), &token(5)).await;
    assert_ne!(new, plant.of_iam_role);
}

#[tokio::test]
async fn every_filter_finds_its_own() {
    let plant = Plant::new().await;
    let list = || plant.client.list_access_policies();
    let pages = list().max_results(1).into_paginator().items().send();
    let all = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    assert_eq!(all.len(), 4);
    let ids: BTreeSet<&str> = all.iter().map(AccessPolicySummary::id).collect();
    assert_eq!(ids, plant.grants().into_iter().map(String::as_str).collect());

    let (user, group, iam) = (IdentityType::User, IdentityType::Group, IdentityType::Iam);
    let role = format!("arn:aws:iam::{ACCOUNT}:role/operator");
    let on_portal = list()
        .resource_type(ResourceType::Portal)
        .resource_id(&plant.portal);
    for (query, expected) in [
        (
            list().identity_type(user).identity_id("u-1"),
            vec![&plant.of_user],
        ),
        (
            list().identity_type(group).identity_id("g-1"),
            vec![&plant.of_group],
        ),
        (list().identity_type(iam).iam_arn(role), vec![&plant.of_iam_role]),
        (on_portal, vec![&plant.of_user, &plant.of_iam_user]),
    ] {
        let page = query.send().await.unwrap();
        let found = page.access_policy_summaries().iter().map(AccessPolicySummary::id);
        let found: BTreeSet<&str> = found.collect();
        assert_eq!(found, expected.into_iter().map(String::as_str).collect());
    }
}

#[tokio::test]
async fn a_grant_is_changed_as_a_whole() {
    let plant = Plant::new().await;
    let update = plant
        .client
        .update_access_policy()
        .access_policy_id(&plant.of_user);
    let update = update
        .access_policy_identity(group())
        .access_policy_resource(project(&plant.project))
        .access_policy_permission(Permission::Administrator);
    update.send().await.unwrap();
    let describe = plant
        .client
        .describe_access_policy()
        .access_policy_id(&plant.of_user);
    let changed = describe.send().await.unwrap();
    assert_eq!(changed.access_policy_identity(), Some(&group()));
    assert_eq!(changed.access_policy_resource(), Some(&project(&plant.project)));
    assert_eq!(changed.access_policy_permission(), &Permission::Administrator);
    assert!(changed.access_policy_last_update_date() > changed.access_policy_creation_date());
}

#[tokio::test]
async fn tags_come_and_go() {
    let plant = Plant::new().await;
    let (client, arn) = (&plant.client, &plant.portal_arn);
    let odd = ("a b", "é/+&=?");
    let tag = client.tag_resource().resource_arn(arn).tags(odd.0, odd.1);
    tag.send().await.unwrap();
    let untag = client.untag_resource().resource_arn(arn);
    untag
        .tag_keys("site")
        .tag_keys("never there")
        .send()
        .await
        .unwrap();
    let left = client
        .list_tags_for_resource()
        .resource_arn(arn)
        .send()
        .await
        .unwrap();
    let left: Vec<_> = left
        .tags()
        .unwrap()
        .iter()
        .map(|(key, value)| (&**key, &**value))
        .collect();
    assert_eq!(left, [odd]);
}

#[tokio::test]
async fn a_portal_is_closed_when_nothing_is_in_it() {
    let plant = Plant::new().await;
    let client = &plant.client;
    let delete_portal = || client.delete_portal().portal_id(&plant.portal).send();
    let refused = delete_portal().await.unwrap_err().into_service_error();
    assert!(refused.is_conflicting_operation_exception(), "{refused:?}");

    // Any text without spaces is a token; sent twice, it is one deletion.
    for policy in plant.grants().into_iter().chain(plant.grants()) {
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
        .project_id(&plant.project)
        .send()
        .await
        .unwrap();
    let deleted = delete_portal().await.unwrap();
    assert_eq!(deleted.portal_status().unwrap().state(), &PortalState::Deleting);
    let gone = client
        .describe_portal()
        .portal_id(&plant.portal)
        .send()
        .await
        .unwrap_err();
    assert!(gone.into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn refusals_are_the_types_of_the_sdk() {
    let dynamo = Dynamo::start().await;
    let client = client(&Api::on(&dynamo).await);
    let absent = "11111111-1111-4111-8111-111111111111";

    let describe = client.describe_access_policy().access_policy_id(absent);
    let unknown = describe.send().await.unwrap_err().into_service_error();
    assert!(unknown.is_resource_not_found_exception(), "{unknown:?}");
    let create = |permission: &str| {
        let new = client.create_access_policy().access_policy_identity(user());
        let new = new.access_policy_resource(portal(absent));
        new.access_policy_permission(permission.into()).send()
    };
    let no_parent = create("VIEWER").await.unwrap_err().into_service_error();
    assert!(no_parent.is_resource_not_found_exception(), "{no_parent:?}");
    let invalid = create("OWNER").await.unwrap_err().into_service_error();
    assert!(invalid.is_invalid_request_exception(), "{invalid:?}");
    assert!(
        invalid.to_string().contains("accessPolicyPermission"),
        "{invalid}"
    );
}
