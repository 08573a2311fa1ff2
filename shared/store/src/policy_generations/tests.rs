use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;
use model::policy_generation::{
    CloudTrailDetails, Job, JobError, JobErrorCode, JobId, JobStatus, ListPolicyGenerations,
};
use testkit::Dynamo;

use super::{Closed, NewJob, Outcome, PolicyGenerations, Started};
use crate::InvalidPageToken;

const TABLE: &str = "PolicyGenerationsTable";

async fn table() -> (Dynamo, PolicyGenerations) {
    let dynamo = Dynamo::start().await;
    dynamo.create_table(TABLE).await;
    let store = PolicyGenerations::new(
        dynamo.client(),
        TABLE.to_owned(),
        SignedDuration::from_hours(7 * 24),
    );
    (dynamo, store)
}

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "tests need no reproducible ids")]
/// Returns a job started `seconds` after a fixed time with an hour to live.
fn job(seconds: i64, principal: &str) -> Job {
    let random = uuid::Uuid::new_v4().as_u128() & ((1 << 62) - 1);
    let time = uuid::Uuid::parse_str(JobId::first_at(at(seconds)).as_str())
        .unwrap()
        .as_u128();
    Job {
        job_id: JobId::from(uuid::Uuid::from_u128(time | random)),
        principal_arn: format!("arn:aws:iam::111122223333:role/{principal}")
            .parse()
            .unwrap(),
        cloud_trail_details: CloudTrailDetails {
            trails: Vec::new(),
            access_role: "arn:aws:iam::111122223333:role/reader".parse().unwrap(),
            start_time: at(-1000),
            end_time: at(-1),
        },
        status: JobStatus::InProgress,
        started_on: at(seconds),
        completed_on: None,
        deadline: at(seconds + 3600),
        job_error: None,
        shards: None,
        scanned: Vec::new(),
    }
}

async fn start(
    store: &PolicyGenerations,
    job: &Job,
    token: Option<&str>,
    request: &str,
    limit: u32,
) -> Started {
    let new = NewJob {
        job,
        token,
        request,
        limit,
    };
    store.start(&account(), &new, job.started_on).await.unwrap()
}

fn page(size: usize, token: Option<String>) -> ListPolicyGenerations {
    ListPolicyGenerations {
        principal: None,
        page_size: size,
        next_token: token,
    }
}

#[tokio::test]
async fn a_job_is_stored_and_read_back() {
    let (_dynamo, store) = table().await;
    let job = job(0, "a");
    assert_eq!(start(&store, &job, Some("t"), "r", 5).await, Started::New);
    assert_eq!(
        store.job(&account(), &job.job_id, at(1)).await.unwrap(),
        Some(job.clone())
    );
    let other = "999999999999".parse().unwrap();
    assert_eq!(store.job(&other, &job.job_id, at(1)).await.unwrap(), None);
}

#[tokio::test]
async fn a_token_makes_one_job_of_equal_requests_and_tells_others_apart() {
    let (_dynamo, store) = table().await;
    let first = job(0, "a");
    start(&store, &first, Some("t"), "r", 5).await;
    assert_eq!(
        start(&store, &job(1, "a"), Some("t"), "r", 5).await,
        Started::Again(first.job_id.clone())
    );
    assert_eq!(
        start(&store, &job(1, "a"), Some("t"), "s", 5).await,
        Started::OtherRequest(first.job_id.clone())
    );
    assert_eq!(start(&store, &job(1, "a"), None, "r", 5).await, Started::New);
    let long = "x".repeat(10_000);
    assert_eq!(
        start(&store, &job(1, "a"), Some(&long), "r", 5).await,
        Started::New
    );
}

