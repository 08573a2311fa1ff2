use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::access_keys::{AccessKeyId, NewAccessKey, Status};
use model::account::AccountId;
use testkit::{Dynamo, Faults};
use uuid::Uuid;

use super::{AccessKeys, Created, LoginToken, PresentedSecret, Proof, SecretKey, SignedMessages, item_key};

const TABLE: &str = "AccessKeysTable";

async fn table() -> (Dynamo, Arc<AccessKeys>) {
    let dynamo = Dynamo::start().await;
    dynamo.create_table(TABLE).await;
    let store = AccessKeys::new(dynamo.client(), TABLE.to_owned());
    (dynamo, Arc::new(store))
}

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

fn now() -> Timestamp {
    "2026-01-01T10:20:30Z".parse().unwrap()
}

fn id(number: u128) -> AccessKeyId {
    AccessKeyId::new(&account(), Uuid::from_u128(number))
}

fn named(name: &str, expires_on: Option<Timestamp>) -> NewAccessKey {
    let name = name.to_owned();
    NewAccessKey { name, expires_on }
}

async fn create(store: &AccessKeys, number: u128) -> (AccessKeyId, SecretKey) {
    let id = id(number);
    let created = store
        .create(&account(), &id, &named("ci", None), now(), 100)
        .await;
    match created.unwrap() {
        Created::New(secret) => (id, secret),
        Created::TooMany => panic!("too many"),
    }
}

async fn log_in(store: &AccessKeys, id: &str, secret: &str, at: Timestamp) -> Option<AccessKeyId> {
    let proof = Proof::Secret(PresentedSecret(secret));
    store.authenticate(id, proof, at).await.unwrap()
}

