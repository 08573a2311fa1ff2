import pytest

from access import command_line, endpoint
from access.failure import Failure


@pytest.fixture(autouse=True)
def no_settings(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "PORT", "AWS_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize("option, variable, account", [
    (None, None, "111122223333"),
    (None, "444455556666", "444455556666"),
    (None, "AKIAIOSFODNN7EXAMPLE", "111122223333"),
    ("777788889999", "444455556666", "777788889999"),
])
def test_the_account_is_the_option_then_the_access_key_then_that_of_the_stack(monkeypatch, option, variable, account):
    if variable:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", variable)
    found = endpoint.choose(None, option, None, None)
    assert (found.account, found.credentials.access_key, found.is_local) == (account, account, True)


@pytest.mark.parametrize("option, variable, is_noted", [
    (None, "AKIAIOSFODNN7EXAMPLE", True),
    (None, "ASIAIOSFODNN7EXAMPLE", True),
    (None, "1111222233334", True),
    ("777788889999", "AKIAIOSFODNN7EXAMPLE", False),
    (None, "444455556666", False),
    (None, None, False),
])
def test_an_access_key_that_is_no_account_makes_a_note(monkeypatch, capsys, option, variable, is_noted):
    if variable:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", variable)
    # Nothing listens on the port, so that the command ends after the note.
    monkeypatch.setenv("PORT", "1")
    arguments = ["query", "source.public = true"] + (["--account", option] if option else [])
    assert command_line.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert ("AWS_ACCESS_KEY_ID is not twelve digits, so account 111122223333 is used" in err) == is_noted, err
    assert ("--account" in err) == is_noted
    assert not variable or variable not in err, "a terminal is no place for the id of a key"


def test_an_access_key_of_aws_is_nothing_to_note_for_a_deployed_stack(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    found = endpoint.choose("https://abc.execute-api.eu-west-2.amazonaws.com/prod/", None, None, None)
    assert found.account_note is None


def test_the_ports_are_those_of_make_run(monkeypatch):
    assert endpoint.choose(None, None, None, None).url == "http://127.0.0.1:3000"
    monkeypatch.setenv("PORT", "4000")
    monkeypatch.setenv("AWS_PORT", "4001")
    found = endpoint.choose(None, None, None, None)
    assert (found.url, found.aws_url) == ("http://127.0.0.1:4000", "http://127.0.0.1:4001")


class Stack:
    """A program that answers every request alike."""

    def __init__(self, status: int, headers: dict):
        self.reply = type("Reply", (), {"status_code": status, "headers": headers, "content": b""})
        self.sent = []

    def send(self, request):
        self.sent.append(request)
        return self.reply


@pytest.mark.parametrize("url, variables", [
    ("http://127.0.0.1:4000", {}),
    ("http://127.0.0.1:4000", {"AWS_PORT": "3001"}),
    (None, {"PORT": "4000"}),
])
def test_the_local_stack_says_where_its_aws_services_are(monkeypatch, url, variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = endpoint.choose(url, None, None, None)
    stack = Stack(400, {"x-amzn-errortype": "WrongPort", "location": "http://127.0.0.1:4001"})
    object.__setattr__(found, "http", stack)
    assert found.aws_url == "http://127.0.0.1:4001"
    assert found.aws_client("s3").meta.endpoint_url == "http://127.0.0.1:4001"
    request, = stack.sent
    assert request.url == "http://127.0.0.1:4000/" and "/sts/aws4_request" in request.headers["Authorization"]


def test_another_program_on_the_port_is_no_local_stack():
    found = endpoint.choose("http://127.0.0.1:4000", None, None, None)
    object.__setattr__(found, "http", Stack(404, {}))
    with pytest.raises(Failure, match="does not say where its AWS services are"):
        found.aws_client("s3")


def test_a_deployed_stack_is_signed_for_with_the_callers_credentials_and_the_region_of_the_url(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    found = endpoint.choose("https://abc.execute-api.eu-west-2.amazonaws.com/prod/", None, None, None)
    assert (found.url, found.region) == ("https://abc.execute-api.eu-west-2.amazonaws.com/prod", "eu-west-2")
    sent = []

    class Http:
        def send(self, request):
            sent.append(request)
            return type("Reply", (), {"status_code": 200, "headers": {}, "content": b"{}"})

    object.__setattr__(found, "http", Http())
    found.send("POST", "/api/v1/permission", b"{}")
    authorization = sent[0].headers["Authorization"]
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/")
    assert "/eu-west-2/execute-api/aws4_request" in authorization


@pytest.mark.parametrize("url, account, message", [
    ("abc.example.com", None, "is not a URL"),
    ("http://abc.example.com", None, "must not travel unencrypted"),
    ("https://abc.example.com", "111122223333", "--account is for the local stack"),
    ("https://abc.example.com", None, "there are no AWS credentials"),
    (None, "12345", "twelve digits"),
])
def test_what_cannot_be_called_is_said(url, account, message):
    with pytest.raises(Failure, match=message):
        endpoint.choose(url, account, None, None)
