"""The template as SAM reads it: what CloudFormation would get, and what `sam local start-api` would serve.

`make rehearse` runs these tests with the SAM that the project pins. They need no AWS account, no Docker and no build.
"""

import copy
import functools
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ["SAM_CLI_TELEMETRY"] = "0"

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = yaml_parse((ROOT / "template.yaml").read_text())
ANY = "x-amazon-apigateway-any-method"

# CloudFormation's quotas: resources and bytes of a template, bytes of the inline policies of a role.
MOST_RESOURCES = 500
LARGEST_TEMPLATE = 1_000_000
LARGEST_INLINE_POLICIES = 10_240


class NoManagedPolicies:
    """The template uses no managed policy by name; SAM asks AWS for their ARNs otherwise."""

    def load(self):
        return {}


def translated(**parameters) -> dict:
    return _translated(tuple(parameters.items()))


@functools.cache
def _translated(parameters: tuple) -> dict:
    """The CloudFormation template for values of parameters; code stands in a bucket, as after `sam package`."""
    template = copy.deepcopy(TEMPLATE)
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/code"
    values = {"AWS::Region": "us-east-1", "AWS::Partition": "aws", "AWS::AccountId": "111122223333", **dict(parameters)}
    return transform(template, values, NoManagedPolicies())["Resources"]


def another_value(parameter: dict) -> str | int:
    """A value that the parameter may have and that is not its default."""
    default = parameter["Default"]
    if parameter.get("AllowedValues"):
        return next(value for value in parameter["AllowedValues"] if value != default)
    return default + 1 if parameter["Type"] == "Number" else f"{default}another"


def resolved(value, parameters: dict):
    """The value with parameters in the places of `Ref` and `Fn::Sub`, as CloudFormation puts them in."""
    if isinstance(value, list):
        return [resolved(item, parameters) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"} and value["Ref"] in parameters:
        return str(parameters[value["Ref"]])
    if set(value) == {"Fn::Sub"} and isinstance(value["Fn::Sub"], str):
        text = value["Fn::Sub"]
        for name, replacement in parameters.items():
            text = text.replace("${" + name + "}", str(replacement))
        return {"Fn::Sub": text}
    return {name: resolved(item, parameters) for name, item in value.items()}


def refers_to(value, name: str) -> bool:
    text = json.dumps(value)
    return f'{{"Ref": "{name}"}}' in text or "${" + name + "}" in text


class Parameters(unittest.TestCase):
    """A changed parameter reaches what runs."""

    def test_requests_go_to_functions_and_not_to_versions_that_a_parameter_does_not_change(self):
        resources = translated()
        frozen = [name for name, body in resources.items() if body["Type"] in ("AWS::Lambda::Version", "AWS::Lambda::Alias")]
        self.assertEqual(frozen, [], "a version keeps the environment that it was published with")

    def test_each_parameter_changes_a_resource(self):
        for name, parameter in TEMPLATE["Parameters"].items():
            with self.subTest(parameter=name):
                default, other = parameter["Default"], another_value(parameter)
                before = resolved(translated(), {name: default})
                after = resolved(translated(**{name: other}), {name: other})
                changed = [id for id in after if before.get(id) != after[id]]
                self.assertTrue(changed, "no resource depends on it")

    def test_each_parameter_in_the_environment_of_a_function_changes_that_function(self):
        for name, parameter in TEMPLATE["Parameters"].items():
            users = {
                id for id, body in TEMPLATE["Resources"].items()
                if body["Type"] == "AWS::Serverless::Function" and refers_to(body["Properties"].get("Environment"), name)
            }
            other = another_value(parameter)
            before = resolved(translated(), {name: parameter["Default"]})
            after = resolved(translated(**{name: other}), {name: other})
            for id in users:
                with self.subTest(parameter=name, function=id):
                    self.assertEqual(after[id]["Type"], "AWS::Lambda::Function")
                    self.assertNotEqual(before[id], after[id])


class Limits(unittest.TestCase):
    def test_the_template_is_below_the_quotas_of_cloudformation(self):
        resources = translated()
        self.assertLessEqual(len(resources), MOST_RESOURCES)
        self.assertLess(len(json.dumps(resources)), LARGEST_TEMPLATE)
        for name, body in resources.items():
            if body["Type"] == "AWS::IAM::Role":
                policies = body["Properties"].get("Policies", [])
                self.assertLess(len(json.dumps(policies)), LARGEST_INLINE_POLICIES, name)

    def test_names_that_a_first_deployment_leaves_behind_do_not_stop_a_second_one(self):
        fixed_names = {"AWS::S3::Bucket": "BucketName", "AWS::DynamoDB::Table": "TableName", "AWS::SQS::Queue": "QueueName"}
        for name, body in translated().items():
            if fixed_names.get(body["Type"]) in body.get("Properties", {}):
                self.assertEqual(body.get("DeletionPolicy"), "RetainExceptOnCreate", name)


class Routes(unittest.TestCase):
    """API Gateway and `sam local start-api` send each route to its own function."""

    def test_the_api_has_the_method_for_all_other_methods_at_each_path(self):
        paths = translated()["Api"]["Properties"]["Body"]["paths"]
        for path, methods in paths.items():
            self.assertIn(ANY, methods, path)
            for method, body in methods.items():
                if method != "options":
                    self.assertIn("x-amazon-apigateway-integration", body, f"{method} {path}")

    def test_the_api_may_invoke_the_function_for_unknown_operations_with_every_method(self):
        permission = translated()["UnknownOperationPermission"]["Properties"]
        self.assertTrue(permission["SourceArn"]["Fn::Sub"].endswith(":${Api}/*"))
        self.assertEqual(permission["FunctionName"], {"Ref": "UnknownOperation"})

    def test_sam_local_serves_every_route_with_its_function_at_each_start(self):
        # SAM keeps routes in a set: their order depends on the hash seed of the process.
        for seed in range(6):
            environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
            done = subprocess.run(
                [sys.executable, Path(__file__).with_name("sam_local_routes.py")],
                capture_output=True, text=True, check=True, cwd=ROOT, env=environment,
            )
            taken = json.loads(done.stdout)
            self.assertGreater(taken["served"], 30)
            self.assertEqual(taken["wrong"], [], f"with the hash seed {seed}")
            self.assertEqual(taken["unknown"], "UnknownOperation")
            self.assertEqual(taken["wrong_method"], "UnknownOperation")


if __name__ == "__main__":
    unittest.main()
