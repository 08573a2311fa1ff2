//! IAM's report on the credentials of an account's users.

use aws_sdk_iam::types::ReportStateType;

use crate::error::AccessError;
use crate::session::Session;

const START: &str = "start the credential report";
const READ: &str = "read the credential report";

impl Session {
    /// Has IAM make the credential report of the account, and returns whether it is ready. IAM makes one in seconds and
    /// keeps it for four hours.
    ///
    /// Source: IAM API reference, `GenerateCredentialReport`.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub async fn start_credential_report(&self) -> Result<bool, AccessError> {
        let reply = self
            .iam
            .generate_credential_report()
            .send()
            .await
            .map_err(|error| AccessError::new(START, error))?;
        Ok(reply.state == Some(ReportStateType::Complete))
    }

    /// Returns the report that is ready, as CSV.
    ///
    /// Source: IAM API reference, `GetCredentialReport`.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub async fn credential_report(&self) -> Result<String, AccessError> {
        let reply = self
            .iam
            .get_credential_report()
            .send()
            .await
            .map_err(|error| AccessError::new(READ, error))?;
        let content = reply.content.ok_or_else(|| AccessError::incomplete(READ))?;
        String::from_utf8(content.into_inner()).map_err(|error| AccessError::Unavailable {
            what: READ,
            cause: error.into(),
        })
    }
}
