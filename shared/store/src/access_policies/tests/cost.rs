//! Counts what an operation costs, in requests to the database. The documentation promises these numbers.

use model::access_policies::{
    DeletePortal, DeleteProject, ListPortals, ListProjects, Resource, ResourceKind,
};
use serde_json::json;

use super::world::{World, account, at, change, grant, mint, portal, project, query, removal, tags};
use crate::access_policies::{Created, Deleted, Updated};

const WRITE: &str = "TransactWriteItems";
const READ: &str = "GetItem";

impl World {
    fn cost(&self, expected: &[&str]) {
        assert_eq!(self.faults.requests(), expected);
    }
}

#[tokio::test]
async fn creating_is_one_request_and_so_is_its_repetition() {
    let world = World::new().await;
    let resource = world.portal().await;
    world.faults.requests();
    world.policy(&grant(&resource, "a", None)).await;
    world.cost(&[WRITE]);
    world.policy(&grant(&resource, "a", Some(1))).await;
    world.cost(&[WRITE]);
    world.policy(&grant(&resource, "a", Some(1))).await;
    world.cost(&[WRITE]);
    let other = world
        .create(&grant(&resource, "b", Some(1)), at(0))
        .await
        .unwrap();
    assert_eq!(other, Created::OtherRequest);
    world.cost(&[WRITE]);
}

#[tokio::test]
async fn a_refused_parent_and_a_reached_limit_cost_a_look_for_the_token() {
    let world = World::new().await;
    let nowhere = Resource::Portal(mint());
    for (token, expected) in [(None, &[WRITE, WRITE][..]), (Some(1), &[WRITE, READ, WRITE])] {
        let refused = world.create(&grant(&nowhere, "a", token), at(0)).await.unwrap();
        assert_eq!(refused, Created::UnknownParent);
        world.cost(expected);
    }
    let resource = world.portal().await;
    assert!(matches!(
        world.create_within(1, &grant(&resource, "a", None)).await,
        Created::As(_)
    ));
    world.faults.requests();
    for (token, expected) in [(None, &[WRITE, "Query"][..]), (Some(1), &[WRITE, READ, "Query"])] {
        let new = grant(&resource, "a", token);
        let refused = world
            .store
            .create(&account(), &new, mint, 1, at(0))
            .await
            .unwrap();
        assert_eq!(refused, Created::TooMany);
        world.cost(expected);
    }
}

#[tokio::test]
async fn reading_is_one_request() {
    let world = World::new().await;
    let resource = world.portal().await;
    let id = world.policy(&grant(&resource, "a", None)).await;
    world.faults.requests();
    world.store.policy(&account(), &id).await.unwrap().unwrap();
    world.cost(&[READ]);
    world.store.policy(&account(), &mint()).await.unwrap();
    world.cost(&[READ]);
    world
        .store
        .portal(&account(), resource.parts().1)
        .await
        .unwrap()
        .unwrap();
    world.cost(&[READ]);
    world.store.summaries(&account()).await.unwrap();
    world.cost(&["Query"]);
}

#[tokio::test]
async fn a_project_with_the_id_of_the_portal_before_does_not_exist() {
    let world = World::new().await;
    let resource = world.portal().await;
    let id = world.policy(&grant(&resource, "a", None)).await;
    let namesake = Resource::Project(resource.parts().1.clone());
    let refused = world.update(&change(&id, &namesake, "b", None), at(0)).await;
    assert_eq!(refused.unwrap(), Updated::UnknownParent);
}

