"""The set-ups of the pages about clients with access keys: each block that can run here runs, with the addresses and keys of a stack."""

import json
import os
import re
import subprocess
import sys

import pytest
from client_setups import bridge, node_modules  # noqa: F401  (a fixture)
from conftest import ROOT
from test_permissions import imported  # noqa: F401  (a fixture)
from test_unmodified_clients import key, tls  # noqa: F401  (fixtures)

# What every row of the imported accounts has.
EVERYTHING = "source.cloud.type = 'AWS'"


def block(page: str, language: str, values: dict) -> str:
    """The block of a page, in which the places in angle brackets have values."""
    text = (ROOT / "docs/clients" / page).read_text()
    found = re.search(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]
    for place, value in values.items():
        assert place in found
        found = found.replace(place, value)
    assert not re.search(r"<[a-z ]+>", found), found
    return found.replace("source.public = true", EVERYTHING)


@pytest.fixture
def values(tls, key) -> dict:  # noqa: F811
    return {"<id>": key[0], "<secret>": key[1], "<host>/<stage>": tls.address}


def shell(command: str, home, **environment: str) -> subprocess.CompletedProcess:
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    return subprocess.run(["bash", "-euc", command], cwd=home, capture_output=True, text=True, timeout=120,
                          env={"PATH": path, "HOME": str(home), "COLUMNS": "200", **environment})


def test_the_block_for_python_reads_rows(imported, values, tls, tmp_path):  # noqa: F811
    program = block("prismacloud-api.md", "python", values)
    program = program.replace('"name": "",', f'"name": "", "verify": "{tls.authority}",')
    done = subprocess.run([sys.executable, "-c", f"{program}\nprint('rows', len(rows))"], cwd=tmp_path, capture_output=True,
                          text=True, timeout=120)
    assert re.search(r"rows [1-9]", done.stdout), done.stdout + done.stderr


def test_the_block_for_the_command_line_prints_rows(imported, values, tls, tmp_path):  # noqa: F811
    command = block("prismacloud-cli.md", "sh", values).replace("rql ", "--output json rql ")
    # The first start asks for consent.
    done = shell(f"printf 'y\\n' | {{ {command} }}", tmp_path, PC_CA_BUNDLE=str(tls.authority))
    assert done.returncode == 0 and '"sourceResourceName"' in done.stdout, done.stdout + done.stderr


def test_the_program_for_language_models_serves_its_tools(stack, key, node_modules, tmp_path):  # noqa: F811
    (tmp_path / "node_modules").symlink_to(node_modules)
    (tmp_path / "policies.mjs").write_text(block("ncloud-mcp-server.md", "js", {}))
    values = {"<folder>": str(tmp_path), "<endpoint>": stack.api, "<id>": key[0], "<secret>": key[1]}
    server = json.loads(block("ncloud-mcp-server.md", "json", values))["mcpServers"]["policies"]
    with bridge(server["command"], *server["args"], cwd=tmp_path, env={**os.environ, **server["env"]}) as process:

        def ask(method: str, number: int | None = None, **parameters):
            identified = {} if number is None else {"id": number}
            message = {"jsonrpc": "2.0", "method": method, "params": parameters, **identified}
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline()) if identified else None

        ask("initialize", 1, protocolVersion="2024-11-05", capabilities={}, clientInfo={"name": "test", "version": "1"})
        ask("notifications/initialized")
        names = [tool["name"] for tool in ask("tools/list", 2)["result"]["tools"]]
        assert "ncloud_create_policy" in names
        permissions = [{"effect": "Allow", "targets": [{"product": "Server", "actions": ["View*"], "resourceNrns": ["*"]}]}]
        # Without a description, which today's documentation calls optional.
        arguments = {"policyName": "by-page", "permissions": permissions}
        made = ask("tools/call", 3, name="ncloud_create_policy", arguments=arguments)["result"]
        assert not made.get("isError") and "policyId" in made["content"][0]["text"], made
