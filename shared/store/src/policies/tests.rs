use std::sync::Arc;

use model::account::AccountId;
use model::policies::{IfMatch, PolicyType};
use testkit::Dynamo;

use super::{Attached, Content, Created, Deleted, Detached, Policies, Replaced, policy_key};
use crate::item::{number, text};

const TABLE: &str = "PoliciesTable";

/// Makes the table as the template defines it.
async fn table() -> (Dynamo, Arc<Policies>) {
    let dynamo = Dynamo::start().await;
    dynamo.create_table(TABLE).await;
    let store = Policies::new(dynamo.client(), TABLE.to_owned());
    (dynamo, Arc::new(store))
}

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

fn named(name: &str) -> Content<'_> {
    Content {
        name,
        description: "trailing space ",
        permissions: "[1]",
    }
}

async fn create(store: &Policies, id: &str, name: &str) {
    let created = store.create(&account(), id, named(name), 500).await.unwrap();
    assert_eq!(created, Created::New);
}

/// Puts a policy that the system manages. No operation makes such a policy; the original service does.
async fn put_system_managed(dynamo: &Dynamo, id: &str) {
    let put = dynamo.client().put_item().table_name(TABLE);
    put.set_item(Some(policy_key(&account(), id)))
        .item("policyName", text("NCP_ADMIN"))
        .item("policyDesc", text(""))
        .item("policyType", text(PolicyType::SystemManaged.as_str()))
        .item("permissions", text("[]"))
        .item("version", number(1))
        .item("byName", text("NCP_ADMIN"))
        .send()
        .await
        .unwrap();
}

async fn replace(store: &Policies, id: &str, name: &str, if_match: &IfMatch, write: &str) -> Replaced {
    let account = account();
    let replaced = store.replace(&account, id, named(name), if_match, write);
    replaced.await.unwrap()
}

fn version(replaced: &Replaced) -> Option<u64> {
    match replaced {
        Replaced::Now { version, .. } => Some(*version),
        Replaced::Unknown | Replaced::SystemManaged | Replaced::OtherVersion => None,
    }
}

