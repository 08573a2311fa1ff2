"""Every operation with an AWS model against that model: see `conformance`."""

import pytest

from conformance import analyzer
from conformance.run import Runner

PROFILES = [analyzer]
FREE = {"jobId", "nextToken"}


@pytest.mark.parametrize("profile, operation", [
    pytest.param(module.Profile(), operation, id=operation) for module in PROFILES for operation in module.OPERATIONS])
def test_requests_are_judged_as_the_service_model_says(stack, profile, operation):
    result = Runner(stack.api, profile, operation).run()
    shown = "\n".join(result.failures[:60])
    assert not result.failures, f"{len(result.failures)} of {result.sent} requests:\n{shown}"
    print(operation, result.sent)
