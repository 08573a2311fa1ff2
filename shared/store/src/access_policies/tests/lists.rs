use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::access_policies::{Id, Identity, ListPortals, ListProjects, Resource};
use proptest::prelude::*;
use serde_json::{Map, json};

use super::world::{World, account, at, grant, mint, query, removal, tags};
use crate::InvalidPageToken;
use crate::access_policies::{AccessPolicies, Page};

type Listed = Result<Page<model::access_policies::AccessPolicy>, InvalidPageToken>;

async fn list(store: &AccessPolicies, parameters: &[(&str, &str)]) -> Listed {
    store.list(&account(), &query(parameters)).await.unwrap()
}

fn ids(page: &Page<model::access_policies::AccessPolicy>) -> Vec<Id> {
    page.entries.iter().map(|policy| policy.id.clone()).collect()
}

/// Returns the ids of all pages, and their number.
async fn pages(store: &AccessPolicies, filters: &[(&str, &str)], size: &str) -> (Vec<Id>, usize) {
    let (mut found, mut count, mut token) = (Vec::new(), 0, None::<String>);
    loop {
        let mut parameters = filters.to_vec();
        parameters.push(("maxResults", size));
        if let Some(token) = &token {
            parameters.push(("nextToken", token));
        }
        let page = list(store, &parameters).await.unwrap();
        found.extend(ids(&page));
        count += 1;
        token = page.next_token;
        if token.is_none() {
            return (found, count);
        }
    }
}

#[tokio::test]
async fn pages_concatenate_to_the_whole_in_the_order_of_ids() {
    let world = World::new().await;
    let (resource, other) = (world.portal().await, world.portal().await);
    let mut all = Vec::new();
    for number in 0..12 {
        let on = if number % 4 == 0 { &other } else { &resource };
        let name = if number % 3 == 0 { "b" } else { "a" };
        all.push((number, world.policy(&grant(on, name, None)).await));
    }
    let of_user = [("identityType", "USER"), ("identityId", "a")];
    let on_portal = [
        ("resourceType", "PORTAL"),
        ("resourceId", resource.parts().1.as_str()),
    ];
    let both = [of_user, on_portal].concat();
    let is_of_user = |number: i32| number % 3 != 0;
    let is_on_portal = |number: i32| number % 4 != 0;
    for (filters, wanted) in [
        (&[][..], all.iter().map(|(_, id)| id.clone()).collect::<Vec<_>>()),
        (
            &of_user,
            all.iter()
                .filter(|(n, _)| is_of_user(*n))
                .map(|(_, id)| id.clone())
                .collect(),
        ),
        (
            &on_portal,
            all.iter()
                .filter(|(n, _)| is_on_portal(*n))
                .map(|(_, id)| id.clone())
                .collect(),
        ),
        (
            &both,
            all.iter()
                .filter(|(n, _)| is_of_user(*n) && is_on_portal(*n))
                .map(|(_, id)| id.clone())
                .collect(),
        ),
    ] {
        for size in 1..=13 {
            let (found, count) = pages(&world.store, filters, &size.to_string()).await;
            assert_eq!(found, wanted, "{filters:?} by {size}");
            assert_eq!(count, wanted.len().div_ceil(size));
        }
    }
    let summaries = world.store.summaries(&account()).await.unwrap();
    assert!(
        summaries
            .iter()
            .map(|policy| &policy.id)
            .eq(all.iter().map(|(_, id)| id))
    );
}

#[tokio::test]
async fn users_groups_and_roles_of_one_name_are_told_apart_and_iam_users_from_nobody() {
    let world = World::new().await;
    let resource = world.portal().await;
    let arn = "arn:aws:iam::111122223333:role/a";
    let identities = [
        Identity::User(arn.parse().unwrap()),
        Identity::Group(arn.parse().unwrap()),
        Identity::IamUser(arn.parse().unwrap()),
        Identity::IamRole(arn.parse().unwrap()),
    ];
    let mut made = Vec::new();
    for identity in identities {
        let mut new = grant(&resource, "a", None);
        new.identity = identity;
        made.push(world.policy(&new).await);
    }
    for (filter, wanted) in [
        ([("identityType", "USER"), ("identityId", arn)], &made[..1]),
        ([("identityType", "GROUP"), ("identityId", arn)], &made[1..2]),
        ([("identityType", "IAM"), ("iamArn", arn)], &made[2..]),
    ] {
        assert_eq!(ids(&list(&world.store, &filter).await.unwrap()), wanted);
    }
}

