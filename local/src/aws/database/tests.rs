use std::path::PathBuf;

use serde_json::{Value, json};

use super::{changed, open, second_connection};
use crate::clock;
use cloudformation::Table;

fn table() -> Table {
    Table {
        id: "Jobs".to_owned(),
        name: "local-stack-Jobs".to_owned(),
        definition: json!({
            "TableName": "local-stack-Jobs",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
        }),
        time_to_live: Some("expires".to_owned()),
    }
}

/// A folder that goes away with its test
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(clock::new_id());
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("dynamodb.sqlite")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn request<T: serde::de::DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body).unwrap()
}

#[test]
fn items_are_still_there_after_opening_again() {
    let folder = Folder::new();
    let key = json!({ "pk": { "S": "1" } });
    let database = open(&folder.file(), &[table()]).unwrap();
    database
        .put_item(request(json!({ "TableName": "local-stack-Jobs", "Item": key })))
        .unwrap();
    drop(database);
    let database = open(&folder.file(), &[table()]).unwrap();
    let found = database
        .get_item(request(json!({ "TableName": "local-stack-Jobs", "Key": key })))
        .unwrap();
    assert!(found.item.is_some());
}

#[test]
fn expired_items_are_swept() {
    let folder = Folder::new();
    let database = open(&folder.file(), &[table()]).unwrap();
    let now = clock::now_millis() / 1000;
    for (key, expires) in [("past", now - 60), ("future", now + 3600)] {
        let item = json!({ "pk": { "S": key }, "expires": { "N": expires.to_string() } });
        database
            .put_item(request(json!({ "TableName": "local-stack-Jobs", "Item": item })))
            .unwrap();
    }
    assert_eq!(database.sweep_ttl().unwrap(), 1);
}

#[test]
fn the_last_sequence_number_is_found_by_an_index() {
    let folder = Folder::new();
    let _database = open(&folder.file(), &[table()]).unwrap();
    let connection = second_connection(&folder.file()).unwrap();
    // The database runs this statement at every write to a table with a stream.
    let statement = "EXPLAIN QUERY PLAN SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 \
                     FROM _stream_records WHERE table_name = 'local-stack-Jobs'";
    let plan: String = connection
        .query_row(statement, [], |row| row.get("detail"))
        .unwrap();
    assert!(plan.contains("local_stream_position"), "{plan}");
}

#[test]
fn other_keys_or_indexes_are_noticed_in_any_order() {
    let definition = json!({ "KeySchema": [
        { "AttributeName": "pk", "KeyType": "HASH" }, { "AttributeName": "sk", "KeyType": "RANGE" },
    ] });
    let stored = r#"[{"AttributeName":"sk","KeyType":"RANGE"},{"AttributeName":"pk","KeyType":"HASH"}]"#;
    assert!(!changed(stored, &definition, "KeySchema"));
    assert!(changed(
        r#"[{"AttributeName":"pk","KeyType":"HASH"}]"#,
        &definition,
        "KeySchema"
    ));
    assert!(!changed("[]", &definition, "GlobalSecondaryIndexes"));
}