#[tokio::test]
async fn a_policy_is_stored_and_read_back_as_received_and_by_its_account_only() {
    let (_dynamo, store) = table().await;
    create(&store, "000000000-qwer-asdf-123456789012", "policy-test").await;
    let id = "000000000-qwer-asdf-123456789012";
    let policy = store.policy(&account(), id, true).await.unwrap().unwrap();
    assert_eq!(policy.summary.policy_id, id);
    assert_eq!(policy.summary.policy_desc, "trailing space ");
    assert_eq!((policy.version, policy.permissions.as_deref()), (1, Some("[1]")));
    let short = store.policy(&account(), id, false).await.unwrap().unwrap();
    assert_eq!((short.summary, short.permissions), (policy.summary, None));
    let other = "999999999999".parse().unwrap();
    assert_eq!(store.policy(&other, id, true).await.unwrap(), None);
    assert_eq!(store.policy(&account(), "", true).await.unwrap(), None);
    assert_eq!(
        store.policy(&account(), &"x".repeat(5000), true).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_replacement_raises_the_version_and_tells_what_was_there() {
    let (_dynamo, store) = table().await;
    create(&store, "a", "first").await;
    let first = store.policy(&account(), "a", true).await.unwrap();
    let replaced = replace(&store, "a", "second", &IfMatch::Any, "w1").await;
    assert_eq!(
        replaced,
        Replaced::Now {
            version: 2,
            before: first
        }
    );
    let stale = IfMatch::Versions(vec![1]);
    assert_eq!(
        replace(&store, "a", "third", &stale, "w2").await,
        Replaced::OtherVersion
    );
    let none = IfMatch::Versions(Vec::new());
    assert_eq!(
        replace(&store, "a", "third", &none, "w3").await,
        Replaced::OtherVersion
    );
    let current = IfMatch::Versions(vec![7, 2]);
    assert_eq!(
        version(&replace(&store, "a", "third", &current, "w4").await),
        Some(3)
    );
    assert_eq!(
        replace(&store, "b", "third", &stale, "w5").await,
        Replaced::Unknown
    );
    let summaries = store.summaries(&account()).await.unwrap();
    assert_eq!(summaries.len(), 1);
    assert_eq!(summaries[0].policy_name, "third");
}

#[tokio::test]
async fn a_write_that_is_sent_again_has_succeeded_once() {
    let (_dynamo, store) = table().await;
    create(&store, "a", "first").await;
    let guard = IfMatch::Versions(vec![1]);
    assert_eq!(
        version(&replace(&store, "a", "second", &guard, "w").await),
        Some(2)
    );
    let again = replace(&store, "a", "second", &guard, "w").await;
    assert_eq!(
        again,
        Replaced::Now {
            version: 2,
            before: None
        }
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_writers_with_one_version_one_wins() {
    let (_dynamo, store) = table().await;
    create(&store, "a", "first").await;
    let writers = (0..20).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let guard = IfMatch::Versions(vec![1]);
            replace(&store, "a", "second", &guard, &format!("w{writer}")).await
        })
    });
    let mut outcomes = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        outcomes.push(version(&writer.await.unwrap()));
    }
    outcomes.sort_unstable();
    assert_eq!(outcomes[..19], [None; 19]);
    assert_eq!(outcomes[19], Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn creations_at_once_never_pass_the_limit() {
    let (_dynamo, store) = table().await;
    let creations = (0..12).map(|number| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let id = format!("id-{number}");
            store.create(&account(), &id, named("abc"), 5).await.unwrap()
        })
    });
    let mut created = 0;
    for creation in creations.collect::<Vec<_>>() {
        created += usize::from(creation.await.unwrap() == Created::New);
    }
    assert_eq!(created, 5);
    let left = store.summaries(&account()).await.unwrap();
    assert_eq!(left.len(), 5);
    let gone = &left[0].policy_id;
    assert_eq!(
        store.delete(&account(), gone, &IfMatch::Any).await.unwrap(),
        Deleted::Now
    );
    let again = store.create(&account(), "new", named("abc"), 5).await.unwrap();
    assert_eq!(again, Created::New);
}

#[tokio::test]
async fn the_501st_policy_is_one_too_many() {
    let (_dynamo, store) = table().await;
    for number in 0..500 {
        create(&store, &format!("id-{number:03}"), "same-name").await;
    }
    let created = store
        .create(&account(), "one-more", named("abc"), 500)
        .await
        .unwrap();
    assert_eq!(created, Created::TooMany);
    let ids: Vec<String> = (0..500).map(|number| format!("id-{number:03}")).collect();
    let listed = store.summaries(&account()).await.unwrap();
    assert!(listed.iter().map(|policy| &policy.policy_id).eq(&ids));
}

#[tokio::test]
async fn policies_of_the_service_are_not_changed() {
    let (dynamo, store) = table().await;
    put_system_managed(&dynamo, "sys").await;
    let stale = IfMatch::Versions(vec![9]);
    assert_eq!(
        replace(&store, "sys", "mine", &stale, "w").await,
        Replaced::SystemManaged
    );
    assert_eq!(
        store.delete(&account(), "sys", &stale).await.unwrap(),
        Deleted::SystemManaged
    );
    let summaries = store.summaries(&account()).await.unwrap();
    assert_eq!(summaries[0].policy_type, PolicyType::SystemManaged);
}

#[tokio::test]
async fn lists_are_in_the_order_of_name_and_id_by_code_point() {
    let (_dynamo, store) = table().await;
    for (id, name) in [
        ("2", "abc"),
        ("3", "abc-d"),
        ("1", "abc"),
        ("0", "정책"),
        ("9", "Zed"),
    ] {
        create(&store, id, name).await;
    }
    let summaries = store.summaries(&account()).await.unwrap();
    let ids: Vec<&str> = summaries.iter().map(|policy| policy.policy_id.as_str()).collect();
    assert_eq!(ids, ["9", "1", "2", "3", "0"]);
}

