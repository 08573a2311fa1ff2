"""What the command-line client says about arguments that it can judge itself. Nothing listens where it would send a request."""

import pytest

from access import command_line

ROLE = "arn:aws:iam::111122223333:role/app/web"


@pytest.fixture(autouse=True)
def nothing_listens(monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.setenv("PORT", "1")


@pytest.mark.parametrize("arguments, said", [
    (["who-can", "s3:GetObject", "arn:aws:s3:::my-bucket/*"], "`arn:aws:s3:::my-bucket/*` is a pattern: name one resource"),
    (["who-can", "s3:GetObject", "arn:aws:s3:::my-bucket/ke?"], "`arn:aws:s3:::my-bucket/ke?` is a pattern: name one resource"),
    (["who-can", "s3:GetObject", "arn:my-bucket"], "`arn:my-bucket` is not an ARN, such as arn:aws:s3:::my-bucket/key"),
    (["who-can", "s3:GetObject", "my-bucket"], "`my-bucket` is not an ARN, such as arn:aws:s3:::my-bucket/key"),
    (["who-can", "s3:*", "arn:aws:s3:::my-bucket/key"], "`s3:*` is not one action"),
])
def test_a_command_that_cannot_be_done_says_what_to_write(capsys, arguments, said):
    assert command_line.main(arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("arguments, said", [
    (["policy", "from-logs", ".", "--principal", ROLE, "--start", "2026-13-01"],
     "--start: `2026-13-01` is neither a date nor a time, such as 2026-10-01 or 2026-10-01T12:00:00Z"),
    (["query", "source.public = true", "--limit", "many"], "--limit: `many` is not a whole number"),
    (["query", "source.public = true", "--limit", "0"], "--limit: at least 1"),
])
def test_an_option_with_a_bad_value_says_what_it_takes(capsys, arguments, said):
    with pytest.raises(SystemExit) as ended:
        command_line.main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
