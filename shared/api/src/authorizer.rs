//! Authorizers are functions that API Gateway asks whose request it is, before it starts the function of the method.
//!
//! Source: API Gateway developer guide, "Use API Gateway Lambda authorizers".

use std::error::Error as StdError;
use std::panic::Location;

use lambda_runtime::{Diagnostic, Error, LambdaEvent, Runtime, service_fn};
use model::account::AccountId;
use serde_json::{Value, json};
use tracing::Instrument;

use crate::clock::now;
use crate::invocation::{Operation, Outcome, Subject};
use crate::logs;
use crate::panics::PanicReply;
use crate::request::Request;

/// Says who a request comes from
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account that the request is made for
    pub account: AccountId,
    /// The id of the access key, which names the caller in the logs of API Gateway
    pub access_key: String,
}

/// Says for which methods one answer of an authorizer is valid
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The answer is valid for the method that was called. Each request must be authorized by itself.
    Method,
    /// The answer is valid for every method below a path, given without slashes around it. API Gateway keeps an answer
    /// by what identifies the caller, whatever the path is, so that an answer for one method alone would refuse the
    /// caller's next request.
    Below(&'static str),
}

/// Says why a request is not let in: API Gateway answers 401 to exactly this message, and 500 to any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("Unauthorized")]
    Unauthorized,
    #[error("the authorizer failed; the log says why")]
    Failed,
}

impl From<Refused> for Diagnostic {
    fn from(refused: Refused) -> Self {
        let error_type = match refused {
            Refused::Unauthorized => "Unauthorized",
            Refused::Failed => "AuthorizerFailed",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: refused.to_string(),
        }
    }
}

/// Answers whose requests they are, until Lambda stops the function. The handler answers `None` for a request that is
/// nobody's.
///
/// # Errors
/// The Lambda Runtime API cannot be reached or refuses to be asked.
///
/// # Panics
/// Outside of Lambda, whose environment variables the runtime wants.
#[track_caller]
pub fn authorize<S, E: StdError>(
    state: S,
    reach: Reach,
    handler: impl AsyncFn(&S, &Request) -> Result<Option<Caller>, E>,
) -> impl Future<Output = Result<(), Error>> {
    run(Operation::at(Location::caller()), state, reach, handler)
}

async fn run<S, E: StdError>(
    operation: Operation,
    state: S,
    reach: Reach,
    handler: impl AsyncFn(&S, &Request) -> Result<Option<Caller>, E>,
) -> Result<(), Error> {
    logs::start();
    let (operation, state, handler) = (operation.for_all_invocations(), &state, &handler);
    let service = service_fn(move |event: LambdaEvent<Value>| async move {
        let request = Request::from_event(event.payload, now());
        let span = tracing::error_span!(
            "authorizer",
            request_id = request.request_id(),
            invocation_id = event.context.request_id,
        );
        let (id, subject) = (event.context.request_id, Subject::of(&request));
        let work = decide(state, reach, handler, &request).instrument(span);
        let on_panic = PanicReply::error(Refused::Failed);
        operation.invoked(&id, subject, on_panic, work, told).await
    });
    Runtime::new(service).run().await
}

fn told(outcome: &Result<Value, Refused>, subject: &mut Subject) -> (Outcome, Option<u16>) {
    match outcome {
        Ok(answer) => {
            let text = |pointer| answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            subject.tenant = text("/context/account");
            subject.principal = text("/principalId");
            (Outcome::Succeeded, None)
        }
        Err(Refused::Unauthorized) => (Outcome::Refused, None),
        Err(Refused::Failed) => (Outcome::Failed, None),
    }
}

/// Decides one request. This is the only place that logs why an authorizer failed.
async fn decide<S, E: StdError>(
    state: &S,
    reach: Reach,
    handler: &impl AsyncFn(&S, &Request) -> Result<Option<Caller>, E>,
    request: &Request,
) -> Result<Value, Refused> {
    // The future is boxed for the same reason as in `serve`.
    match Box::pin(async { handler(state, request).await }).await {
        Ok(Some(caller)) => policy(&caller, reach, request.method_arn()).ok_or_else(|| {
            tracing::error!("the event names no method");
            Refused::Failed
        }),
        Ok(None) => {
            tracing::info!("refused");
            Err(Refused::Unauthorized)
        }
        Err(error) => {
            tracing::error!(cause = logs::chain(&error), "the authorizer failed: {error}");
            Err(Refused::Failed)
        }
    }
}

/// Returns the policy of the authorizer's reply.
///
/// A method ARN is `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>`.
fn policy(caller: &Caller, reach: Reach, method_arn: Option<&str>) -> Option<Value> {
    let arn = method_arn?;
    let resource = match reach {
        Reach::Method => arn.to_owned(),
        Reach::Below(path) => {
            let (api, rest) = arn.split_once('/')?;
            let (stage, _) = rest.split_once('/')?;
            format!("{api}/{stage}/*/{path}/*")
        }
    };
    Some(json!({
        "principalId": caller.access_key,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{ "Action": "execute-api:Invoke", "Effect": "Allow", "Resource": resource }],
        },
        "context": { "account": caller.account.as_str() },
    }))
}

#[cfg(test)]
mod tests {
    use std::io;

    use jiff::Timestamp;

    use super::*;

    const ARN: &str =
        "arn:aws:execute-api:us-east-1:999999999999:a1b2/prod/POST/api.prismacloud.io/api/v1/permission";

    fn caller() -> Caller {
        Caller {
            account: "111122223333".parse().unwrap(),
            access_key: "key".to_owned(),
        }
    }

    type Outcome = fn() -> Result<Option<Caller>, io::Error>;

    async fn decided(outcome: Outcome, event: Value) -> Result<Value, Refused> {
        let request = Request::from_event(event, Timestamp::UNIX_EPOCH);
        decide(
            &(),
            Reach::Below("api.prismacloud.io"),
            &async |(), _: &Request| outcome(),
            &request,
        )
        .await
    }

    #[test]
    fn an_answer_is_good_below_the_path_and_nowhere_else() {
        let policy = policy(&caller(), Reach::Below("api.prismacloud.io"), Some(ARN)).unwrap();
        assert_eq!(
            policy["policyDocument"]["Statement"][0]["Resource"],
            "arn:aws:execute-api:us-east-1:999999999999:a1b2/prod/*/api.prismacloud.io/*"
        );
        assert_eq!(policy["context"]["account"], "111122223333");
        assert_eq!(policy["principalId"], "key");
    }

    #[test]
    fn an_answer_for_one_method_names_that_method() {
        let policy = policy(&caller(), Reach::Method, Some(ARN)).unwrap();
        assert_eq!(policy["policyDocument"]["Statement"][0]["Resource"], ARN);
    }

    #[tokio::test]
    async fn nobody_is_refused_with_the_message_that_is_a_401() {
        let refused = decided(|| Ok(None), json!({ "methodArn": ARN }))
            .await
            .unwrap_err();
        assert_eq!(Diagnostic::from(refused).error_message, "Unauthorized");
    }

    #[tokio::test]
    async fn failures_are_no_401_and_say_nothing() {
        let failure = || Err(io::Error::other("table `secret` is gone"));
        let refused = decided(failure, json!({ "methodArn": ARN })).await.unwrap_err();
        let message = Diagnostic::from(refused).error_message;
        assert_eq!(message, "the authorizer failed; the log says why");
        let no_method = decided(|| Ok(Some(caller())), json!({})).await;
        assert_eq!(no_method, Err(Refused::Failed));
    }
}
