//! A table of a template as the request that creates it.
//!
//! Source: `DynamoDB` API reference, `CreateTable`.

use serde_json::{Map, Value, json};

use crate::intrinsics::{IntrinsicError, Scope, text_of};

/// A table and how to create it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The logical id of the table.
    pub id: String,
    /// Name in the database.
    pub name: String,
    /// The body of `CreateTable`.
    pub definition: Value,
    /// Attribute that holds the expiry, if items expire.
    pub time_to_live: Option<String>,
}

impl Table {
    /// Reads the table with this logical id.
    ///
    /// # Errors
    /// A property that cannot be evaluated, or an id that the template does not define.
    pub fn read(scope: &Scope, id: &str) -> Result<Self, IntrinsicError> {
        let name = scope.physical_name(id)?;
        let mut definition = Map::new();
        definition.insert("TableName".to_owned(), json!(name));
        definition.insert("BillingMode".to_owned(), json!("PAY_PER_REQUEST"));
        for property in [
            "KeySchema",
            "AttributeDefinitions",
            "GlobalSecondaryIndexes",
            "LocalSecondaryIndexes",
        ] {
            let value = scope.property(id, property)?;
            if !value.is_null() {
                definition.insert(property.to_owned(), without_throughput(value));
            }
        }
        let stream = scope.property(id, "StreamSpecification")?;
        if let Some(view) = stream.get("StreamViewType") {
            let specification = json!({ "StreamEnabled": true, "StreamViewType": view });
            definition.insert("StreamSpecification".to_owned(), specification);
        }
        let expiry = scope.property(id, "TimeToLiveSpecification")?;
        let enabled = expiry
            .get("Enabled")
            .and_then(text_of)
            .is_some_and(|text| text == "true");
        Ok(Self {
            id: id.to_owned(),
            name,
            definition: Value::Object(definition),
            time_to_live: expiry.get("AttributeName").and_then(text_of).filter(|_| enabled),
        })
    }
}

/// Indexes without the capacity settings, which only provisioned tables may have: locally all are on demand.
fn without_throughput(mut indexes: Value) -> Value {
    for index in indexes.as_array_mut().into_iter().flatten() {
        if let Some(index) = index.as_object_mut() {
            for setting in [
                "ProvisionedThroughput",
                "OnDemandThroughput",
                "ContributorInsightsSpecification",
            ] {
                index.remove(setting);
            }
        }
    }
    indexes
}
