use api::access_policies::Error;
use api::{Failure, Reply, Request};
use jiff::Timestamp;
use model::access_policies::Deployment;
use serde_json::{Value, json};
use store::AccessPolicies;
use testkit::{Dynamo, Fault, Faults};

use super::{
    Creation, Moves, State, batch_associate_project_assets, create_access_policy, create_portal,
    create_project, delete_access_policy, delete_portal, delete_project, describe_access_policy,
    describe_portal, describe_project, list_access_policies, list_portals, list_project_assets,
    list_projects, list_tags_for_resource, tag_resource, untag_resource, update_access_policy, update_portal,
    update_project,
};

const NOWHERE: &str = "11111111-2222-4333-8444-555555555555";
const TOKEN: &str = "0123456789-0123456789-0123456789-012345";

/// The operations on a table of their own; each account may have one portal.
struct Service {
    _dynamo: Dynamo,
    faults: Faults,
    creation: Creation,
    moves: Moves,
    table: AccessPolicies,
}

impl Service {
    async fn new() -> Self {
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

    fn state(&self) -> &State {
        &self.creation.state
    }

    async fn portal(&self) -> String {
        let reply = create_portal::handle(&self.creation, request(&portal(), &Value::Null, ""))
            .await
            .unwrap();
        member(&reply, "portalId")
    }

    async fn project(&self, portal: &str) -> String {
        let body = json!({ "portalId": portal, "projectName": "Caps" });
        let reply = create_project::handle(&self.creation, request(&body, &Value::Null, ""))
            .await
            .unwrap();
        member(&reply, "projectId")
    }
}

fn portal() -> Value {
    json!({
        "portalName": "Line 7",
        "portalContactEmail": "line7@example.com",
        "roleArn": "arn:aws:iam::111122223333:role/portal",
    })
}

fn grant(portal: &str) -> Value {
    json!({
        "accessPolicyIdentity": { "iamUser": { "arn": "arn:aws:iam::111122223333:user/a" } },
        "accessPolicyResource": { "portal": { "id": portal } },
        "accessPolicyPermission": "VIEWER",
        "clientToken": TOKEN,
    })
}

/// Returns a request with a body, a query, and an id in its path whatever the parameter is called.
fn request(body: &Value, query: &Value, id: &str) -> Request {
    let event = json!({
        "body": body.to_string(),
        "queryStringParameters": query,
        "pathParameters": { "accessPolicyId": id, "portalId": id, "projectId": id },
        "requestContext": { "identity": { "accountId": "111122223333" } },
    });
    Request::from_event(event, Timestamp::from_millisecond(1_582_238_115_552).unwrap())
}

fn member(reply: &Reply, name: &str) -> String {
    let body: Value = serde_json::from_str(reply.body()).unwrap();
    body[name].as_str().unwrap().to_owned()
}

/// Returns the status, the type of an error, and the body, with names for ids.
fn shown(outcome: Result<Reply, Error>, ids: &[(&str, &str)]) -> String {
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

#[tokio::test]
async fn the_story_of_an_access_policy() {
    let service = Service::new().await;
    let (state, table) = (service.state(), &service.table);
    let portal = service.portal().await;
    let made = create_access_policy::handle(&service.creation, request(&grant(&portal), &Value::Null, ""))
        .await
        .unwrap();
    let id = member(&made, "accessPolicyId");
    let about = |body: Value, query: Value| request(&body, &query, &id);
    let mut changed = grant(&portal);
    changed["accessPolicyIdentity"] = json!({ "group": { "id": "g-1" } });
    let mut other = grant(&portal);
    other["accessPolicyPermission"] = json!("ADMINISTRATOR");
    let mut nowhere = grant(NOWHERE);
    nowhere["clientToken"] = Value::Null;
    let token = json!({ "clientToken": TOKEN });
    let ids = [("<portal>", portal.as_str()), ("<policy>", id.as_str())];
    let show = |outcome| shown(outcome, &ids);
    let story = [
        show(Ok(made)),
        show(create_access_policy::handle(&service.creation, about(grant(&portal), Value::Null)).await),
        show(create_access_policy::handle(&service.creation, about(other.clone(), Value::Null)).await),
        show(create_access_policy::handle(&service.creation, about(nowhere, Value::Null)).await),
        show(describe_access_policy::handle(state, about(Value::Null, Value::Null)).await),
        show(list_access_policies::handle(table, about(Value::Null, Value::Null)).await),
        show(list_access_policies::handle(table, about(Value::Null, json!({ "maxResults": "0" }))).await),
        show(list_access_policies::handle(table, about(Value::Null, json!({ "nextToken": "AQ==" }))).await),
        show(update_access_policy::handle(&service.moves, about(changed, Value::Null)).await),
        show(update_access_policy::handle(&service.moves, about(other, Value::Null)).await),
        show(
            update_access_policy::handle(&service.moves, request(&grant(&portal), &Value::Null, NOWHERE))
                .await,
        ),
        show(describe_access_policy::handle(state, about(Value::Null, Value::Null)).await),
        show(delete_access_policy::handle(table, about(Value::Null, token.clone())).await),
        show(delete_access_policy::handle(table, about(Value::Null, token.clone())).await),
        show(delete_access_policy::handle(table, request(&Value::Null, &token, NOWHERE)).await),
        show(delete_access_policy::handle(table, about(Value::Null, Value::Null)).await),
        show(describe_access_policy::handle(state, request(&Value::Null, &Value::Null, "%zz")).await),
    ];
    insta::assert_snapshot!(story.join("\n"), @r#"
    201 - {"accessPolicyId":"<policy>","accessPolicyArn":"arn:aws:iotsitewise:us-east-1:111122223333:access-policy/<policy>"}
    201 - {"accessPolicyId":"<policy>","accessPolicyArn":"arn:aws:iotsitewise:us-east-1:111122223333:access-policy/<policy>"}
    400 InvalidRequestException {"message":"The client token was used before with other parameters"}
    404 ResourceNotFoundException {"message":"There is no such portal or project"}
    200 - {"accessPolicyId":"<policy>","accessPolicyArn":"arn:aws:iotsitewise:us-east-1:111122223333:access-policy/<policy>","accessPolicyIdentity":{"iamUser":{"arn":"arn:aws:iam::111122223333:user/a"}},"accessPolicyResource":{"portal":{"id":"<portal>"}},"accessPolicyPermission":"VIEWER","accessPolicyCreationDate":1582238115.552,"accessPolicyLastUpdateDate":1582238115.552}
    200 - {"accessPolicySummaries":[{"id":"<policy>","identity":{"iamUser":{"arn":"arn:aws:iam::111122223333:user/a"}},"resource":{"portal":{"id":"<portal>"}},"permission":"VIEWER","creationDate":1582238115.552,"lastUpdateDate":1582238115.552}]}
    400 InvalidRequestException {"message":"1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must be between 1 and 250, inclusive"}
    400 InvalidRequestException {"message":"1 validation error detected: Value at 'nextToken' failed to satisfy constraint: Member must be the token of the page before, asked for with the same filters"}
    200 - {}
    400 InvalidRequestException {"message":"The client token was used before with other parameters"}
    400 InvalidRequestException {"message":"The client token was used before with other parameters"}
    200 - {"accessPolicyId":"<policy>","accessPolicyArn":"arn:aws:iotsitewise:us-east-1:111122223333:access-policy/<policy>","accessPolicyIdentity":{"group":{"id":"g-1"}},"accessPolicyResource":{"portal":{"id":"<portal>"}},"accessPolicyPermission":"VIEWER","accessPolicyCreationDate":1582238115.552,"accessPolicyLastUpdateDate":1582238115.552}
    204 -
    204 -
    400 InvalidRequestException {"message":"The client token was used before with other parameters"}
    404 ResourceNotFoundException {"message":"There is no such access policy"}
    400 InvalidRequestException {"message":"1 validation error detected: Value at 'accessPolicyId' failed to satisfy constraint: Member must have length between 36 and 36, inclusive"}
    "#);
}

#[tokio::test]
async fn the_story_of_a_portal_and_its_project() {
    let service = Service::new().await;
    let (state, table) = (service.state(), &service.table);
    let nothing = |id: &str| request(&Value::Null, &Value::Null, id);
    let mut full = portal();
    full["portalDescription"] = json!("Bottling");
    full["alarms"] = json!({ "alarmRoleArn": "arn:aws:iam::111122223333:role/alarms" });
    full["portalType"] = json!("SITEWISE_PORTAL_V2");
    full["portalTypeConfiguration"] = json!({ "tools": { "portalTools": ["ASSISTANT"] } });
    full["portalLogoImageFile"] = json!({ "data": "iVBORw==", "type": "PNG" });
    let made = create_portal::handle(&service.creation, request(&full, &Value::Null, ""))
        .await
        .unwrap();
    let portal_id = member(&made, "portalId");
    let project = service.project(&portal_id).await;
    let of_portal = json!({ "portalId": portal_id });
    let one_more = json!({ "portalId": portal_id, "projectName": "Caps" });
    let nowhere = json!({ "portalId": NOWHERE, "projectName": "Caps" });
    let ids = [("<portal>", portal_id.as_str()), ("<project>", project.as_str())];
    let story = [
        shown(Ok(made), &ids),
        shown(
            create_portal::handle(&service.creation, request(&portal(), &Value::Null, "")).await,
            &ids,
        ),
        shown(describe_portal::handle(state, nothing(&portal_id)).await, &ids),
        shown(list_portals::handle(table, nothing("")).await, &ids),
        shown(
            create_project::handle(&service.creation, request(&one_more, &Value::Null, "")).await,
            &ids,
        ),
        shown(
            create_project::handle(&service.creation, request(&nowhere, &Value::Null, "")).await,
            &ids,
        ),
        shown(describe_project::handle(state, nothing(&project)).await, &ids),
        shown(
            list_projects::handle(table, request(&Value::Null, &of_portal, "")).await,
            &ids,
        ),
        shown(list_projects::handle(table, nothing("")).await, &ids),
        shown(delete_portal::handle(state, nothing(&portal_id)).await, &ids),
        shown(delete_project::handle(table, nothing(&project)).await, &ids),
        shown(delete_project::handle(table, nothing(&project)).await, &ids),
        shown(delete_portal::handle(state, nothing(&portal_id)).await, &ids),
        shown(delete_portal::handle(state, nothing(&portal_id)).await, &ids),
        shown(describe_portal::handle(state, nothing(&portal_id)).await, &ids),
        shown(describe_project::handle(state, nothing(&project)).await, &ids),
        shown(list_portals::handle(table, nothing("")).await, &ids),
    ];
    insta::assert_snapshot!(story.join("\n"), @r#"
    202 - {"portalId":"<portal>","portalArn":"arn:aws:iotsitewise:us-east-1:111122223333:portal/<portal>","portalStartUrl":"https://<portal>.app.iotsitewise.aws","portalStatus":{"state":"CREATING"},"ssoApplicationId":"ins-<portal>:16"}
    410 LimitExceededException {"message":"The number of portals of an account is limited to 1"}
    200 - {"portalId":"<portal>","portalArn":"arn:aws:iotsitewise:us-east-1:111122223333:portal/<portal>","portalName":"Line 7","portalDescription":"Bottling","portalClientId":"E-<portal>:24","portalStartUrl":"https://<portal>.app.iotsitewise.aws","portalContactEmail":"line7@example.com","portalStatus":{"state":"ACTIVE"},"portalCreationDate":1582238115.552,"portalLastUpdateDate":1582238115.552,"roleArn":"arn:aws:iam::111122223333:role/portal","portalAuthMode":"SSO","alarms":{"alarmRoleArn":"arn:aws:iam::111122223333:role/alarms"},"portalType":"SITEWISE_PORTAL_V2","portalTypeConfiguration":{"tools":{"portalTools":["ASSISTANT"]}}}
    200 - {"portalSummaries":[{"id":"<portal>","name":"Line 7","description":"Bottling","startUrl":"https://<portal>.app.iotsitewise.aws","creationDate":1582238115.552,"lastUpdateDate":1582238115.552,"roleArn":"arn:aws:iam::111122223333:role/portal","status":{"state":"ACTIVE"},"portalType":"SITEWISE_PORTAL_V2"}]}
    410 LimitExceededException {"message":"The number of projects of a portal is limited to 1"}
    404 ResourceNotFoundException {"message":"There is no such portal"}
    200 - {"projectId":"<project>","projectArn":"arn:aws:iotsitewise:us-east-1:111122223333:project/<project>","projectName":"Caps","portalId":"<portal>","projectCreationDate":1582238115.552,"projectLastUpdateDate":1582238115.552}
    200 - {"projectSummaries":[{"id":"<project>","name":"Caps","creationDate":1582238115.552,"lastUpdateDate":1582238115.552}]}
    400 InvalidRequestException {"message":"1 validation error detected: Value at 'portalId' failed to satisfy constraint: Member must not be null"}
    409 ConflictingOperationException {"message":"The portal has projects; delete them first","resourceId":"<portal>","resourceArn":"arn:aws:iotsitewise:us-east-1:111122223333:portal/<portal>"}
    204 -
    404 ResourceNotFoundException {"message":"There is no such project"}
    202 - {"portalStatus":{"state":"DELETING"}}
    404 ResourceNotFoundException {"message":"There is no such portal"}
    404 ResourceNotFoundException {"message":"There is no such portal"}
    404 ResourceNotFoundException {"message":"There is no such project"}
    200 - {"portalSummaries":[]}
    "#);
}

#[tokio::test]
async fn a_portal_and_its_project_are_replaced_and_keep_their_tags() {
    let service = Service::new().await;
    let (state, table) = (service.state(), &service.table);
    let portal_id = service.portal().await;
    let project_id = service.project(&portal_id).await;
    let ids = [
        ("<portal>", portal_id.as_str()),
        ("<project>", project_id.as_str()),
    ];
    let arn =
        json!({ "resourceArn": format!("arn:aws:iotsitewise:us-east-1:111122223333:portal/{portal_id}") });
    let tags = json!({ "tags": { "a": "1" } });
    tag_resource::handle(state, request(&tags, &arn, ""))
        .await
        .unwrap();
    let mut said = portal();
    said["portalName"] = json!("Line 8");
    said["portalDescription"] = json!("new");
    said["portalType"] = json!("SITEWISE_PORTAL_V2");
    said["portalLogoImage"] = json!({ "file": { "data": "YQ==", "type": "PNG" } });
    said["clientToken"] = json!(TOKEN);
    let nothing = |id: &str| request(&Value::Null, &Value::Null, id);
    let update = |said: &Value| request(said, &Value::Null, &portal_id);
    let project = json!({ "projectName": "Corks", "projectDescription": "new" });
    let assets = json!({ "assetIds": [NOWHERE] });
    let show = |outcome| shown(outcome, &ids);
    let mut story = vec![
        show(update_portal::handle(table, update(&said)).await),
        show(describe_portal::handle(state, nothing(&portal_id)).await),
    ];
    // Another update follows, and then the first one again under its token: it has happened already and changes nothing.
    story.push(show(update_portal::handle(table, update(&portal())).await));
    story.push(show(update_portal::handle(table, update(&said)).await));
    story.push(show(describe_portal::handle(state, nothing(&portal_id)).await));
    said["portalName"] = json!("Line 9");
    story.push(show(update_portal::handle(table, update(&said)).await));
    story.push(show(
        list_tags_for_resource::handle(state, request(&Value::Null, &arn, "")).await,
    ));
    story.push(show(
        update_project::handle(table, request(&project, &Value::Null, &project_id)).await,
    ));
    story.push(show(describe_project::handle(state, nothing(&project_id)).await));
    story.push(show(list_project_assets::handle(&(), nothing(&project_id)).await));
    story.push(show(
        list_project_assets::handle(
            &(),
            request(&Value::Null, &json!({ "nextToken": "AQ==" }), &project_id),
        )
        .await,
    ));
    story.push(show(
        batch_associate_project_assets::handle(table, request(&assets, &Value::Null, &project_id)).await,
    ));
    insta::assert_snapshot!(story.join("\n"), @r#"
    202 - {"portalStatus":{"state":"UPDATING"}}
    200 - {"portalId":"<portal>","portalArn":"arn:aws:iotsitewise:us-east-1:111122223333:portal/<portal>","portalName":"Line 8","portalDescription":"new","portalClientId":"E-<portal>:24","portalStartUrl":"https://<portal>.app.iotsitewise.aws","portalContactEmail":"line7@example.com","portalStatus":{"state":"ACTIVE"},"portalCreationDate":1582238115.552,"portalLastUpdateDate":1582238115.552,"roleArn":"arn:aws:iam::111122223333:role/portal","portalAuthMode":"SSO","portalType":"SITEWISE_PORTAL_V2"}
    202 - {"portalStatus":{"state":"UPDATING"}}
    202 - {"portalStatus":{"state":"UPDATING"}}
    200 - {"portalId":"<portal>","portalArn":"arn:aws:iotsitewise:us-east-1:111122223333:portal/<portal>","portalName":"Line 7","portalClientId":"E-<portal>:24","portalStartUrl":"https://<portal>.app.iotsitewise.aws","portalContactEmail":"line7@example.com","portalStatus":{"state":"ACTIVE"},"portalCreationDate":1582238115.552,"portalLastUpdateDate":1582238115.552,"roleArn":"arn:aws:iam::111122223333:role/portal","portalAuthMode":"SSO"}
    400 InvalidRequestException {"message":"The client token was used before with other parameters"}
    200 - {"tags":{"a":"1"}}
    200 - {}
    200 - {"projectId":"<project>","projectArn":"arn:aws:iotsitewise:us-east-1:111122223333:project/<project>","projectName":"Corks","portalId":"<portal>","projectDescription":"new","projectCreationDate":1582238115.552,"projectLastUpdateDate":1582238115.552}
    200 - {"assetIds":[]}
    400 InvalidRequestException {"message":"1 validation error detected: Value at 'nextToken' failed to satisfy constraint: Member must be the token of the page before, asked for with the same filters"}
    404 ResourceNotFoundException {"message":"There is no such asset"}
    "#);
}

#[tokio::test]
async fn the_story_of_tags() {
    let service = Service::new().await;
    let (state, portal) = (service.state(), service.portal().await);
    let arn = format!("arn:aws:iotsitewise:us-east-1:111122223333:portal/{portal}");
    let about = |arn: &str, body: Value| request(&body, &json!({ "resourceArn": arn, "tagKeys": "a" }), "");
    let many: serde_json::Map<String, Value> =
        (0..50).map(|number| (format!("k{number}"), json!(""))).collect();
    let foreign = arn.replace("111122223333", "999999999999");
    let ids = [("<portal>", portal.as_str())];
    let story = [
        shown(
            list_tags_for_resource::handle(state, about(&arn, Value::Null)).await,
            &ids,
        ),
        shown(
            tag_resource::handle(state, about(&arn, json!({ "tags": { "a": "1", "b": "" } }))).await,
            &ids,
        ),
        shown(
            tag_resource::handle(state, about(&arn, json!({ "tags": many }))).await,
            &ids,
        ),
        shown(
            tag_resource::handle(state, about(&arn, json!({ "tags": { "aws:a": "1" } }))).await,
            &ids,
        ),
        shown(
            untag_resource::handle(state, about(&arn, Value::Null)).await,
            &ids,
        ),
        shown(
            list_tags_for_resource::handle(state, about(&arn, Value::Null)).await,
            &ids,
        ),
        shown(
            list_tags_for_resource::handle(state, about(&foreign, Value::Null)).await,
            &ids,
        ),
        shown(
            tag_resource::handle(state, about(&foreign, json!({ "tags": { "a": "1" } }))).await,
            &ids,
        ),
        shown(
            untag_resource::handle(state, about("portal", Value::Null)).await,
            &ids,
        ),
    ];
    insta::assert_snapshot!(story.join("\n"), @r#"
    200 - {"tags":{}}
    200 - {}
    400 TooManyTagsException {"message":"A resource can have at most 50 tags","resourceName":"arn:aws:iotsitewise:us-east-1:111122223333:portal/<portal>"}
    400 InvalidRequestException {"message":"1 validation error detected: Value at 'tags' failed to satisfy constraint: Map keys must not start with aws:"}
    200 - {}
    200 - {"tags":{"b":""}}
    404 ResourceNotFoundException {"message":"There is no such resource"}
    404 ResourceNotFoundException {"message":"There is no such resource"}
    400 InvalidRequestException {"message":"1 validation error detected: Value at 'resourceArn' failed to satisfy constraint: Member must be the ARN of an access policy, a portal or a project of this API"}
    "#);
}

/// Answers of every operation to the same kind of request.
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
