//! What tests use in the place of AWS: the embedded database, a bucket, and a server that answers as a test wants. Each
//! speaks the real protocol over HTTP.

mod bucket;
mod faults;
pub mod server;

use std::net::SocketAddr;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, LocalSecondaryIndex, Projection,
    ProjectionType, ScalarAttributeType,
};
use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use bucket::Bucket;
pub use faults::{Fault, Faults, Gate};

/// A `DynamoDB` of its own.
#[derive(Debug)]
pub struct Dynamo {
    address: SocketAddr,
    server: JoinHandle<()>,
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
        let server = tokio::spawn(async move {
            let never = std::future::pending::<()>();
            if let Err(error) = dynoxide::server::serve_with_shutdown(listener, database, never).await {
                tracing::error!(%error, "the embedded database ended");
            }
        });
        Self { address, server }
    }

    /// A client of it.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::from_conf(self.config().build())
    }

    /// The configuration of a client, to add interceptors to.
    #[must_use]
    pub fn config(&self) -> aws_sdk_dynamodb::config::Builder {
        aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("000000000000", "local", None, None, "tests"))
            .endpoint_url(format!("http://{}", self.address))
    }

    /// A client of it whose requests go through `faults`, each up to three times. Its pauses take no time, so that a
    /// storm is over at once.
    #[must_use]
    pub fn client_through(&self, faults: &Faults) -> Client {
        let config = self
            .config()
            .http_client(faults.clone())
            .sleep_impl(faults::NoPause)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            // With pauses that end at once every time-out would be over before it began.
            .timeout_config(TimeoutConfig::disabled());
        Client::from_conf(config.build())
    }

    /// Creates a table with the string keys `pk` and `sk`, as all tables of the template have.
    ///
    /// # Panics
    /// When the table cannot be made; for tests only.
    pub async fn create_table(&self, name: &str) {
        self.create_table_with_indexes(name, &[], &[]).await;
    }

    /// Creates a table with the same keys and a local index of its partitions by another string attribute, which
    /// holds the attributes named besides the keys.
    ///
    /// # Panics
    /// When the table cannot be made; for tests only.
    pub async fn create_table_with_index(&self, name: &str, index: &str, sorted_by: &str, holds: &[&str]) {
        self.create_table_with_indexes(name, &[(index, sorted_by)], holds)
            .await;
    }

    /// Creates a table with several such indexes, each with the attribute that it is sorted by.
    ///
    /// # Panics
    /// When the table cannot be made; for tests only.
    #[expect(clippy::expect_used, reason = "a test without its table should end at once")]
    pub async fn create_table_with_indexes(&self, name: &str, indexes: &[(&str, &str)], holds: &[&str]) {
        let mut request = self
            .client()
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(string("pk"))
            .attribute_definitions(string("sk"))
            .key_schema(key("pk", KeyType::Hash))
            .key_schema(key("sk", KeyType::Range));
        for (index, sorted_by) in indexes {
            let holds = holds.iter().map(|&attribute| attribute.to_owned()).collect();
            let projection = Projection::builder()
                .projection_type(ProjectionType::Include)
                .set_non_key_attributes(Some(holds));
            let index = LocalSecondaryIndex::builder()
                .index_name(*index)
                .key_schema(key("pk", KeyType::Hash))
                .key_schema(key(sorted_by, KeyType::Range))
                .projection(projection.build())
                .build()
                .expect("an index");
            request = request
                .attribute_definitions(string(sorted_by))
                .local_secondary_indexes(index);
        }
        request.send().await.expect("a table");
    }
}

#[expect(clippy::expect_used, reason = "a test without its table should end at once")]
fn string(name: &str) -> AttributeDefinition {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(ScalarAttributeType::S)
        .build()
        .expect("a definition")
}

#[expect(clippy::expect_used, reason = "a test without its table should end at once")]
fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder()
        .attribute_name(name)
        .key_type(kind)
        .build()
        .expect("a key")
}