#[tokio::test]
async fn who_has_the_secret_of_a_key_comes_in_and_nobody_else() {
    let (_dynamo, store) = table().await;
    let (one, secret) = create(&store, 1).await;
    let (two, other_secret) = create(&store, 2).await;
    assert_ne!(secret, other_secret);
    assert_eq!(
        log_in(&store, &one.to_string(), secret.reveal(), now()).await,
        Some(one.clone())
    );
    assert_eq!(
        log_in(&store, &two.to_string(), secret.reveal(), now()).await,
        None
    );
    let unknown = id(3).to_string();
    for name in [
        unknown.as_str(),
        "",
        "root",
        "00000000-0000-8000-8000-000000000000",
    ] {
        assert_eq!(log_in(&store, name, secret.reveal(), now()).await, None, "{name}");
    }
    let text = secret.reveal();
    for wrong in [
        "",
        " ",
        text.get(1..).unwrap(),
        &format!("{text}="),
        &text.to_lowercase(),
        &format!("{text} "),
    ] {
        assert_eq!(
            log_in(&store, &one.to_string(), wrong, now()).await,
            None,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn the_secret_of_nobody_is_no_secret() {
    let (_dynamo, store) = table().await;
    create(&store, 1).await;
    // The signature would be compared with this one if there were a key with that id.
    let master = store.master().await.unwrap().unwrap();
    let nobody = "000000000000".parse().unwrap();
    let nil = AccessKeyId::new(&nobody, Uuid::nil());
    let secret = super::authenticate::secret_key(&master, &nobody, &nil, &[]);
    for name in [nil.to_string().as_str(), "no id at all"] {
        assert_eq!(log_in(&store, name, secret.reveal(), now()).await, None);
    }
}

#[tokio::test]
async fn before_the_first_key_nobody_comes_in_and_nothing_is_written() {
    let (dynamo, store) = table().await;
    assert_eq!(log_in(&store, &id(1).to_string(), "x", now()).await, None);
    assert_eq!(store.read_login_token("x", now()).await.unwrap(), None);
    let items = dynamo.client().scan().table_name(TABLE).send().await.unwrap();
    assert_eq!(items.count(), 0);
}

#[tokio::test]
async fn the_table_holds_no_secret_of_a_key() {
    let (dynamo, store) = table().await;
    let (_, secret) = create(&store, 1).await;
    let items = dynamo.client().scan().table_name(TABLE).send().await.unwrap();
    let text = format!("{:?}", items.items());
    assert!(!text.contains(secret.reveal()));
    assert_eq!(
        format!("{secret:?} {:?}", store.master),
        "SecretKey StoredSecret { name: \"MASTER_SECRET\", held: Mutex { data: Some(Secret), poisoned: false, .. } }"
    );
}

#[tokio::test]
async fn a_key_that_was_copied_to_another_account_has_another_secret() {
    let (dynamo, store) = table().await;
    let (one, secret) = create(&store, 1).await;
    let other: AccountId = "999999999999".parse().unwrap();
    let copy = AccessKeyId::new(&other, Uuid::from_u128(1));
    let client = dynamo.client();
    let found = client
        .get_item()
        .table_name(TABLE)
        .set_key(Some(item_key(&account(), &one)));
    let mut item = found.send().await.unwrap().item.unwrap();
    item.extend(item_key(&other, &copy));
    client
        .put_item()
        .table_name(TABLE)
        .set_item(Some(item))
        .send()
        .await
        .unwrap();
    assert_eq!(
        log_in(&store, &copy.to_string(), secret.reveal(), now()).await,
        None
    );
}

#[tokio::test]
async fn a_disabled_key_is_refused_until_it_is_enabled() {
    let (_dynamo, store) = table().await;
    let (id, secret) = create(&store, 1).await;
    let enter = || log_in(&store, "", "", now());
    assert_eq!(enter().await, None);
    assert!(store.set_status(&account(), &id, Status::Disabled).await.unwrap());
    assert_eq!(
        log_in(&store, &id.to_string(), secret.reveal(), now()).await,
        None
    );
    assert!(!store.is_usable(&id, now()).await.unwrap());
    assert!(store.set_status(&account(), &id, Status::Enabled).await.unwrap());
    assert!(
        log_in(&store, &id.to_string(), secret.reveal(), now())
            .await
            .is_some()
    );
    assert!(store.is_usable(&id, now()).await.unwrap());
}

#[tokio::test]
async fn a_key_ends_at_its_time_and_stays_in_the_list() {
    let (_dynamo, store) = table().await;
    let end = now() + SignedDuration::from_millis(1_500);
    let created = store
        .create(&account(), &id(1), &named("ci", Some(end)), now(), 10)
        .await;
    let Created::New(secret) = created.unwrap() else {
        panic!()
    };
    let key = id(1).to_string();
    let just_before = end - SignedDuration::from_millis(1);
    assert!(log_in(&store, &key, secret.reveal(), just_before).await.is_some());
    assert_eq!(log_in(&store, &key, secret.reveal(), end).await, None);
    assert!(!store.is_usable(&id(1), end).await.unwrap());
    let listed = store.access_keys(&account()).await.unwrap();
    assert_eq!(listed[0].expires_on, Some(end));
}

#[tokio::test]
async fn keys_belong_to_one_account() {
    let (_dynamo, store) = table().await;
    let (id, secret) = create(&store, 1).await;
    let other = "999999999999".parse().unwrap();
    assert_eq!(store.access_keys(&other).await.unwrap(), []);
    assert!(!store.set_status(&other, &id, Status::Disabled).await.unwrap());
    assert!(!store.delete(&other, &id).await.unwrap());
    assert!(
        log_in(&store, &id.to_string(), secret.reveal(), now())
            .await
            .is_some()
    );
}

#[tokio::test]
async fn a_deleted_key_is_gone_once_and_makes_room() {
    let (_dynamo, store) = table().await;
    let (key, secret) = create(&store, 1).await;
    assert!(store.delete(&account(), &key).await.unwrap());
    assert!(!store.delete(&account(), &key).await.unwrap());
    assert!(!store.set_status(&account(), &key, Status::Enabled).await.unwrap());
    assert_eq!(
        log_in(&store, &key.to_string(), secret.reveal(), now()).await,
        None
    );
    let limited = |number| {
        let store = &store;
        async move {
            store
                .create(&account(), &id(number), &named("ci", None), now(), 1)
                .await
                .unwrap()
        }
    };
    assert!(matches!(limited(2).await, Created::New(_)));
    assert_eq!(limited(3).await, Created::TooMany);
    assert!(store.delete(&account(), &id(2)).await.unwrap());
    assert!(matches!(limited(4).await, Created::New(_)));
}

#[tokio::test]
async fn a_use_is_noted_once_an_hour() {
    let dynamo = Dynamo::start().await;
    dynamo.create_table(TABLE).await;
    let faults = Faults::default();
    let store = AccessKeys::new(dynamo.client_through(&faults), TABLE.to_owned());
    let (id, secret) = create(&store, 1).await;
    let used = || async { store.access_keys(&account()).await.unwrap()[0].last_used };
    assert_eq!(used().await, None);
    let hour: Timestamp = "2026-01-01T10:00:00Z".parse().unwrap();
    for (at, noted) in [
        (0, hour),
        (5, hour),
        (50, hour + SignedDuration::from_hours(1)),
        (20, hour + SignedDuration::from_hours(1)),
    ] {
        let at = now() + SignedDuration::from_mins(at);
        assert!(
            log_in(&store, &id.to_string(), secret.reveal(), at)
                .await
                .is_some()
        );
        assert_eq!(used().await, Some(noted));
    }
    faults.requests();
    assert!(
        log_in(&store, &id.to_string(), secret.reveal(), now())
            .await
            .is_some()
    );
    assert_eq!(faults.requests(), ["GetItem"]);
}

// A clock outside can see only the requests to the table. The computations are the same by construction.
#[tokio::test]
async fn an_unknown_key_and_a_wrong_secret_cost_the_same_requests() {
    let dynamo = Dynamo::start().await;
    dynamo.create_table(TABLE).await;
    let faults = Faults::default();
    let store = AccessKeys::new(dynamo.client_through(&faults), TABLE.to_owned());
    let (one, _) = create(&store, 1).await;
    let (off, secret) = create(&store, 2).await;
    assert!(
        store
            .set_status(&account(), &off, Status::Disabled)
            .await
            .unwrap()
    );
    let mut costs = Vec::new();
    for (name, secret) in [
        (one.to_string(), "wrong"),
        (id(9).to_string(), "wrong"),
        ("nonsense".to_owned(), "wrong"),
        (String::new(), ""),
        (off.to_string(), secret.reveal()),
    ] {
        faults.requests();
        assert_eq!(log_in(&store, &name, secret, now()).await, None);
        costs.push(faults.requests());
    }
    assert_eq!(costs, [["GetItem"]; 5]);
}

#[tokio::test]
async fn two_functions_that_make_the_first_keys_at_once_share_the_master_secret() {
    let (dynamo, store) = table().await;
    let makers = (0..8).map(|number| {
        let store = AccessKeys::new(dynamo.client(), TABLE.to_owned());
        tokio::spawn(async move { create(&store, number).await })
    });
    for maker in makers.collect::<Vec<_>>() {
        let (id, secret) = maker.await.unwrap();
        assert_eq!(
            log_in(&store, &id.to_string(), secret.reveal(), now()).await,
            Some(id)
        );
    }
}

#[tokio::test]
async fn a_login_token_says_who_logged_in() {
    let (dynamo, store) = table().await;
    let (key, _) = create(&store, 1).await;
    let token = LoginToken {
        account: account(),
        key,
    };
    let text = store.login_token(&token, now()).await.unwrap();
    // This is another function, which holds no secret yet.
    let other = AccessKeys::new(dynamo.client(), TABLE.to_owned());
    assert_eq!(other.read_login_token(&text, now()).await.unwrap(), Some(token));
    let over = now() + super::LOGIN_TOKEN_LIFE;
    assert_eq!(other.read_login_token(&text, over).await.unwrap(), None);
}

#[tokio::test]
async fn a_signature_counts_when_it_is_of_one_of_the_messages() {
    use base64::Engine;
    use hmac::{Hmac, KeyInit, Mac};

    let (_dynamo, store) = table().await;
    let (key, secret) = create(&store, 1).await;
    let sign = |message: &str, secret: &str| {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(message.as_bytes());
        base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
    };
    let messages = ["GET /a\n1\nk".to_owned(), "GET /prod/a\n1\nk".to_owned()];
    let good = sign(&messages[1], secret.reveal());
    let cases = [
        (good.clone(), true),
        (sign(&messages[0], secret.reveal()), true),
        (sign("PUT /a\n1\nk", secret.reveal()), false),
        (sign(&messages[0], "another secret"), false),
        (String::new(), false),
        ("not base64 !".to_owned(), false),
        (good.chars().skip(4).collect(), false),
    ];
    for (signature, is_right) in cases {
        let proof = Proof::Signature(SignedMessages {
            messages: &messages,
            signature: &signature,
        });
        let found = store.authenticate(&key.to_string(), proof, now()).await.unwrap();
        assert_eq!(found.is_some(), is_right, "{signature}");
    }
}

#[tokio::test]
async fn a_signature_is_used_up_by_one_request() {
    let (_dynamo, store) = table().await;
    let until = now() + SignedDuration::from_mins(5);
    let one = id(1);
    let use_up = |signature, request| store.use_up(&one, signature, request, until);
    assert!(use_up("s1", "r1").await.unwrap());
    assert!(
        use_up("s1", "r1").await.unwrap(),
        "the repetition of a lost write"
    );
    assert!(!use_up("s1", "r2").await.unwrap());
    assert!(use_up("s2", "r2").await.unwrap());
    assert!(
        store.use_up(&id(2), "s1", "r3", until).await.unwrap(),
        "another key"
    );
}
