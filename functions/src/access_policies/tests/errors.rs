//! These tests hold what every operation answers when the store fails, the caller is unknown or the request is wrong in form.

use super::service::{NOWHERE, Service, grant, request};
use crate::access_policies::{
    batch_associate_project_assets, create_access_policy, create_portal, create_project,
    delete_access_policy, delete_portal, delete_project, describe_access_policy, describe_portal,
    describe_project, list_access_policies, list_portals, list_projects, list_tags_for_resource,
    tag_resource, untag_resource, update_access_policy, update_portal, update_project,
};
use api::access_policies::Error;
use api::{Failure, Reply, Request};
use jiff::Timestamp;
use serde_json::json;
use testkit::Fault;

/// Returns the answers of every operation to the same kind of request.
async fn everywhere(service: &Service, request: impl Fn() -> Request) -> Vec<(&'static str, u16, String)> {
    let (creation, state, table) = (&service.creation, service.state(), &service.table);
    let outcomes = [
        ("create", create_access_policy::handle(creation, request()).await),
        ("describe", describe_access_policy::handle(state, request()).await),
        ("list", list_access_policies::handle(table, request()).await),
        (
            "update",
            update_access_policy::handle(&service.moves, request()).await,
        ),
        ("delete", delete_access_policy::handle(table, request()).await),
        ("create_portal", create_portal::handle(creation, request()).await),
        ("describe_portal", describe_portal::handle(state, request()).await),
        ("update_portal", update_portal::handle(table, request()).await),
        ("update_project", update_project::handle(table, request()).await),
        (
            "batch_associate_project_assets",
            batch_associate_project_assets::handle(table, request()).await,
        ),
        ("list_portals", list_portals::handle(table, request()).await),
        ("delete_portal", delete_portal::handle(state, request()).await),
        (
            "create_project",
            create_project::handle(creation, request()).await,
        ),
        (
            "describe_project",
            describe_project::handle(state, request()).await,
        ),
        ("list_projects", list_projects::handle(table, request()).await),
        ("delete_project", delete_project::handle(table, request()).await),
        ("tag", tag_resource::handle(state, request()).await),
        ("untag", untag_resource::handle(state, request()).await),
        (
            "list_tags",
            list_tags_for_resource::handle(state, request()).await,
        ),
    ];
    let answer = |(name, outcome): (&'static str, Result<Reply, Error>)| {
        let reply = outcome.unwrap_or_else(|error| error.reply());
        let kind = reply.header("x-amzn-errortype").unwrap_or_default().to_owned();
        (name, reply.code(), kind)
    };
    outcomes.into_iter().map(answer).collect()
}

/// Returns a request that is right for every operation, about things that are not there.
fn right() -> Request {
    let mut body = grant(NOWHERE);
    let arn = format!("arn:aws:iotsitewise:us-east-1:111122223333:portal/{NOWHERE}");
    let more = json!({
        "portalName": "Line 7",
        "portalContactEmail": "line7@example.com",
        "roleArn": "arn:aws:iam::111122223333:role/portal",
        "portalId": NOWHERE,
        "projectName": "Caps",
        "tags": { "a": "1" },
        "assetIds": [NOWHERE],
    });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let query = json!({ "portalId": NOWHERE, "resourceArn": arn, "tagKeys": "a" });
    request(&body, &query, NOWHERE)
}

#[tokio::test]
async fn without_an_identity_nothing_is_done_anywhere() {
    let service = Service::new().await;
    let answers = everywhere(&service, || Request::from_event(json!({}), Timestamp::UNIX_EPOCH)).await;
    for (name, status, kind) in answers {
        assert_eq!((status, kind.as_str()), (403, "AccessDeniedException"), "{name}");
    }
    assert!(service.faults.requests().is_empty());
}

#[tokio::test]
async fn a_request_wrong_in_form_never_touches_the_table() {
    let service = Service::new().await;
    let wrong = || {
        let query = json!({ "maxResults": "x", "clientToken": "x", "resourceArn": "x" });
        request(&json!({ "clientToken": 1, "tags": [] }), &query, "x")
    };
    for (name, status, kind) in everywhere(&service, wrong).await {
        assert_eq!(
            (status, kind.as_str()),
            (400, "InvalidRequestException"),
            "{name}"
        );
    }
    assert!(service.faults.requests().is_empty());
}

#[tokio::test]
async fn every_operation_answers_only_errors_of_its_own() {
    let service = Service::new().await;
    let unknown = everywhere(&service, right).await;
    for (name, status, _) in &unknown {
        let expected = match *name {
            "list" | "list_portals" | "list_projects" => 200,
            "create_portal" => 202,
            _ => 404,
        };
        assert_eq!(*status, expected, "{name}");
    }
    for (fault, expected, expected_kind) in [
        (Fault::Throttle, 429, "ThrottlingException"),
        (Fault::Break, 500, "InternalFailureException"),
        (Fault::LoseReply, 500, "InternalFailureException"),
    ] {
        service.faults.always(Some(fault.clone()));
        for (name, status, kind) in everywhere(&service, right).await {
            assert_eq!(
                (status, kind.as_str()),
                (expected, expected_kind),
                "{name} {fault:?}"
            );
        }
    }
}
