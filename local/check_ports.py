"""Says before the build which ports of the local stack are in use, and what to do about it."""

import os
import socket
import sys

PORTS = {"PORT": 3000, "AWS_PORT": 3001, "DYNAMODB_PORT": 3002}


def is_in_use(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def main() -> int:
    chosen = {}
    for name, default in PORTS.items():
        text = os.environ.get(name) or str(default)
        if not text.isdigit() or int(text) > 65_535:
            print(f"{name}={text} is not a port: a port is a number from 0 to 65535", file=sys.stderr)
            return 1
        chosen[name] = int(text)
    used = [f"{port} ({name})" for name, port in chosen.items() if port and is_in_use(port)]
    if not used:
        return 0
    print(
        f"In use by another program: {', '.join(used)}. Perhaps a local stack runs in another terminal. End it, or choose "
        "other ports and another folder:\n  PORT=3010 AWS_PORT=3011 DYNAMODB_PORT=3012 LOCAL_DIR=.local-2 make run",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
