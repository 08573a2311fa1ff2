//! Each test tells the story of one resource: each step depends on what the steps before it stored.

use super::service::{NOWHERE, Service, TOKEN, grant, member, portal, request, shown};
use crate::access_policies::{
    batch_associate_project_assets, create_access_policy, create_portal, create_project,
    delete_access_policy, delete_portal, delete_project, describe_access_policy, describe_portal,
    describe_project, list_access_policies, list_portals, list_project_assets, list_projects,
    list_tags_for_resource, tag_resource, untag_resource, update_access_policy, update_portal,
    update_project,
};
use serde_json::{Value, json};

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
    // Another update, then the first one again under its token: it has happened and changes nothing.
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
