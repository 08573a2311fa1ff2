//! Writes rows as files: CSV, and one JSON object for each line.

use super::Row;
use super::exceptions::ExceptionCode;
use std::borrow::Cow;
use std::io::{self, Write};

/// The columns of a CSV file: the members of a row that every reply has, in their order.
pub const COLUMNS: [&str; 38] = [
    "accessedResourcesCount",
    "destCloudAccount",
    "destCloudRegion",
    "destCloudResourceRrn",
    "destCloudServiceName",
    "destCloudType",
    "destResourceId",
    "destResourceName",
    "destResourceType",
    "effectiveActionName",
    "exceptions",
    "grantedByCloudEntityId",
    "grantedByCloudEntityName",
    "grantedByCloudEntityRrn",
    "grantedByCloudEntityType",
    "grantedByCloudPolicyId",
    "grantedByCloudPolicyName",
    "grantedByCloudPolicyRrn",
    "grantedByCloudPolicyType",
    "grantedByCloudType",
    "id",
    "isWildCardDestCloudResourceName",
    "lastAccessDate",
    "sourceCloudAccount",
    "sourceCloudRegion",
    "sourceCloudResourceRrn",
    "sourceCloudServiceName",
    "sourceCloudType",
    "sourceIdpDomain",
    "sourceIdpEmail",
    "sourceIdpGroup",
    "sourceIdpRrn",
    "sourceIdpService",
    "sourceIdpUsername",
    "sourcePublic",
    "sourceResourceId",
    "sourceResourceName",
    "sourceResourceType",
];

/// Writes the header line of a CSV file (RFC 4180).
///
/// # Errors
/// What the target fails with.
pub fn write_csv_header(target: &mut impl Write) -> io::Result<()> {
    for (index, column) in COLUMNS.iter().enumerate() {
        if index > 0 {
            target.write_all(b",")?;
        }
        target.write_all(column.as_bytes())?;
    }
    target.write_all(b"\r\n")
}

/// Writes a row as one record of a CSV file (RFC 4180): CRLF at its end, `null` as an empty field.
///
/// Text that a spreadsheet would run as a formula gets an apostrophe in front and is quoted.
///
/// # Errors
/// What the target fails with.
pub fn write_csv(target: &mut impl Write, row: &Row<'_>) -> io::Result<()> {
    let count = row.accessed_resources_count.map(|count| count.to_string());
    let codes: Vec<&str> = row.exceptions.iter().map(ExceptionCode::as_str).collect();
    let codes = codes.join(";");
    let fields: [Option<&str>; 38] = [
        count.as_deref(),
        Some(&row.dest_cloud_account),
        Some(row.dest_cloud_region),
        row.dest_cloud_resource_rrn.as_deref(),
        Some(row.dest_cloud_service_name),
        Some(row.dest_cloud_type),
        Some(row.dest_resource_id),
        Some(row.dest_resource_name),
        Some(row.dest_resource_type),
        Some(row.effective_action_name),
        Some(&codes),
        row.granted_by_cloud_entity_id,
        row.granted_by_cloud_entity_name,
        row.granted_by_cloud_entity_rrn,
        row.granted_by_cloud_entity_type,
        Some(row.granted_by_cloud_policy_id),
        Some(row.granted_by_cloud_policy_name),
        Some(row.granted_by_cloud_policy_rrn),
        Some(row.granted_by_cloud_policy_type),
        Some(row.granted_by_cloud_type),
        Some(&row.id),
        Some(truth(row.is_wild_card_dest_cloud_resource_name)),
        row.last_access_date.as_deref(),
        row.source_cloud_account,
        row.source_cloud_region,
        row.source_cloud_resource_rrn.as_deref(),
        row.source_cloud_service_name,
        row.source_cloud_type,
        row.source_idp_domain,
        row.source_idp_email,
        row.source_idp_group,
        row.source_idp_rrn,
        row.source_idp_service,
        row.source_idp_username,
        Some(truth(row.source_public)),
        Some(row.source_resource_id),
        Some(row.source_resource_name),
        Some(row.source_resource_type),
    ];
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            target.write_all(b",")?;
        }
        target.write_all(csv_field(field.unwrap_or_default()).as_bytes())?;
    }
    target.write_all(b"\r\n")
}

/// Writes a row as a JSON object.
///
/// # Errors
/// What the target fails with.
pub fn write_json(target: &mut impl Write, row: &Row<'_>) -> io::Result<()> {
    Ok(serde_json::to_writer(target, row)?)
}

/// Writes a row as one line of newline-delimited JSON.
///
/// # Errors
/// What the target fails with.
pub fn write_ndjson(target: &mut impl Write, row: &Row<'_>) -> io::Result<()> {
    write_json(target, row)?;
    target.write_all(b"\n")
}

const fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn csv_field(text: &str) -> Cow<'_, str> {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if !formula && !text.contains([',', '"', '\r', '\n']) {
        return Cow::Borrowed(text);
    }
    let guard = if formula { "'" } else { "" };
    Cow::Owned(format!("\"{guard}{}\"", text.replace('"', "\"\"")))
}

#[cfg(test)]
mod tests;
