"""The load test sends only to this machine, and only so much."""

import argparse
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "load"))
import bounds


@pytest.mark.parametrize("address", ["http://127.0.0.1:3000", "http://127.8.9.1:1/", "http://localhost:3000", "http://[::1]:3000"])
def test_addresses_of_this_machine_are_taken(address):
    assert bounds.on_this_machine(address) == address.rstrip("/")


@pytest.mark.parametrize("address", [
    "http://192.0.2.1:3000", "http://0.0.0.0:3000", "http://10.0.0.1", "http://[2001:db8::1]:80", "https://127.0.0.1", "127.0.0.1:3000",
    "http://127.0.0.1.example.invalid", "http://", "http://127.0.0.1@192.0.2.1/", "file:///etc/passwd",
])
def test_every_other_address_is_refused(address):
    with pytest.raises(argparse.ArgumentTypeError):
        bounds.on_this_machine(address)


@pytest.mark.parametrize("text", ["0", "-1", "601", "1e3", "", "x", "٣"])
def test_a_bound_is_a_number_that_is_not_too_large(text):
    with pytest.raises(argparse.ArgumentTypeError):
        bounds.at_most(600)(text)
    assert bounds.at_most(600)("600") == 600
