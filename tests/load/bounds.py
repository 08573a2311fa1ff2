"""What a load test may send, and where: only to this machine, for a bounded time, and a bounded number of requests."""

import argparse
import ipaddress
import socket
from urllib.parse import urlsplit

MOST_SECONDS = 600
MOST_REQUESTS = 1_000_000
MOST_CONNECTIONS = 256


def on_this_machine(address: str) -> str:
    """The address, if its host is a loopback address or a name of loopback addresses alone."""
    parts = urlsplit(address)
    if parts.scheme != "http" or not parts.hostname:
        raise argparse.ArgumentTypeError(f"`{address}` is not an address such as http://127.0.0.1:3000")
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(parts.hostname, parts.port or 80)}
    except OSError as error:
        raise argparse.ArgumentTypeError(f"`{parts.hostname}` is not known: {error}") from error
    if not all(ipaddress.ip_address(one).is_loopback for one in found):
        raise argparse.ArgumentTypeError(f"`{address}` is not on this machine: a load test goes to a loopback address only")
    return address.rstrip("/")


def at_most(most: int):
    """Reads a number from 1 to `most`."""

    def read(text: str) -> int:
        number = int(text) if text.isascii() and text.isdecimal() else 0
        if not 1 <= number <= most:
            raise argparse.ArgumentTypeError(f"`{text}` is not a number from 1 to {most:,}")
        return number

    return read
