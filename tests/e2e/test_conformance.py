"""Every operation with an AWS model against that model: see `conformance`."""

import pytest
import requests
from conformance import analyzer, sitewise
from conformance.run import Runner

ONLY_OURS = {"jobId", "nextToken", "resourceArn"}
"""Members of which no other value is right than those that the service itself has given out."""


@pytest.mark.parametrize("profile, operation", [
    pytest.param(module.Profile(), operation, id=operation)
    for module in (analyzer, sitewise) for operation in module.OPERATIONS])
def test_requests_are_judged_as_the_service_model_says(stack, profile, operation):
    result = Runner(stack.api, profile, operation).run()
    shown = "\n".join(result.failures[:60])
    assert not result.failures, f"{len(result.failures)} of {result.sent} requests:\n{shown}"
    # Both answers were asked for everywhere, or this would tell nothing.
    members = set(result.accepted) | set(result.refused)
    assert result.accepted[""] and members > {""}
    assert members - set(result.accepted) <= ONLY_OURS
    assert members - set(result.refused) <= {""}


@pytest.mark.parametrize("megabytes", [7, 11])
@pytest.mark.parametrize("method, path", [("POST", "/portals"), ("POST", "/access-policies"), ("PUT", "/policy/generation")])
def test_more_than_a_function_takes_is_refused_by_the_gateway(stack, signed, method, path, megabytes):
    body = b'{"unknown": "' + b"x" * (megabytes * 1024 * 1024) + b'"}'
    answer = requests.request(method, stack.api + path, data=body, headers=signed(), timeout=60)
    assert answer.status_code == 413 and answer.json()["message"]
