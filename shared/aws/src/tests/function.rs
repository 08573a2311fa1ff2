use testkit::server::{Call, Reply, Server, reply};

use crate::{AccessError, Function};

async fn invoked(
    answer: impl Fn(&Call) -> Reply + Clone + Send + Sync + 'static,
) -> (Server, Result<Vec<u8>, AccessError>) {
    let server = Server::start(answer).await;
    let function = Function::of(&server.config(), "search".to_owned());
    let answer = function.invoke(b"{\"shard\":3}".to_vec(), None).await;
    (server, answer)
}

#[tokio::test]
async fn the_answer_of_a_function_is_what_it_returned() {
    let (server, answer) = invoked(|_| reply(200, "{\"answer\":\"x\"}")).await;
    assert_eq!(answer.unwrap(), b"{\"answer\":\"x\"}");
    let calls = server.calls();
    assert_eq!(calls[0].path, "/2015-03-31/functions/search/invocations");
    assert_eq!(
        (calls[0].body.as_str(), calls[0].service()),
        ("{\"shard\":3}", "lambda")
    );
}

#[tokio::test]
async fn a_function_with_instances_for_each_tenant_is_told_the_tenant() {
    let server = Server::start(|_: &Call| reply(200, "{}")).await;
    let function = Function::of(&server.config(), "search".to_owned());
    for tenant in [Some("111122223333/444455556666"), None] {
        function.invoke(Vec::new(), tenant).await.unwrap();
    }
    let tenants: Vec<String> = server.calls().into_iter().map(|call| call.tenant).collect();
    assert_eq!(tenants, ["111122223333/444455556666", ""]);
}

#[tokio::test]
async fn a_function_that_fails_or_may_not_be_invoked_gives_no_answer() {
    let failed = |_: &Call| {
        let mut failed = reply(200, "{\"errorMessage\":\"secret\"}");
        let unhandled = "Unhandled".parse().unwrap();
        failed.headers_mut().insert("x-amz-function-error", unhandled);
        failed
    };
    let (_server, answer) = invoked(failed).await;
    let error = answer.unwrap_err();
    assert!(matches!(error, AccessError::Unavailable { .. }), "{error}");
    assert!(!format!("{error:?}").contains("secret"));
    let refused = |code: u16, kind: &'static str| {
        let mut refused = reply(code, "{\"Message\":\"m\"}");
        refused
            .headers_mut()
            .insert("x-amzn-errortype", kind.parse().unwrap());
        refused
    };
    let (_server, answer) = invoked(move |_| refused(403, "AccessDeniedException")).await;
    assert!(matches!(answer, Err(AccessError::Denied { .. })));
    let (_server, answer) = invoked(move |_| refused(429, "TooManyRequestsException")).await;
    assert!(matches!(answer, Err(AccessError::Throttled { .. })));
    let (_server, answer) = invoked(move |_| refused(404, "ResourceNotFoundException")).await;
    assert!(matches!(answer, Err(AccessError::NotFound { .. })));
}
