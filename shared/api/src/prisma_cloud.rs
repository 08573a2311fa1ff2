//! The form in which clients of Prisma Cloud read errors: a body with `error`, and the header `x-redlock-status`
//! that says the same once more. An official client calls an error without the header "returned HTML".

use serde::Serialize;

use crate::reply::Reply;

/// An error for a client of Prisma Cloud; `P` is what an operation adds to the documented members
#[derive(Debug)]
pub(crate) struct ErrorBody<P> {
    /// A stable word
    pub(crate) code: &'static str,
    /// Says what the caller reads
    pub(crate) message: String,
    /// The member of the request that is at fault
    pub(crate) target: Option<String>,
    /// A sentence for every fault.
    pub(crate) details: Vec<String>,
    /// Members that only some errors have.
    pub(crate) further: Option<P>,
}

#[derive(Debug, Serialize)]
struct Body<'e, P> {
    error: Members<'e, P>,
}

#[derive(Debug, Serialize)]
struct Members<'e, P> {
    code: &'static str,
    message: &'e str,
    target: Option<&'e str>,
    details: &'e [String],
    #[serde(flatten)]
    further: Option<&'e P>,
}

/// An entry of the header `x-redlock-status`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'e> {
    i18n_key: &'static str,
    severity: &'static str,
    subject: Option<&'e str>,
}

impl<P: Serialize> ErrorBody<P> {
    /// Returns the reply with this status.
    pub(crate) fn reply(&self, status: u16) -> Reply {
        let target = self.target.as_deref();
        let body = Body {
            error: Members {
                code: self.code,
                message: &self.message,
                target,
                details: &self.details,
                further: self.further.as_ref(),
            },
        };
        let entries = [Status {
            i18n_key: self.code,
            severity: "error",
            subject: target,
        }];
        Reply::status(status, &body).with_json_header("x-redlock-status", &entries)
    }
}
