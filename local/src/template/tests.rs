use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::json;

use super::{Stack, TemplateError};

const TEMPLATE: &str = include_str!("../../tests/template.yaml");

fn read(text: &str) -> Result<Stack, TemplateError> {
    let given = BTreeMap::from([("SeenFile".to_owned(), "/seen".to_owned())]);
    Stack::read(text, "eu-west-1", &given)
}

#[test]
fn a_function_has_the_environment_of_all_and_its_own() {
    let stack = read(TEMPLATE).unwrap();
    let consumer = &stack.functions["Consumer"];
    let environment: Vec<_> = consumer
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        environment,
        [
            ("GREETING", "hello from local-stack"),
            ("ITEMS_TABLE", "local-stack-Items"),
            ("SEEN", "/seen")
        ]
    );
    assert_eq!((consumer.timeout.as_secs(), consumer.memory), (2, 256));
    assert_eq!(
        (consumer.name.as_str(), consumer.binary.as_str()),
        ("Consumer", "echo")
    );
}

#[test]
fn routes_come_from_the_events() {
    let stack = read(TEMPLATE).unwrap();
    let mut routes: Vec<_> = stack
        .routes
        .iter()
        .map(|route| format!("{} {} {}", route.method, route.resource, route.function))
        .collect();
    routes.sort_unstable();
    assert_eq!(routes, ["ANY /things/{id} Echo", "GET /things Echo"]);
    assert_eq!(stack.warnings, Vec::<String>::new());
}

#[test]
fn a_table_is_created_as_the_template_says() {
    let stack = read(TEMPLATE).unwrap();
    let table = &stack.tables[0];
    assert_eq!(table.time_to_live.as_deref(), Some("expires"));
    insta::assert_json_snapshot!(table.definition, @r#"
    {
      "AttributeDefinitions": [
        {
          "AttributeName": "pk",
          "AttributeType": "S"
        },
        {
          "AttributeName": "sk",
          "AttributeType": "S"
        },
        {
          "AttributeName": "owner",
          "AttributeType": "S"
        }
      ],
      "BillingMode": "PAY_PER_REQUEST",
      "GlobalSecondaryIndexes": [
        {
          "IndexName": "by-owner",
          "KeySchema": [
            {
              "AttributeName": "owner",
              "KeyType": "HASH"
            }
          ],
          "Projection": {
            "ProjectionType": "KEYS_ONLY"
          }
        }
      ],
      "KeySchema": [
        {
          "AttributeName": "pk",
          "KeyType": "HASH"
        },
        {
          "AttributeName": "sk",
          "KeyType": "RANGE"
        }
      ],
      "StreamSpecification": {
        "StreamEnabled": true,
        "StreamViewType": "NEW_AND_OLD_IMAGES"
      },
      "TableName": "local-stack-Items"
    }
    "#);
}

#[test]
fn consumers_of_streams_and_buckets_are_found() {
    let stack = read(TEMPLATE).unwrap();
    let stream = &stack.streams[0];
    assert_eq!(
        (stream.id.as_str(), stream.table.as_str()),
        ("Consumer.Changes", "local-stack-Items")
    );
    assert_eq!(
        (stream.batch_size, stream.lanes, stream.retries),
        (10, 4, Some(3))
    );
    assert!(stream.reports_failures && !stream.latest && !stream.bisect);
    let insert = |key: &str| json!({ "eventName": "INSERT", "dynamodb": { "Keys": { "pk": { "S": key } } } });
    assert!(stream.filters[0].accepts(&insert("JOB#1")) && !stream.filters[0].accepts(&insert("SHARD#1")));
    let notification = &stack.notifications[0];
    assert_eq!(notification.bucket, stack.buckets["Uploads"]);
    assert_eq!(
        (notification.events.as_slice(), notification.suffix.as_str()),
        (["ObjectCreated:*".to_owned()].as_slice(), ".json")
    );
}

#[rstest]
#[case("Broken: [", "not YAML")]
#[case(
    "Resources: { F: { Type: AWS::Serverless::Function } }",
    "F: Metadata.BuildProperties.Binary is missing"
)]
#[case(
    "Resources: { F: { Type: AWS::Serverless::Function, Metadata: { BuildProperties: { Binary: f } }, \
     Properties: { Environment: { Variables: { A: !ImportValue b } } } } }",
    "F: `Fn::ImportValue` is not supported by the local stack"
)]
#[case(
    "Resources: { F: { Type: AWS::Serverless::Function, Metadata: { BuildProperties: { Binary: f } }, \
     Properties: { Timeout: long } } }",
    "F: Timeout `long` is no number"
)]
#[case(
    "Resources: { F: { Type: AWS::Serverless::Function, Metadata: { BuildProperties: { Binary: f } }, \
     Properties: { Events: { S: { Type: DynamoDB, Properties: { Stream: x } } } } } }",
    "F.S: Stream is not `!GetAtt <Table>.StreamArn`"
)]
#[case(
    "Parameters: { P: { Type: String } }\nResources: { T: { Type: AWS::DynamoDB::Table, Properties: { TableName: !Ref P } } }",
    "T: parameter `P` has no default"
)]
fn what_cannot_be_served_is_an_error_with_its_place(#[case] template: &str, #[case] message: &str) {
    let error = read(template).unwrap_err().to_string();
    assert!(error.starts_with(message), "{error}");
}

#[rstest]
#[case(
    "Resources: { M: { Type: AWS::StepFunctions::StateMachine } }",
    "M: AWS::StepFunctions::StateMachine is not part of the local stack"
)]
#[case(
    "Resources: { F: { Type: AWS::Serverless::Function, Metadata: { BuildProperties: { Binary: f } }, \
     Properties: { Events: { Daily: { Type: Schedule, Properties: { Schedule: rate(1 day) } } } } } }",
    "F.Daily: Schedule is not fired here; `aws lambda invoke --function-name F` does it"
)]
fn what_aws_alone_does_is_a_warning(#[case] template: &str, #[case] warning: &str) {
    assert_eq!(read(template).unwrap().warnings, [warning]);
}

#[test]
fn a_resource_whose_condition_does_not_hold_is_not_there() {
    let template = "Conditions: { Never: !Equals [a, b] }\n\
                    Resources: { B: { Type: AWS::S3::Bucket, Condition: Never }, C: { Type: AWS::S3::Bucket } }";
    let stack = read(template).unwrap();
    assert_eq!(stack.buckets.keys().collect::<Vec<_>>(), ["C"]);
}
