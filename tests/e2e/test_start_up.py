"""The budget of the start of functions, against one that does nothing, measured in the same run.

The programs are not optimised here, so the milliseconds say nothing. docs/performance.md has those of the functions that are
deployed.
"""

import sys
from pathlib import Path

import pytest
from conftest import ROOT
from start_up import cheapest, functions

PROGRAM = ROOT / "target/debug/examples/all-functions"
MINIMAL = "get-meta-info"
# A client of AWS with TLS makes six to eleven starts of the minimal function, by what the machine takes for new memory.
MOST = 14
# The functions with a client of AWS are compared with one of them, which does little else. Reading the action catalogue at every
# start made two and a half of its starts.
CLIENT, MOST_OF_CLIENT = "get-policy", 1.5


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processor time is read from /proc")
def test_each_function_starts_within_its_budget():
    starts = cheapest(Path(PROGRAM), rounds=3)
    assert set(starts) == set(functions())
    for compared, most in ((MINIMAL, MOST), (CLIENT, MOST_OF_CLIENT)):
        one = starts[compared].processor
        times = {binary: round(start.processor / one, 1) for binary, start in starts.items()}
        assert {binary: factor for binary, factor in times.items() if factor > most} == {}, compared
