use model::access_policies::{CreatePortal, ListPortals, ResourceKind, Tags};
use serde_json::json;

use super::world::{World, account, at, grant, id_of, mint, portal, project, query, removal, tags};
use crate::access_policies::{Created, Tagged};

#[tokio::test]
async fn a_portal_is_read_back_as_it_was_described() {
    let world = World::new().await;
    let body = json!({
        "portalName": "Linie 7 – Füllung",
        "portalDescription": "Bottling",
        "portalContactEmail": "line7@example.com",
        "roleArn": "arn:aws:iam::111122223333:role/portal",
        "portalAuthMode": "IAM",
        "notificationSenderEmail": "alarms@example.com",
        "alarms": { "alarmRoleArn": "arn:aws:iam::111122223333:role/alarms" },
        "portalType": "SITEWISE_PORTAL_V2",
        "portalTypeConfiguration": { "tools": { "portalTools": ["ASSISTANT"] }, "none": {} },
        "tags": { "a": "" },
    });
    let new = CreatePortal::from_request(&model::json::object(body.to_string().as_bytes()).unwrap()).unwrap();
    let created = world
        .store
        .create_portal(&account(), &new, mint(), 0, at(7))
        .await;
    let id = id_of(created);
    let found = world.store.portal(&account(), &id).await.unwrap().unwrap();
    assert_eq!((found.details, found.created_at), (new.details, at(7)));
    let plain = id_of(
        world
            .store
            .create_portal(&account(), &portal(None), mint(), 0, at(8))
            .await,
    );
    let listed = ListPortals {
        paging: query(&[]).paging,
    };
    let listed = world.store.portals(&account(), &listed).await.unwrap().unwrap();
    assert!(listed.entries.iter().map(|portal| &portal.id).eq([&id, &plain]));
    let other = "999999999999".parse().unwrap();
    assert_eq!(world.store.portal(&other, &id).await.unwrap(), None);
}

#[tokio::test]
async fn an_id_of_another_kind_is_unknown() {
    let world = World::new().await;
    let portal = world.portal().await;
    let id = portal.parts().1;
    assert_eq!(world.store.project(&account(), id).await.unwrap(), None);
    assert_eq!(world.store.policy(&account(), id).await.unwrap(), None);
    let as_project = model::access_policies::Resource::Project(id.clone());
    let refused = world.create(&grant(&as_project, "a", None), at(0)).await.unwrap();
    assert_eq!(refused, Created::UnknownParent);
    let refused = world
        .store
        .create_project(&account(), &project(&mint(), None), mint(), 0, at(0))
        .await
        .unwrap();
    assert_eq!(refused, Created::UnknownParent);
}

#[tokio::test]
async fn tags_are_those_of_the_creation_until_they_are_changed_and_go_with_their_resource() {
    let world = World::new().await;
    let resource = world.portal().await;
    let mut new = grant(&resource, "a", None);
    new.tags = tags(&json!({ "a": "1", "A": "2" }));
    let id = world.policy(&new).await;
    let name = (ResourceKind::AccessPolicy, &id);
    let store = &world.store;
    assert_eq!(
        store.tags(&account(), name).await.unwrap(),
        Some(new.tags.clone())
    );
    let before = store.policy(&account(), &id).await.unwrap();
    assert_eq!(
        store
            .tag(&account(), name, &tags(&json!({ "a": "", "b": "3" })))
            .await
            .unwrap(),
        Tagged::Done
    );
    assert_eq!(
        store
            .untag(&account(), name, &["A".to_owned(), "c".to_owned()])
            .await
            .unwrap(),
        Tagged::Done
    );
    assert_eq!(
        store.tags(&account(), name).await.unwrap(),
        Some(tags(&json!({ "a": "", "b": "3" })))
    );
    // A change of tags is not an update of the policy, and an update does not change tags.
    assert_eq!(store.policy(&account(), &id).await.unwrap(), before);
    let wanted = super::world::change(&id, &resource, "b", None);
    world.update(&wanted, at(5)).await.unwrap();
    assert_eq!(
        store.tags(&account(), name).await.unwrap(),
        Some(tags(&json!({ "a": "", "b": "3" })))
    );
    world.delete(&removal(&id, None), at(6)).await.unwrap();
    assert_eq!(store.tags(&account(), name).await.unwrap(), None);
    assert_eq!(
        store
            .tag(&account(), name, &tags(&json!({ "a": "" })))
            .await
            .unwrap(),
        Tagged::Unknown
    );
    assert_eq!(store.untag(&account(), name, &[]).await.unwrap(), Tagged::Unknown);
    assert!(world.rows("POLICY#").await.is_empty());
    let portal = (ResourceKind::Portal, resource.parts().1);
    assert_eq!(
        store.tags(&account(), portal).await.unwrap(),
        Some(Tags::default())
    );
}
