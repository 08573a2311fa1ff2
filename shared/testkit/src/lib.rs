//! Tests use this in the place of AWS: the embedded database, a bucket, and a server that answers as a test wants. Each
//! speaks the real protocol over HTTP.

mod bucket;
mod contention;
mod faults;
pub mod server;

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};
use std::net::SocketAddr;
use std::sync::LazyLock;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use cloudformation::{Scope, Table};
use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use bucket::Bucket;
pub use faults::{Fault, Faults, Gate};

/// Read once for all tests of a process: a YAML text of this size takes a tenth of a second without optimisation.
static TEMPLATE: LazyLock<Scope> = LazyLock::new(read_template);

#[expect(clippy::expect_used, reason = "a test without a template should end at once")]
fn read_template() -> Scope {
    let document = cloudformation::parse(include_str!("../../../template.yaml")).expect("a template");
    Scope::new(&document, "us-east-1", &BTreeMap::new())
}

/// A `DynamoDB` of its own.
pub struct Dynamo {
    database: Database,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Debug for Dynamo {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.debug_struct("Dynamo")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Drop for Dynamo {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Dynamo {
    /// Starts an empty database on a free port of the loopback interface.
    ///
    /// # Panics
    /// When the machine lets no server start; for tests only.
    #[expect(
        clippy::expect_used,
        reason = "a test that cannot start its database should end at once"
    )]
    pub async fn start() -> Self {
        let database = Database::memory().expect("an in-memory database");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let data = database.clone();
        let server = tokio::spawn(async move {
            let never = std::future::pending::<()>();
            if let Err(error) = dynoxide::server::serve_with_shutdown(listener, data, never).await {
                tracing::error!(%error, "the embedded database ended");
            }
        });
        Self {
            database,
            address,
            server,
        }
    }

    /// Makes a client of the database.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::from_conf(self.config().build())
    }

    /// Returns the configuration of a client, to add interceptors to.
    #[must_use]
    pub fn config(&self) -> aws_sdk_dynamodb::config::Builder {
        aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("000000000000", "local", None, None, "tests"))
            .endpoint_url(format!("http://{}", self.address))
    }

    /// Makes a client whose requests go through `faults`, each up to three times. The pauses of the client take no
    /// time, so that a row of failures is over at once.
    #[must_use]
    pub fn client_through(&self, faults: &Faults) -> Client {
        let config = self
            .config()
            .http_client(faults.clone())
            .sleep_impl(faults::NoPause)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            // The pauses end at once, so that every time-out would be over before it began.
            .timeout_config(TimeoutConfig::disabled());
        Client::from_conf(config.build())
    }

    /// Creates the table that `template.yaml` defines under this logical id. In the database it has the same name.
    ///
    /// # Panics
    /// When the template has no such table, or the database refuses it; for tests only.
    #[expect(clippy::expect_used, reason = "a test without its table should end at once")]
    pub async fn create_table(&self, id: &str) {
        let mut definition = Table::read(&TEMPLATE, id)
            .expect("a table of the template")
            .definition;
        *definition.get_mut("TableName").expect("a name") = id.into();
        let request = serde_json::from_value(definition).expect("the body of CreateTable");
        let database = self.database.clone();
        let created = tokio::task::spawn_blocking(move || database.create_table(request)).await;
        created.expect("no panic").expect("a table");
    }

    /// Returns all items of a table, as JSON. Bytes are left out.
    ///
    /// # Panics
    /// When the table cannot be read; for tests only.
    #[expect(clippy::expect_used, reason = "a test without its table should end at once")]
    pub async fn items(&self, table: &str) -> Vec<serde_json::Value> {
        let items = self.client().scan().table_name(table).into_paginator().items();
        let items: Vec<_> = items.send().try_collect().await.expect("the items");
        let value = |value: &AttributeValue| {
            if let Ok(text) = value.as_s() {
                return Some(serde_json::Value::from(text.as_str()));
            }
            serde_json::from_str(value.as_n().ok()?).ok()
        };
        let members = items.iter().map(|item| {
            let members = item
                .iter()
                .filter_map(|(name, one)| Some((name.clone(), value(one)?)));
            serde_json::Value::Object(members.collect())
        });
        members.collect()
    }

    /// Returns the sort keys of all items of a table.
    ///
    /// # Panics
    /// When the table cannot be read; for tests only.
    #[expect(clippy::expect_used, reason = "a test without its table should end at once")]
    pub async fn sort_keys(&self, table: &str) -> Vec<String> {
        let items = self.client().scan().table_name(table).into_paginator().items();
        let items: Vec<_> = items.send().try_collect().await.expect("the items");
        let keys = items.iter().filter_map(|item| item.get("sk")?.as_s().ok());
        keys.cloned().collect()
    }

    /// Writes an item of texts, numbers and maps, and of bytes in `value`, as another release may have written it.
    ///
    /// # Panics
    /// When the table cannot be changed, or the item has something else; for tests only.
    #[expect(clippy::expect_used, reason = "a test without its table should end at once")]
    pub async fn put(&self, table: &str, item: serde_json::Value, value: Option<&[u8]>) {
        fn attribute(value: &serde_json::Value) -> AttributeValue {
            if let Some(text) = value.as_str() {
                return AttributeValue::S(text.to_owned());
            }
            let Some(members) = value.as_object() else {
                return AttributeValue::N(value.to_string());
            };
            let members = members.iter().map(|(name, one)| (name.clone(), attribute(one)));
            AttributeValue::M(members.collect())
        }
        let members = item.as_object().expect("an item").iter();
        let members = members.map(|(name, one)| (name.clone(), attribute(one)));
        let mut put = self
            .client()
            .put_item()
            .table_name(table)
            .set_item(Some(members.collect()));
        if let Some(value) = value {
            put = put.item("value", AttributeValue::B(Blob::new(value)));
        }
        put.send().await.expect("one more item");
    }

    /// Deletes an item.
    ///
    /// # Panics
    /// When the table cannot be changed; for tests only.
    #[expect(clippy::expect_used, reason = "a test without its table should end at once")]
    pub async fn delete(&self, table: &str, (pk, sk): (&str, &str)) {
        let delete = self.client().delete_item().table_name(table);
        let key = |text: &str| AttributeValue::S(text.to_owned());
        let delete = delete.key("pk", key(pk)).key("sk", key(sk));
        delete.send().await.expect("an item less");
    }

    /// Replaces `value` in the items that hold it, or deletes these items.
    ///
    /// # Panics
    /// When the table cannot be changed; for tests only.
    #[expect(clippy::expect_used, reason = "a test without its table should end at once")]
    pub async fn replace_value(&self, table: &str, value: &[u8], with: Option<&[u8]>) {
        let client = self.client();
        let items = client.scan().table_name(table).into_paginator().items();
        let items: Vec<_> = items.send().try_collect().await.expect("the items");
        let value = AttributeValue::B(Blob::new(value));
        for mut item in items {
            if item.get("value") != Some(&value) {
                continue;
            }
            if let Some(with) = with {
                item.insert("value".to_owned(), AttributeValue::B(Blob::new(with)));
                let put = client.put_item().table_name(table).set_item(Some(item));
                put.send().await.expect("a changed item");
            } else {
                item.retain(|name, _| name == "pk" || name == "sk");
                let delete = client.delete_item().table_name(table).set_key(Some(item));
                delete.send().await.expect("an item less");
            }
        }
    }
}