#[tokio::test]
async fn a_token_past_its_life_counts_as_absent_before_it_is_swept() {
    let (_dynamo, store) = table().await;
    start(&store, &job(0, "a"), Some("t"), "r", 5).await;
    let later = job(8 * 24 * 3600, "a");
    assert_eq!(start(&store, &later, Some("t"), "other", 5).await, Started::New);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_equal_requests_at_once_make_exactly_one_job() {
    let (_dynamo, store) = table().await;
    let store = Arc::new(store);
    let barrier = Arc::new(tokio::sync::Barrier::new(50));
    let calls = (0..50).map(|_| {
        let (store, barrier) = (Arc::clone(&store), Arc::clone(&barrier));
        tokio::spawn(async move {
            let job = job(0, "a");
            barrier.wait().await;
            match start(&store, &job, Some("t"), "r", 5).await {
                Started::New => job.job_id,
                Started::Again(id) => id,
                Started::OtherRequest(_) | Started::TooMany => panic!("one job was asked for"),
            }
        })
    });
    let calls: Vec<_> = calls.collect();
    let mut ids = Vec::new();
    for call in calls {
        ids.push(call.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    let listed = store
        .list(&account(), &page(100, None), at(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(listed.jobs.len(), 1);
}

#[tokio::test]
async fn a_full_quota_refuses_new_jobs_but_not_retries_and_ended_jobs_make_room() {
    let (_dynamo, store) = table().await;
    let first = job(0, "a");
    start(&store, &first, Some("t"), "r", 1).await;
    assert_eq!(start(&store, &job(1, "a"), None, "r", 1).await, Started::TooMany);
    assert_eq!(
        start(&store, &job(1, "a"), Some("t"), "r", 1).await,
        Started::Again(first.job_id.clone())
    );
    store
        .close(&account(), &first.job_id, &Outcome::Canceled, at(2))
        .await
        .unwrap();
    assert_eq!(start(&store, &job(3, "a"), None, "r", 1).await, Started::New);
}

#[tokio::test]
async fn a_job_past_its_deadline_has_failed_and_makes_room() {
    let (_dynamo, store) = table().await;
    let first = job(0, "a");
    start(&store, &first, None, "r", 1).await;
    let found = store
        .job(&account(), &first.job_id, at(3601))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.status_at(at(3601)), JobStatus::Failed);
    assert_eq!(found.completed_on_at(at(3601)), Some(at(3600)));
    let closed = store
        .close(&account(), &first.job_id, &Outcome::Succeeded, at(3601))
        .await
        .unwrap();
    assert_eq!(closed, Closed::Before(JobStatus::Failed));
    assert_eq!(start(&store, &job(3601, "a"), None, "r", 1).await, Started::New);
}

#[tokio::test]
async fn a_job_ends_once() {
    let (_dynamo, store) = table().await;
    let job = job(0, "a");
    start(&store, &job, None, "r", 5).await;
    let error = JobError {
        code: JobErrorCode::ServiceError,
        message: "x".to_owned(),
    };
    let close = async |outcome| {
        store
            .close(&account(), &job.job_id, &outcome, at(5))
            .await
            .unwrap()
    };
    assert_eq!(close(Outcome::Failed(error.clone())).await, Closed::Now);
    assert_eq!(close(Outcome::Succeeded).await, Closed::Before(JobStatus::Failed));
    assert_eq!(close(Outcome::Canceled).await, Closed::Before(JobStatus::Failed));
    let found = store.job(&account(), &job.job_id, at(6)).await.unwrap().unwrap();
    assert_eq!((found.completed_on, found.job_error), (Some(at(5)), Some(error)));
    let unknown = JobId::first_at(at(0));
    assert_eq!(
        store
            .close(&account(), &unknown, &Outcome::Canceled, at(5))
            .await
            .unwrap(),
        Closed::Unknown
    );
}

#[tokio::test]
async fn pages_concatenate_to_the_list_newest_first() {
    let (_dynamo, store) = table().await;
    let mut ids = Vec::new();
    for seconds in 0..7 {
        let job = job(seconds, if seconds % 2 == 0 { "even" } else { "odd" });
        ids.insert(0, job.job_id.clone());
        start(&store, &job, None, "r", 100).await;
    }
    for size in 1..=8 {
        let (mut seen, mut token) = (Vec::new(), None);
        loop {
            let page = store
                .list(&account(), &page(size, token), at(10))
                .await
                .unwrap()
                .unwrap();
            assert!(page.jobs.len() == size || page.next_token.is_none());
            seen.extend(page.jobs.into_iter().map(|job| job.job_id));
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, ids, "page size {size}");
    }
    let even = ListPolicyGenerations {
        principal: Some("arn:aws:iam::111122223333:role/even".parse().unwrap()),
        page_size: 3,
        next_token: None,
    };
    let first = store.list(&account(), &even, at(10)).await.unwrap().unwrap();
    assert_eq!(first.jobs.len(), 3);
    let rest = ListPolicyGenerations {
        next_token: first.next_token,
        ..even
    };
    let rest = store.list(&account(), &rest, at(10)).await.unwrap().unwrap();
    assert_eq!((rest.jobs.len(), rest.next_token), (1, None));
}

#[tokio::test]
async fn jobs_older_than_the_retention_are_not_listed() {
    let (_dynamo, store) = table().await;
    start(&store, &job(0, "a"), None, "r", 5).await;
    let week = 7 * 24 * 3600;
    assert_eq!(
        store
            .list(&account(), &page(5, None), at(week))
            .await
            .unwrap()
            .unwrap()
            .jobs
            .len(),
        1
    );
    assert_eq!(
        store
            .list(&account(), &page(5, None), at(week + 1))
            .await
            .unwrap()
            .unwrap()
            .jobs
            .len(),
        0
    );
}

#[tokio::test]
async fn a_token_is_good_for_its_own_account_and_filter_only() {
    let (_dynamo, store) = table().await;
    for seconds in 0..3 {
        start(&store, &job(seconds, "a"), None, "r", 5).await;
    }
    let token = store
        .list(&account(), &page(1, None), at(9))
        .await
        .unwrap()
        .unwrap()
        .next_token
        .unwrap();
    let ask = async |account: AccountId, query| store.list(&account, &query, at(9)).await.unwrap();
    let other = "999999999999".parse().unwrap();
    assert_eq!(
        ask(other, page(1, Some(token.clone()))).await,
        Err(InvalidPageToken)
    );
    let filtered = ListPolicyGenerations {
        principal: Some("arn:aws:iam::111122223333:role/a".parse().unwrap()),
        ..page(1, Some(token.clone()))
    };
    assert_eq!(ask(account(), filtered).await, Err(InvalidPageToken));
    for broken in [
        String::new(),
        "x".to_owned(),
        token.replace('A', "B") + "AAAA",
        token.chars().skip(4).collect(),
    ] {
        assert_eq!(ask(account(), page(1, Some(broken))).await, Err(InvalidPageToken));
    }
    assert!(ask(account(), page(1, Some(token))).await.is_ok());
}

#[tokio::test]
async fn the_first_plan_is_the_plan() {
    let (_dynamo, store) = table().await;
    let job = job(0, "a");
    let settle = async |plan: &[u8]| {
        store
            .settle_plan(&account(), &job.job_id, plan, at(0))
            .await
            .unwrap()
    };
    assert_eq!(settle(b"one").await, b"one");
    assert_eq!(settle(b"two").await, b"one");
    assert_eq!(
        store.plan(&account(), &job.job_id).await.unwrap().unwrap(),
        b"one"
    );
}

#[tokio::test]
async fn shards_are_counted_once_whatever_is_repeated() {
    let (_dynamo, store) = table().await;
    let job = job(0, "a");
    start(&store, &job, None, "r", 5).await;
    store.set_shards(&account(), &job.job_id, 2).await.unwrap();
    for _ in 0..2 {
        store.put_shard(&account(), &job.job_id, 0, at(0)).await.unwrap();
        store
            .put_usage(&account(), &job.job_id, 0, b"old", at(0))
            .await
            .unwrap();
        let job = store
            .mark_scanned(&account(), &job.job_id, 0)
            .await
            .unwrap()
            .unwrap();
        assert!(!job.is_scanned());
    }
    let big: Vec<u8> = (0..2_000_000_u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes())
        .collect();
    store
        .put_usage(&account(), &job.job_id, 1, &big, at(0))
        .await
        .unwrap();
    assert!(
        store
            .mark_scanned(&account(), &job.job_id, 1)
            .await
            .unwrap()
            .unwrap()
            .is_scanned()
    );
    assert_eq!(
        store.usages(&account(), &job.job_id).await.unwrap(),
        [b"old".to_vec(), big]
    );
    let unknown = JobId::first_at(at(0));
    assert_eq!(store.mark_scanned(&account(), &unknown, 1).await.unwrap(), None);
    assert_eq!(
        store
            .count_attempt(&account(), &job.job_id, "plan", at(0))
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        store
            .count_attempt(&account(), &job.job_id, "plan", at(0))
            .await
            .unwrap(),
        2
    );
}

#[test]
fn jobs_of_this_release_and_of_the_one_before_are_read_and_those_of_a_newer_one_refused() {
    let mut item: crate::item::Item = serde_dynamo::to_item(job(0, "web")).unwrap();
    assert!(super::read_job(item.clone()).is_ok());
    item.insert("version".to_owned(), crate::item::number(super::JOB_VERSION));
    assert!(super::read_job(item.clone()).is_ok());
    item.insert("version".to_owned(), crate::item::number(super::JOB_VERSION + 1));
    let refused = super::read_job(item).unwrap_err();
    assert!(matches!(refused, crate::StoreError::Unreadable(_)));
}
