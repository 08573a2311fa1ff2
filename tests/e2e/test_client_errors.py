"""How the clients read what is not the plain answer of an operation, as the page about clients says."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from access_policy_clients import Refused
from botocore.exceptions import ClientError
from client_setups import boto3_in_code, cli_with_models, environment, javascript, node_modules, with_models  # noqa: F401, fixtures

ASK = {"accessPolicyIdentity": {"user": {"id": "u-1"}}, "accessPolicyPermission": "VIEWER",
       "accessPolicyResource": {"portal": {"id": "11111111-1111-4111-8111-111111111111"}}}
CLIENTS = ["boto3_in_code", "cli_with_models", "javascript"]


class Answers(ThreadingHTTPServer):
    """Answers everything with `reply`, a status, the name of an error and a body, and counts."""

    daemon_threads = True
    reply = (500, None, "")
    count = 0


@pytest.fixture
def answers():
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.server.count += 1
            status, name, body = self.server.reply
            self.send_response(status)
            if name:
                self.send_header("x-amzn-ErrorType", name)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = do_PUT = do_DELETE = handle_one

        def log_message(self, *_):
            """Nothing: `count` is the log."""

    server = Answers(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def endpoint(answers):
    return f"http://127.0.0.1:{answers.server_port}"


@pytest.fixture
def ask(client, request):
    """The error, as text, with which a creation by the client ends."""
    client = request.getfixturevalue(client)

    def error() -> str:
        with pytest.raises((Refused, AssertionError, ClientError)) as refused:
            client.call("CreateAccessPolicy", **ASK)
        return f"{refused.value!r} {refused.value.__context__!r}"

    return error


@pytest.mark.parametrize("client", CLIENTS)
def test_the_name_of_an_error_reaches_the_caller(answers, ask):
    for status, name, body in [
        (404, "ResourceNotFoundException", '{"message": "There is no such portal"}'),
        (403, "AccessDeniedException", '{"Message": "not authorized"}'),
        (403, "MissingAuthenticationTokenException", '{"message": "Missing Authentication Token"}'),
        (403, "InvalidSignatureException", '{"message": "Credential should be scoped to correct service"}'),
        (429, "TooManyRequestsException", '{"message": "Too Many Requests"}'),
        (413, "RequestTooLargeException", '{"message": "Request Too Long"}'),
    ]:
        answers.reply = (status, name, body)
        assert name in ask()


@pytest.fixture
def twice(environment):
    """Everything is tried twice at most."""
    environment["AWS_MAX_ATTEMPTS"] = "2"


@pytest.mark.parametrize("client", CLIENTS)
def test_what_may_pass_is_sent_again(answers, twice, ask, client):
    for status, name, attempts in [
        (429, "ThrottlingException", 2), (500, "InternalFailureException", 2),
        (410, "LimitExceededException", 1 if client == "cli_with_models" else 2),
        (409, "ConflictingOperationException", 1), (400, "InvalidRequestException", 1),
    ]:
        answers.reply, answers.count = (status, name, '{"message": "x"}'), 0
        assert name in ask()
        assert answers.count == attempts, name