#[tokio::test]
async fn a_list_goes_on_where_it_was_though_its_last_entry_is_gone() {
    let world = World::new().await;
    let resource = world.portal().await;
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(world.policy(&grant(&resource, "a", None)).await);
    }
    for filters in [&[][..], &[("identityType", "USER"), ("identityId", "a")]] {
        let mut parameters = filters.to_vec();
        parameters.push(("maxResults", "2"));
        let first = list(&world.store, &parameters).await.unwrap();
        let token = first.next_token.clone().unwrap();
        let last = first.entries.last().unwrap().id.clone();
        world.delete(&removal(&last, None), at(0)).await.unwrap();
        let added = world.policy(&grant(&resource, "a", None)).await;
        parameters.push(("nextToken", &token));
        parameters.retain(|(name, _)| *name != "maxResults");
        let rest = ids(&list(&world.store, &parameters).await.unwrap());
        let mut wanted: Vec<Id> = made.iter().filter(|id| **id > last).cloned().collect();
        wanted.push(added.clone());
        assert_eq!(rest, wanted);
        made.retain(|id| *id != last);
        made.push(added);
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_own_list_only() {
    let world = World::new().await;
    let resource = world.portal().await;
    let portal = resource.parts().1.clone();
    for _ in 0..2 {
        world.policy(&grant(&resource, "a", None)).await;
        world.project(&resource).await;
        world.portal().await;
    }
    let filters: [&[(&str, &str)]; 5] = [
        &[],
        &[("identityType", "USER"), ("identityId", "a")],
        &[("identityType", "GROUP"), ("identityId", "a")],
        &[("resourceType", "PORTAL"), ("resourceId", portal.as_str())],
        &[("resourceType", "PROJECT"), ("resourceId", portal.as_str())],
    ];
    for own in filters {
        let mut parameters = own.to_vec();
        parameters.push(("maxResults", "1"));
        let Some(token) = list(&world.store, &parameters).await.unwrap().next_token else {
            continue;
        };
        for other in filters {
            let mut parameters = other.to_vec();
            parameters.push(("nextToken", &token));
            assert_eq!(
                list(&world.store, &parameters).await.is_ok(),
                own == other,
                "{own:?} {other:?}"
            );
        }
        let paging = query(&[("nextToken", &token)]).paging;
        let portals = ListPortals {
            paging: paging.clone(),
        };
        assert_eq!(
            world.store.portals(&account(), &portals).await.unwrap(),
            Err(InvalidPageToken)
        );
        let projects = ListProjects {
            portal_id: portal.clone(),
            paging,
        };
        assert_eq!(
            world.store.projects(&account(), &projects).await.unwrap(),
            Err(InvalidPageToken)
        );
    }
    let other = "999999999999".parse().unwrap();
    let token = list(&world.store, &[("maxResults", "1")])
        .await
        .unwrap()
        .next_token
        .unwrap();
    let theirs = world
        .store
        .list(&other, &query(&[("nextToken", &token)]))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(theirs.entries, []);
}

#[tokio::test]
async fn a_list_longer_than_an_answer_of_the_database_is_whole() {
    let world = World::new().await;
    let resource = world.portal().await;
    let mut bulky = Map::new();
    for number in 0..50 {
        bulky.insert(format!("{number:0128}"), json!("x".repeat(256)));
    }
    let mut new = grant(&resource, "a", None);
    new.tags = tags(&bulky.into());
    let mut made = Vec::new();
    for _ in 0..60 {
        made.push(world.policy(&new).await);
    }
    world.faults.requests();
    let page = list(&world.store, &[("maxResults", "250")]).await.unwrap();
    assert_eq!((ids(&page), page.next_token), (made.clone(), None));
    assert_eq!(world.faults.requests(), ["Query"; 2]);
    let summaries = world.store.summaries(&account()).await.unwrap();
    assert!(summaries.iter().map(|policy| &policy.id).eq(&made));
    world.faults.requests();
    let of_user = list(&world.store, &[("identityType", "USER"), ("identityId", "a")])
        .await
        .unwrap();
    assert_eq!(of_user.entries.len(), 50);
    assert_eq!(world.faults.requests(), ["Query"]);
}

#[tokio::test]
async fn projects_are_those_of_their_portal() {
    let world = World::new().await;
    let (one, two) = (world.portal().await, world.portal().await);
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(world.project(&one).await);
        world.project(&two).await;
    }
    let paging = query(&[("maxResults", "2")]).paging;
    let mut wanted = ListProjects {
        portal_id: one.parts().1.clone(),
        paging,
    };
    let first = world.store.projects(&account(), &wanted).await.unwrap().unwrap();
    let token = first.next_token.unwrap();
    wanted.paging = query(&[("nextToken", &token)]).paging;
    let second = world.store.projects(&account(), &wanted).await.unwrap().unwrap();
    assert_eq!(second.next_token, None);
    let found = first
        .entries
        .into_iter()
        .chain(second.entries)
        .map(|project| Resource::Project(project.id));
    assert!(found.eq(made));
    wanted = ListProjects {
        portal_id: mint(),
        paging: query(&[]).paging,
    };
    assert_eq!(
        world
            .store
            .projects(&account(), &wanted)
            .await
            .unwrap()
            .unwrap()
            .entries,
        []
    );
}

#[test]
fn forged_tokens_are_refused_without_a_request() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::new());
    world.faults.requests();
    let (world, runtime) = (&world, &runtime);
    proptest!(|(bytes in proptest::collection::vec(any::<u8>(), 1..60), version in any::<bool>())| {
        let mut bytes = bytes;
        if version {
            bytes[0] = 1;
        }
        let token = STANDARD.encode(bytes);
        let page = runtime.block_on(list(&world.store, &[("nextToken", &token)]));
        prop_assert_eq!(page, Err(InvalidPageToken));
        prop_assert!(world.faults.requests().is_empty());
    });
}
