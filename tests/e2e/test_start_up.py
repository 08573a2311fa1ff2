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
# Times the start of the minimal function; a client of AWS with TLS makes six of them. Reading the action catalogue at every
# start made them sixteen.
BUDGET = 9


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processor time is read from /proc")
def test_each_function_starts_within_its_budget():
    starts = cheapest(Path(PROGRAM), rounds=3)
    assert set(starts) == set(functions())
    minimal = starts[MINIMAL].processor
    times = {binary: round(start.processor / minimal, 1) for binary, start in starts.items()}
    assert {binary: factor for binary, factor in times.items() if factor > BUDGET} == {}
