//! DynamoDB is the embedded database, with the tables of the template.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dynoxide::Database;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::clock;
use cloudformation::Table;

/// Says how often expired items are removed. DynamoDB takes days for it; nobody should rely on when.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// Says how long stream records are kept: 24 hours, as in DynamoDB.
const STREAM_RETENTION_SECONDS: i64 = 24 * 60 * 60;

/// Says why the database cannot be used
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    /// The file cannot be opened
    #[error("the database cannot be opened: {0}")]
    Open(String),
    /// A table of the template cannot be made
    #[error("table `{table}` cannot be created: {reason}")]
    Create {
        /// The logical id of the table.
        table: String,
        /// Says what the database says
        reason: String,
    },
    /// The file cannot be opened beside the database
    #[error("the stream records cannot be indexed: {0}")]
    Index(#[from] rusqlite::Error),
}

/// Opens the database file, or makes it, with all tables of the template.
///
/// # Errors
/// See [`DatabaseError`].
pub(crate) fn open(file: &Path, tables: &[Table]) -> Result<Database, DatabaseError> {
    let database =
        Database::new(&file.to_string_lossy()).map_err(|error| DatabaseError::Open(error.to_string()))?;
    index_stream_records(file)?;
    for table in tables {
        create(&database, table).map_err(|reason| DatabaseError::Create {
            table: table.id.clone(),
            reason,
        })?;
    }
    Ok(database)
}

fn create(database: &Database, table: &Table) -> Result<(), String> {
    let known = database
        .get_table_metadata(&table.name)
        .map_err(|error| error.to_string())?;
    if let Some(known) = known {
        // Keys of a table cannot change; indexes could, but a local table is quickly made anew.
        if changed(&known.key_schema, &table.definition, "KeySchema")
            || changed(
                known.gsi_definitions.as_deref().unwrap_or("[]"),
                &table.definition,
                "GlobalSecondaryIndexes",
            )
        {
            tracing::warn!(
                table = table.name,
                "the template's table `{}` has other keys or indexes than the existing one, which stays; \
                 remove the local data to make it anew",
                table.id
            );
        }
    } else {
        let request = serde_json::from_value(table.definition.clone()).map_err(|error| error.to_string())?;
        database
            .create_table(request)
            .map_err(|error| error.to_string())?;
    }
    let Some(attribute) = &table.time_to_live else {
        return Ok(());
    };
    let wanted = json!({
        "TableName": table.name,
        "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": true },
    });
    let request = serde_json::from_value(wanted).map_err(|error| error.to_string())?;
    match database.update_time_to_live(request) {
        Ok(_) => Ok(()),
        // The database says this when the setting is on already, as after a restart.
        Err(error) if error.to_string().contains("already enabled") => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Returns whether the names in a stored definition differ from the template's.
fn changed(stored: &str, definition: &Value, property: &str) -> bool {
    let names = |value: &Value| {
        let mut names = Vec::new();
        collect_names(value, &mut names);
        names.sort_unstable();
        names
    };
    let stored: Value = serde_json::from_str(stored).unwrap_or_default();
    names(&stored) != names(definition.get(property).unwrap_or(&Value::Null))
}

fn collect_names(value: &Value, names: &mut Vec<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        if name == "AttributeName" || name == "IndexName" {
            names.extend(value.as_str().map(str::to_owned));
        } else {
            collect_names(value, names);
        }
    }
    for item in value.as_array().into_iter().flatten() {
        collect_names(item, names);
    }
}

/// Returns the database looks for the last sequence number of a table at every write. Without an index it reads all
/// stream records ever written for that, and a long-lived file gets slower and slower.
fn index_stream_records(file: &Path) -> Result<(), rusqlite::Error> {
    let connection = second_connection(file)?;
    connection.execute_batch(
        "CREATE INDEX IF NOT EXISTS local_stream_position
         ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
    )?;
    trim_stream_records(&connection)
}

fn trim_stream_records(connection: &rusqlite::Connection) -> Result<(), rusqlite::Error> {
    let oldest = clock::now_millis() / 1000 - STREAM_RETENTION_SECONDS;
    connection
        .execute("DELETE FROM _stream_records WHERE created_at < ?1", [oldest])
        .map(|_deleted| ())
}

fn second_connection(file: &Path) -> Result<rusqlite::Connection, rusqlite::Error> {
    let connection = rusqlite::Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    Ok(connection)
}

/// Serves the database over HTTP until the runner ends.
///
/// # Errors
/// What the server says.
pub(crate) async fn serve(listener: TcpListener, database: Database) -> Result<(), String> {
    dynoxide::server::serve_with_shutdown(listener, database, std::future::pending()).await
}

/// Removes expired items and old stream records from time to time, until the runner ends.
pub(crate) async fn sweep(database: Database, file: PathBuf) {
    let mut clock = tokio::time::interval(SWEEP_EVERY);
    loop {
        clock.tick().await;
        let (database, file) = (database.clone(), file.clone());
        let swept = tokio::task::spawn_blocking(move || {
            let expired = database.sweep_ttl().map_err(|error| error.to_string())?;
            second_connection(&file)
                .and_then(|connection| trim_stream_records(&connection))
                .map_err(|error| error.to_string())?;
            Ok::<_, String>(expired)
        })
        .await;
        match swept {
            Ok(Ok(0)) => {}
            Ok(Ok(expired)) => tracing::info!(expired, "removed {expired} expired items"),
            Ok(Err(error)) => tracing::warn!("expired items were not removed: {error}"),
            Err(error) => tracing::warn!("expired items were not removed: {error}"),
        }
    }
}

#[cfg(test)]
mod tests;
