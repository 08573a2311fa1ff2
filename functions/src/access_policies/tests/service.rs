//! This module holds the operations on a table of their own, and the requests that the tests send.

use crate::access_policies::{Creation, Moves, State, create_portal, create_project};
use api::access_policies::Error;
use api::{Failure, Reply, Request};
use jiff::Timestamp;
use model::access_policies::Deployment;
use serde_json::{Value, json};
use store::AccessPolicies;
use testkit::{Dynamo, Faults};

pub(super) const NOWHERE: &str = "11111111-2222-4333-8444-555555555555";
pub(super) const TOKEN: &str = "0123456789-0123456789-0123456789-012345";

/// The operations on a table of their own; each account may have one portal.
pub(super) struct Service {
    _dynamo: Dynamo,
    pub(super) faults: Faults,
    pub(super) creation: Creation,
    pub(super) moves: Moves,
    pub(super) table: AccessPolicies,
}

impl Service {
    pub(super) async fn new() -> Self {
        let dynamo = Dynamo::start().await;
        dynamo.create_table("AccessPoliciesTable").await;
        let faults = Faults::default();
        let table = || AccessPolicies::new(dynamo.client_through(&faults), "AccessPoliciesTable".to_owned());
        let deployment = Deployment {
            partition: "aws".to_owned(),
            region: "us-east-1".to_owned(),
        };
        Self {
            creation: Creation {
                state: State {
                    table: table(),
                    deployment,
                },
                limit: 1,
            },
            moves: Moves::new(table(), 1),
            table: table(),
            _dynamo: dynamo,
            faults,
        }
    }

    pub(super) fn state(&self) -> &State {
        &self.creation.state
    }

    pub(super) async fn portal(&self) -> String {
        let reply = create_portal::handle(&self.creation, request(&portal(), &Value::Null, ""))
            .await
            .unwrap();
        member(&reply, "portalId")
    }

    pub(super) async fn project(&self, portal: &str) -> String {
        let body = json!({ "portalId": portal, "projectName": "Caps" });
        let reply = create_project::handle(&self.creation, request(&body, &Value::Null, ""))
            .await
            .unwrap();
        member(&reply, "projectId")
    }
}

pub(super) fn portal() -> Value {
    json!({
        "portalName": "Line 7",
        "portalContactEmail": "line7@example.com",
        "roleArn": "arn:aws:iam::111122223333:role/portal",
    })
}

pub(super) fn grant(portal: &str) -> Value {
    json!({
        "accessPolicyIdentity": { "iamUser": { "arn": "arn:aws:iam::111122223333:user/a" } },
        "accessPolicyResource": { "portal": { "id": portal } },
        "accessPolicyPermission": "VIEWER",
        "clientToken": TOKEN,
    })
}

/// Returns a request with a body, a query, and an id in its path whatever the parameter is called.
pub(super) fn request(body: &Value, query: &Value, id: &str) -> Request {
    let event = json!({
        "body": body.to_string(),
        "queryStringParameters": query,
        "pathParameters": { "accessPolicyId": id, "portalId": id, "projectId": id },
        "requestContext": { "identity": { "accountId": "111122223333" } },
    });
    Request::from_event(event, Timestamp::from_millisecond(1_582_238_115_552).unwrap())
}

pub(super) fn member(reply: &Reply, name: &str) -> String {
    let body: Value = serde_json::from_str(reply.body()).unwrap();
    body[name].as_str().unwrap().to_owned()
}

/// Returns status, type of an error, and body, with names for ids.
pub(super) fn shown(outcome: Result<Reply, Error>, ids: &[(&str, &str)]) -> String {
    let reply = outcome.unwrap_or_else(|error| error.reply());
    let kind = reply.header("x-amzn-errortype").unwrap_or("-");
    let mut text = format!("{} {kind} {}", reply.code(), reply.body());
    for (name, id) in ids {
        text = text.replace(id, name);
        for count in [24, 16] {
            let digits: String = id.chars().filter(|&c| c != '-').take(count).collect();
            text = text.replace(&digits, &format!("{name}:{count}"));
        }
    }
    text.trim_end().to_owned()
}