#[tokio::test]
async fn a_policy_is_attached_once_and_detached_once() {
    let (_dynamo, store) = table().await;
    create(&store, "a", "first").await;
    let attach = |id| {
        let store = &store;
        async move { store.attach(&account(), "sub", id).await.unwrap() }
    };
    assert_eq!(attach("a").await, Attached::Now);
    assert_eq!(attach("a").await, Attached::Before);
    assert_eq!(attach("b").await, Attached::Unknown);
    assert_eq!(attach("").await, Attached::Unknown);
    let held = store.held_by(&account(), "sub").await.unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(store.held_by(&account(), "su").await.unwrap(), []);
    assert_eq!(
        store.delete(&account(), "a", &IfMatch::Any).await.unwrap(),
        Deleted::Attached
    );
    let detach = || async { store.detach(&account(), "sub", "a").await.unwrap() };
    assert_eq!(detach().await, Detached::Now);
    assert_eq!(detach().await, Detached::Unknown);
    let stale = IfMatch::Versions(vec![2]);
    assert_eq!(
        store.delete(&account(), "a", &stale).await.unwrap(),
        Deleted::OtherVersion
    );
    let delete = || async { store.delete(&account(), "a", &IfMatch::Any).await.unwrap() };
    assert_eq!(delete().await, Deleted::Now);
    assert_eq!(delete().await, Deleted::Unknown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_policy_is_deleted_while_somebody_gets_it() {
    let (_dynamo, store) = table().await;
    for round in 0..15 {
        let id = format!("id-{round}");
        create(&store, &id, "first").await;
        let (one, two) = (Arc::clone(&store), Arc::clone(&store));
        let (first, second) = (id.clone(), id.clone());
        let attach = tokio::spawn(async move { one.attach(&account(), "sub", &first).await.unwrap() });
        let delete =
            tokio::spawn(async move { two.delete(&account(), &second, &IfMatch::Any).await.unwrap() });
        let outcome = (attach.await.unwrap(), delete.await.unwrap());
        assert!(
            matches!(
                outcome,
                (Attached::Now, Deleted::Attached) | (Attached::Unknown, Deleted::Now)
            ),
            "{outcome:?}"
        );
        let held = store.held_by(&account(), "sub").await.unwrap();
        let is_held = held.iter().any(|policy| policy.policy_id == id);
        assert_eq!(is_held, outcome.0 == Attached::Now);
    }
}

#[tokio::test]
async fn holdings_of_an_account_are_all_there_with_the_versions_of_its_policies() {
    let (_dynamo, store) = table().await;
    create(&store, "p#1", "one").await;
    create(&store, "p2", "two").await;
    for (sub_account, id) in [("sub-1", "p#1"), ("sub-2", "p#1"), ("sub-1", "p2")] {
        let attached = store.attach(&account(), sub_account, id).await.unwrap();
        assert_eq!(attached, Attached::Now);
    }
    let replaced = store
        .replace(&account(), "p2", named("two"), &IfMatch::Any, "w")
        .await
        .unwrap();
    assert!(matches!(replaced, Replaced::Now { version: 2, .. }));
    let holdings = store.holdings(&account()).await.unwrap();
    let pairs = holdings
        .iter()
        .map(|one| (one.sub_account.as_str(), one.policy_id.as_str()));
    assert!(pairs.eq([("sub-1", "p#1"), ("sub-1", "p2"), ("sub-2", "p#1")]));
    let versions = store.versions(&account()).await.unwrap();
    let versions = versions
        .iter()
        .map(|(summary, version)| (summary.policy_id.as_str(), *version));
    assert!(versions.eq([("p#1", 1), ("p2", 2)]));
    let other = "444455556666".parse().unwrap();
    assert_eq!(store.holdings(&other).await.unwrap(), []);
}
