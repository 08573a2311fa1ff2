use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Delivery, Progress, first_failure, lane_of};

fn batch() -> Vec<Delivery> {
    ["10", "11", "12"]
        .map(|sequence| Delivery {
            sequence: sequence.to_owned(),
            record: Value::Null,
        })
        .into()
}

#[rstest]
#[case(r#"{"batchItemFailures":[]}"#, None)]
#[case(r#"{"batchItemFailures":null}"#, None)]
#[case("{}", None)]
#[case("null", None)]
#[case(r#"{"batchItemFailures":[{"itemIdentifier":"11"}]}"#, Some(1))]
#[case(
    r#"{"batchItemFailures":[{"itemIdentifier":"12"},{"itemIdentifier":"11"}]}"#,
    Some(1)
)]
#[case(r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, Some(0))]
#[case(r#"{"batchItemFailures":[{"itemIdentifier":"99"}]}"#, Some(0))]
#[case(r#"{"batchItemFailures":"11"}"#, Some(0))]
#[case("no json", Some(0))]
fn a_batch_goes_on_from_its_lowest_failure(#[case] answer: &str, #[case] failed_at: Option<usize>) {
    assert_eq!(first_failure(answer.as_bytes(), &batch()), failed_at);
}

#[test]
fn records_of_one_partition_share_a_lane_and_partitions_spread() {
    let record =
        |pk: &str, sk: &str| json!({ "dynamodb": { "Keys": { "pk": { "S": pk }, "sk": { "S": sk } } } });
    assert_eq!(
        lane_of(&record("a", "1"), "pk", 10),
        lane_of(&record("a", "2"), "pk", 10)
    );
    let lanes: std::collections::BTreeSet<_> = (0..100)
        .map(|pk| lane_of(&record(&pk.to_string(), "1"), "pk", 10))
        .collect();
    assert_eq!(lanes.len(), 10);
    assert_eq!(lane_of(&json!({}), "pk", 1), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn the_position_never_passes_a_record_that_is_not_done(
        skipped in prop::collection::vec(any::<bool>(), 1..30),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
    ) {
        let name = |number: usize| format!("{number:05}");
        let mut progress = Progress::default();
        for (number, skip) in skipped.iter().enumerate() {
            progress.read(&name(number), *skip);
        }
        let mut done = skipped.clone();
        let mut position: Option<String> = None;
        for index in order {
            let number = index.index(skipped.len());
            done[number] = true;
            if let Some(moved) = progress.done(&[name(number)]) {
                prop_assert!(position.as_ref().is_none_or(|before| *before < moved));
                position = Some(moved);
            }
            let first_open = done.iter().position(|done| !done).unwrap_or(done.len());
            let expected = first_open.checked_sub(1).map(name);
            // Skipped records at the start count as soon as the position moves.
            prop_assert_eq!(&position, &expected);
        }
    }
}