#[tokio::test]
async fn updating_and_deleting_are_two_requests_and_so_are_their_repetitions() {
    let world = World::new().await;
    let (resource, other) = (world.portal().await, world.portal().await);
    let id = world.policy(&grant(&resource, "a", None)).await;
    world.faults.requests();
    for (resource, token) in [(&resource, None), (&other, Some(1)), (&other, Some(1))] {
        world.updated(&change(&id, resource, "b", token), at(0)).await;
        world.cost(&[READ, WRITE]);
    }
    let nowhere = Resource::Project(mint());
    let refused = world
        .update(&change(&id, &nowhere, "b", Some(2)), at(0))
        .await
        .unwrap();
    assert_eq!(refused, Updated::UnknownParent);
    world.cost(&[READ, WRITE, READ, WRITE]);
    world.deleted(&removal(&id, Some(1)), at(0)).await;
    world.cost(&[READ, WRITE]);
    world.deleted(&removal(&id, Some(1)), at(0)).await;
    world.cost(&[READ, READ]);
    assert_eq!(
        world.delete(&removal(&id, None), at(0)).await.unwrap(),
        Deleted::Unknown
    );
    world.cost(&[READ]);
    let repeated = change(&id, &other, "b", Some(1));
    world.updated(&repeated, at(0)).await;
    world.cost(&[READ, READ]);
}

#[tokio::test]
async fn a_page_of_any_list_is_one_request() {
    let world = World::new().await;
    let resource = world.portal().await;
    let portal = resource.parts().1;
    for _ in 0..4 {
        world.policy(&grant(&resource, "a", None)).await;
        world.project(&resource).await;
    }
    world.faults.requests();
    let of_user = [("identityType", "USER"), ("identityId", "a")];
    let on_portal = [("resourceType", "PORTAL"), ("resourceId", portal.as_str())];
    let both = [of_user, on_portal].concat();
    for filters in [&[][..], &of_user, &on_portal, &both] {
        for size in ["1", "3", "4", "5"] {
            let mut parameters = filters.to_vec();
            parameters.push(("maxResults", size));
            let page = world
                .store
                .list(&account(), &query(&parameters))
                .await
                .unwrap()
                .unwrap();
            assert_eq!(page.next_token.is_some(), page.entries.len() < 4);
            world.cost(&["Query"]);
        }
    }
    let paging = query(&[("maxResults", "3")]).paging;
    let portals = ListPortals {
        paging: paging.clone(),
    };
    world.store.portals(&account(), &portals).await.unwrap().unwrap();
    world.cost(&["Query"]);
    let projects = ListProjects {
        portal_id: portal.clone(),
        paging,
    };
    world
        .store
        .projects(&account(), &projects)
        .await
        .unwrap()
        .unwrap();
    world.cost(&["Query"]);
}

#[tokio::test]
async fn portals_and_projects_cost_as_much_as_they_need() {
    let world = World::new().await;
    let created = world
        .store
        .create_portal(&account(), &portal(Some(1)), mint(), 1, at(0))
        .await;
    let portal_id = super::world::id_of(created);
    world.cost(&[WRITE]);
    let new = project(&portal_id, Some(1));
    let created = world
        .store
        .create_project(&account(), &new, mint(), 1, at(0))
        .await;
    let project_id = super::world::id_of(created);
    world.cost(&[WRITE]);
    let unwanted = DeleteProject {
        id: project_id,
        client_token: None,
    };
    world
        .store
        .delete_project(&account(), &unwanted, at(0))
        .await
        .unwrap();
    world.cost(&[READ, WRITE]);
    let unwanted = DeletePortal {
        id: portal_id,
        client_token: None,
    };
    world
        .store
        .delete_portal(&account(), &unwanted, at(0))
        .await
        .unwrap();
    world.cost(&[WRITE]);
}

#[tokio::test]
async fn changing_tags_is_two_requests_and_one_when_nothing_changes() {
    let world = World::new().await;
    let resource = world.portal().await;
    let name = (ResourceKind::Portal, resource.parts().1);
    world.faults.requests();
    world
        .store
        .tag(&account(), name, &tags(&json!({ "a": "1" })))
        .await
        .unwrap();
    world.cost(&[READ, "UpdateItem"]);
    world
        .store
        .tag(&account(), name, &tags(&json!({ "a": "1" })))
        .await
        .unwrap();
    world.cost(&[READ]);
    world
        .store
        .untag(&account(), name, &["a".to_owned()])
        .await
        .unwrap();
    world.cost(&[READ, "UpdateItem"]);
    world.store.tags(&account(), name).await.unwrap();
    world.cost(&[READ]);
}
