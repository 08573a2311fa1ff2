"""Prints which functions `sam local start-api` would choose for the routes of the template, as JSON.

It builds the web application of the SAM CLI without starting it, and asks it for every route.
"""

import json
import sys

from samcli.commands.local.lib.local_api_service import LocalApigwService
from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samtranslator.yaml_helper import yaml_parse

ANY = ("ANY", "x-amazon-apigateway-any-method")

stacks, _ = SamLocalStackProvider.get_stacks("template.yaml")


class NoRunner:
    """In the place of what runs functions: nothing is invoked here."""

    def is_debugging(self):
        return False


service = LocalApigwService(ApiProvider(stacks, cwd=".").api, NoRunner(), None, 0, "127.0.0.1")
service.create()
served = service._app.url_map.bind("localhost")


def function_for(method: str, path: str) -> str:
    rule, _ = served.match(path.replace("{", "").replace("}", ""), method=method, return_rule=True)
    return service._dict_of_routes[service._route_key(method, str(rule))].function_name


with open("template.yaml") as file:
    resources = yaml_parse(file.read())["Resources"]
events = [
    (id, event["Properties"]["Method"], event["Properties"]["Path"])
    for id, body in resources.items()
    for event in body.get("Properties", {}).get("Events", {}).values()
    if event["Type"] == "Api" and event["Properties"]["Method"] not in ANY and "+}" not in event["Properties"]["Path"]
]
chosen = [(id, method, path, function_for(method.upper(), path)) for id, method, path in events]
json.dump(
    {
        "served": len(chosen),
        "wrong": [entry for entry in chosen if entry[0] != entry[3]],
        "unknown": function_for("GET", "/no/such/path"),
        "wrong_method": function_for("PATCH", "/policies"),
    },
    sys.stdout,
)
