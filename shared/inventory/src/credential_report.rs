//! Reads `credential-report.csv`, IAM's report on passwords, access keys and MFA devices of users.
//!
//! Source: IAM user guide, "Getting credential reports for your AWS account". As CSV, or as the reply of `aws iam
//! get-credential-report`, which holds the CSV in base64.

use super::{InventoryError, day, refuse_empty};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use iam::arn::Arn;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Credentials of users
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialReport {
    /// The users by ARN; the root user of an account is `arn:aws:iam::<account>:root`
    pub users: BTreeMap<String, Credentials>,
    /// UTC day on which IAM made the report, when the document says it; the newest of several reports
    pub as_of: Option<Date>,
}

/// Credentials of one user
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// UTC day on which the user was made
    pub created: Option<Date>,
    /// The password for the console; `None` when the user has no password. The root user always has one.
    pub password: Option<Password>,
    /// Says whether an MFA device is active
    pub mfa_active: bool,
    /// Access keys that the user has, active or not; at most two
    pub access_keys: Vec<AccessKey>,
}

/// A password for the console
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Password {
    /// UTC day of the last login; `None` when nobody ever logged in with it, as far as IAM knows
    pub last_used: Option<Date>,
    /// UTC day of the last change; IAM does not show it for the root user
    pub last_changed: Option<Date>,
}

/// A long-term access key of AWS
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// Says whether the key can be used
    pub active: bool,
    /// UTC day on which it was made or last changed
    pub last_rotated: Option<Date>,
    /// UTC day of the last use; `None` when it was never used
    pub last_used: Option<Date>,
}

impl Credentials {
    /// Returns how many access keys can be used.
    #[must_use]
    pub fn active_keys(&self) -> usize {
        self.access_keys.iter().filter(|key| key.active).count()
    }
}

/// The reply of `aws iam get-credential-report`
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reply {
    content: String,
    report_format: Option<String>,
    generated_time: Option<String>,
}

/// The columns that are read. IAM adds columns at the end, so that they are found by name.
#[derive(Deserialize)]
struct Row {
    arn: String,
    user_creation_time: String,
    password_enabled: String,
    password_last_used: String,
    password_last_changed: String,
    mfa_active: String,
    access_key_1_active: String,
    access_key_1_last_rotated: String,
    access_key_1_last_used_date: String,
    access_key_2_active: String,
    access_key_2_last_rotated: String,
    access_key_2_last_used_date: String,
}

/// Reads the text of `credential-report.csv`.
///
/// # Errors
/// `Empty`, `NotJson`, `Shape`, `Csv`, `NotArn`, `NotDate` and `Duplicate` of [`InventoryError`].
pub fn read_credential_report(text: &str) -> Result<CredentialReport, InventoryError> {
    refuse_empty(text)?;
    if !text.trim_start().starts_with('{') {
        return table(text, None);
    }
    let reply: Reply = serde_json::from_str(text)?;
    if let Some(format) = reply.report_format.filter(|format| format != "text/csv") {
        return Err(InventoryError::Csv(format!(
            "its ReportFormat is `{format}` and not `text/csv`"
        )));
    }
    let made = reply
        .generated_time
        .map(|text| day(&text, || "GeneratedTime".to_owned()));
    let bytes = STANDARD
        .decode(reply.content)
        .map_err(|error| InventoryError::Csv(format!("Content is not base64: {error}")))?;
    let csv = String::from_utf8(bytes)
        .map_err(|error| InventoryError::Csv(format!("Content is not UTF-8: {error}")))?;
    table(&csv, made.transpose()?)
}

fn table(csv: &str, as_of: Option<Date>) -> Result<CredentialReport, InventoryError> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let mut read = CredentialReport {
        as_of,
        ..CredentialReport::default()
    };
    for (index, row) in reader.deserialize().enumerate() {
        let row: Row = row.map_err(|error| InventoryError::Csv(error.to_string()))?;
        let location = format!("line {}", index + 2);
        let is_user = Arn::parse(&row.arn).is_ok_and(|arn| arn.service == "iam" && !arn.account.is_empty());
        if !is_user {
            return Err(InventoryError::NotArn {
                location,
                text: row.arn,
                expected: "an IAM user or a root user",
            });
        }
        let credentials = credentials(&row, &location)?;
        if read.users.insert(row.arn.clone(), credentials).is_some() {
            return Err(InventoryError::Duplicate {
                location,
                name: row.arn,
            });
        }
    }
    Ok(read)
}

fn credentials(row: &Row, location: &str) -> Result<Credentials, InventoryError> {
    let date = |text: &str, column: &str| match text {
        // `no_information` means never, or before October 2014. `not_supported` stands in the row of the root user.
        "N/A" | "no_information" | "not_supported" | "" => Ok(None),
        text => day(text, || format!("{location}, {column}")).map(Some),
    };
    let is_true = |text: &str| text.eq_ignore_ascii_case("true");
    let has_password = is_true(&row.password_enabled) || row.password_enabled == "not_supported";
    let password = Password {
        last_used: date(&row.password_last_used, "password_last_used")?,
        last_changed: date(&row.password_last_changed, "password_last_changed")?,
    };
    let keys = [
        (
            &row.access_key_1_active,
            &row.access_key_1_last_rotated,
            &row.access_key_1_last_used_date,
            "access_key_1",
        ),
        (
            &row.access_key_2_active,
            &row.access_key_2_last_rotated,
            &row.access_key_2_last_used_date,
            "access_key_2",
        ),
    ];
    let mut access_keys = Vec::new();
    for (active, rotated, used, column) in keys {
        let key = AccessKey {
            active: is_true(active),
            last_rotated: date(rotated, &format!("{column}_last_rotated"))?,
            last_used: date(used, &format!("{column}_last_used_date"))?,
        };
        // An existing key has a date; a user without a key has `false` and `N/A`.
        if key.active || key.last_rotated.is_some() {
            access_keys.push(key);
        }
    }
    Ok(Credentials {
        created: date(&row.user_creation_time, "user_creation_time")?,
        password: has_password.then_some(password),
        mfa_active: is_true(&row.mfa_active),
        access_keys,
    })
}
