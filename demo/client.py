"""How the demonstration calls the API: by HTTP, and with the AWS CLI."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import transcript

ACCOUNT = "111122223333"  # the account of the local stack; it is the access key id of every request


def http(api: str, method: str, path: str, body: object = None, account: str = ACCOUNT, summary=None, brief=None, **headers: str):
    """Sends a request and shows it with its reply; returns the reply, read as JSON if it is JSON, and its headers.

    `summary` makes the one line that is shown of a reply that succeeded; `brief` is shown in place of the request.
    """
    shown = " ".join(f"{name}: {value}" for name, value in headers.items())
    transcript.request(f"{method} {path}  {shown}".rstrip(), brief or f"{method} {shortened(path)}", body)
    # The local stack takes the account from the access key id and verifies no signature.
    scope = f"{account}/20260101/us-east-1/execute-api/aws4_request"
    signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=local"
    request = urllib.request.Request(
        api + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": signature, "Content-Type": "application/json", **headers},
    )
    try:
        reply = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        reply = error
    text = reply.read().decode()
    is_json = reply.headers["Content-Type"] == "application/json"
    found = json.loads(text) if text and is_json else text
    whole = json.dumps(found, indent=2, ensure_ascii=False) if is_json and text else text[:1500]
    if reply.status >= 400:
        line = f"{reply.status} {message_of(found)}"
    else:
        line = summary(found) if summary else str(reply.status)
    transcript.reply(f"-> {reply.status}\n{whole}".rstrip(), line)
    return found, reply.headers


def shortened(path: str) -> str:
    """The path without its query, and with the first characters of each id."""
    return re.sub(r"([0-9a-f]{8})-[0-9a-f-]{27}", r"\1…", path.partition("?")[0])


def message_of(found: object) -> str:
    """The message of an error of any family of operations."""
    error = found.get("error", found) if isinstance(found, dict) else {}
    return error.get("message", "") if isinstance(error, dict) else str(error)


def aws(api: str, service: str, *arguments: str, summary=None):
    """Runs the AWS CLI, and shows the command with its output; returns the output, read as JSON."""
    shown = " ".join(f"'{argument}'" if set(" {}") & set(argument) else argument for argument in arguments)
    transcript.request(f"aws {service} {shown}", f"aws {service} {arguments[0]}")
    # Without this setting the CLI puts a prefix such as `monitor.` before the host of any endpoint.
    environment = {
        **os.environ, "AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "", "AWS_DISABLE_HOST_PREFIX_INJECTION": "true", "AWS_MAX_ATTEMPTS": "1",
    }
    command = [Path(sys.executable).with_name("aws"), service, *arguments, "--endpoint-url", api, "--output", "json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    found = json.loads(done.stdout) if done.stdout.strip() else None
    if done.returncode:
        line = "refused: " + done.stderr.strip().partition("operation: ")[2].splitlines()[0]
    else:
        line = summary(found) if summary else "done"
    transcript.reply((done.stdout or done.stderr).strip() or "-> done", line)
    return found
