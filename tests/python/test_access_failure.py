import json

import pytest

from access.failure import refusal


@pytest.mark.parametrize("status, body, text, code", [
    (400, {"error": {"code": "missing_field", "message": "`limit` is missing", "details": ["`limit` is missing", "b"]}},
     "`limit` is missing (HTTP 400)\n  b", "missing_field"),
    (400, {"message": "Invalid", "reason": "fieldValidationFailed", "fieldList": [{"name": "a.b", "message": "too long"}]},
     "Invalid (HTTP 400)\n  a.b: too long", None),
    (400, {"message": "1 error: 'a' is null", "fieldList": [{"name": "a", "message": "'a' is null"}]},
     "1 error: 'a' is null (HTTP 400)", None),
    (400, {"message": "1 error: a is null", "error": {"message": "1 error: a is null", "details": ["a is null"]}},
     "1 error: a is null (HTTP 400)", None),
    (404, {"errorCode": 30, "message": "Policy does not exist."}, "Policy does not exist. (HTTP 404)", "30"),
    (400, {"error": {"errorCode": "100", "message": "Bad Request Exception", "details": "EOF at line 1"}},
     "Bad Request Exception (HTTP 400)\n  EOF at line 1", "100"),
])
def test_the_errors_of_every_family_are_read(status, body, text, code):
    refused = refusal(status, json.dumps(body).encode())
    assert (str(refused), refused.status, refused.code) == (text, status, code)


@pytest.mark.parametrize("body", [b"<html>busy</html>", b"[]", b"\xff", b"null"])
def test_what_is_not_of_the_api_is_shown_as_it_is(body):
    assert str(refusal(502, body)).endswith("(HTTP 502)")


def test_the_position_is_marked_also_in_a_query_of_several_lines():
    error = {"code": "rql_syntax", "message": "unexpected", "position": {"offset": 9, "line": 2, "column": 3, "length": 4}}
    lines = str(refusal(400, json.dumps({"error": error}).encode(), "config\na wher b")).split("\n")
    assert lines[1:] == ["  a wher b", "    ^^^^"]
