"""The template as SAM reads it: what CloudFormation would get, and what `sam local start-api` would serve.

`make rehearse` runs these tests with the SAM that the project pins. They need no AWS account, no Docker and no build.
"""

import copy
import functools
import json
import os
import re
import subprocess
import sys
import tomllib
import unittest
import unittest.mock
import zlib
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
# Ours: a package is fetched at each cold start.
LARGEST_PACKAGE = 4_500_000
# For x86_64, which the template does not deploy by itself: it has the managed policies of AWS and the client of S3.
LARGER_PACKAGES = {"x86_64/import-inventory": 4_900_000}


class NoManagedPolicies:
    """The template uses no managed policy by name; SAM asks AWS for their ARNs otherwise."""

    def load(self):
        return {}


def translated(**parameters) -> dict:
    return _translated(tuple(parameters.items()))


@functools.cache
def _translated(parameters: tuple) -> dict:
    return translate(copy.deepcopy(TEMPLATE), dict(parameters))


def translate(template: dict, parameters: dict) -> dict:
    return translate_all(template, parameters)["Resources"]


def translate_all(template: dict, parameters: dict) -> dict:
    """The CloudFormation template for values of parameters; code stands in a bucket, as after `sam package`."""
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/code"
    values = {"AWS::Region": "us-east-1", "AWS::Partition": "aws", "AWS::AccountId": "111122223333", **parameters}
    return transform(template, values, NoManagedPolicies())


def another_value(parameter: dict) -> str | int:
    """A value that the parameter may have and that is not its default."""
    default = parameter["Default"]
    if parameter.get("AllowedPattern", "").startswith("|o-"):
        return "o-a1b2c3d4e5"
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


class Build(unittest.TestCase):
    """All functions are compiled together, once for each architecture, and alike wherever they are built."""

    ARCHITECTURES = {"arm64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}

    @staticmethod
    def commands(target: str, *variables: str) -> list[str]:
        made = subprocess.run(
            ["make", "--dry-run", "--always-make", target, *variables], capture_output=True, text=True, check=True, cwd=ROOT,
        )
        lines = made.stdout.replace("\\\n", " ").splitlines()
        commands = [command.strip() for line in lines for command in line.split("&&")]
        return [command for command in commands if "cargo lambda build" in command or "sam build" in command]

    @staticmethod
    def settings(command: str) -> list[str]:
        return re.findall(r'[A-Z_]*FLAGS="[^"]*"', command)

    def test_functions_are_built_by_one_command_before_sam_looks_for_them(self):
        together, by_sam = self.commands("build-sam")
        self.assertRegex(together, r"cargo lambda build --release --arm64 --package functions$")
        self.assertRegex(by_sam, r"sam build$")
        # With other settings, cargo would build everything again for SAM.
        self.assertTrue(self.settings(together))
        self.assertEqual(self.settings(together), self.settings(by_sam))

    def test_both_architectures_are_built_alike(self):
        commands = self.commands("build")
        self.assertEqual(len(commands), 2)
        alike = {re.sub(r"--arm64|--x86-64|arm64$|x86_64$", "", command) for command in commands}
        self.assertEqual(len(alike), 1, alike)
        self.assertEqual(self.commands("build", "ARCHITECTURE=x86_64"), commands[1:])

    def test_the_toolchain_has_both_targets_and_packages_hold_no_path_of_the_machine(self):
        toolchain = tomllib.loads((ROOT / "rust-toolchain.toml").read_text())["toolchain"]
        self.assertEqual(toolchain["targets"], list(self.ARCHITECTURES.values()))
        for command in self.commands("build"):
            self.assertIn(f"--remap-path-prefix={ROOT}=", command)


class Packages(unittest.TestCase):
    """The functions that `make build` or `make build-sam` have built, if they have."""

    BUILT = sorted((ROOT / "target/lambda").glob("**/bootstrap"))

    @unittest.skipUnless(BUILT, "no function is built")
    def test_packages_hold_no_path_of_this_machine(self):
        for binary in self.BUILT:
            with self.subTest(package=str(binary.relative_to(ROOT))):
                content = binary.read_bytes()
                for path in (ROOT, Path.home() / ".cargo"):
                    self.assertNotIn(f"{path}/".encode(), content)

    @unittest.skipUnless(BUILT, "no function is built")
    def test_packages_are_small(self):
        for binary in self.BUILT:
            size = len(zlib.compress(binary.read_bytes(), level=6))
            with self.subTest(package=str(binary.relative_to(ROOT))):
                self.assertLess(size, LARGER_PACKAGES.get("/".join(binary.parts[-3:-1]), LARGEST_PACKAGE))


class Adoption(unittest.TestCase):
    """What a stack leaves behind, and what a backup was restored to, is what the next stack can begin with."""

    NAMES = {"BucketName", "TableName", "QueueName", "RoleName", "LogGroupName"}
    CONDITIONS = {"AWS::DynamoDB::Table": "CreatesTables", "AWS::S3::Bucket": "CreatesInventoryBucket"}
    KEPT = ("Retain", "RetainExceptOnCreate")

    def test_whatever_stays_behind_can_be_taken_over(self):
        for name, body in translated().items():
            if body.get("DeletionPolicy") in self.KEPT and body["Type"] != "AWS::IAM::Role":
                self.assertIn(body["Type"], self.CONDITIONS, name)
                self.assertEqual(body.get("Condition"), self.CONDITIONS[body["Type"]], name)

    def test_what_has_a_fixed_name_goes_with_the_stack_or_can_be_taken_over(self):
        for name, body in translated().items():
            if self.NAMES & set(body.get("Properties", {})):
                self.assertTrue(body["Type"] in self.CONDITIONS or "DeletionPolicy" not in body, name)

    def test_nothing_that_is_always_there_needs_what_may_exist_already(self):
        resources = translated()
        conditional = [name for name, body in resources.items() if body.get("Condition") in self.CONDITIONS.values()]
        self.assertGreaterEqual(len(conditional), 7)
        for name, body in resources.items():
            if name in conditional:
                continue
            # A value that a condition chooses is not read when the condition does not hold.
            always = json.dumps(without_choices(body))
            for other in conditional:
                self.assertNotIn(f'"{other}"', always, name)
                self.assertNotIn("${" + other + ".", always, name)
                self.assertNotIn("${" + other + "}", always, name)

    def test_an_existing_table_is_not_used_without_its_stream(self):
        assertions = json.dumps(TEMPLATE["Rules"]["ExistingTablesHaveAStream"]["Assertions"])
        consumers = [body for body in translated().values() if body["Type"] == "AWS::Lambda::EventSourceMapping"]
        self.assertEqual(len(consumers), 3)
        for consumer in consumers:
            stream = consumer["Properties"]["EventSourceArn"]["Fn::If"]
            self.assertEqual(stream[0], "CreatesTables")
            table = stream[1]["Fn::GetAtt"][0]
            self.assertEqual(stream[2], {"Ref": f"{table}StreamArn"})
            self.assertIn(f"{table}StreamArn", assertions)


def without_choices(value):
    if isinstance(value, list):
        return [without_choices(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: without_choices(item) for name, item in value.items() if name != "Fn::If"}


class Rights(unittest.TestCase):
    """A function has the rights that its role in the template says, and no others."""

    def test_sam_adds_no_role_and_no_policy(self):
        resources = translated()
        roles = {name for name, body in TEMPLATE["Resources"].items() if body["Type"] == "AWS::IAM::Role"}
        self.assertEqual({name for name, body in resources.items() if body["Type"] == "AWS::IAM::Role"}, roles)
        for name, body in resources.items():
            if body["Type"] == "AWS::Lambda::Function":
                self.assertEqual(body["Properties"]["Role"], {"Fn::GetAtt": [f"{name}Role", "Arn"]})
                config = body["Properties"]["LoggingConfig"]
                self.assertEqual(config, {"LogFormat": "JSON", "LogGroup": {"Ref": f"{name}Logs"}})

    def test_only_traces_know_no_resource(self):
        for name, body in translated().items():
            if body["Type"] not in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy"):
                continue
            documents = [policy["PolicyDocument"] for policy in body["Properties"].get("Policies", [])]
            documents += [body["Properties"]["PolicyDocument"]] if "PolicyDocument" in body["Properties"] else []
            for statement in (statement for document in documents for statement in document["Statement"]):
                if statement["Resource"] == "*":
                    self.assertEqual(name, "WriteTraces")


class Deployment(unittest.TestCase):
    """What API Gateway serves is a deployment, which keeps what it was made from."""

    @staticmethod
    def deployments(resources: dict) -> list[str]:
        return [name for name, body in resources.items() if body["Type"] == "AWS::ApiGateway::Deployment"]

    def test_a_changed_route_changes_the_deployment(self):
        changed = copy.deepcopy(TEMPLATE)
        changed["Resources"]["GetPolicy"]["Properties"]["Events"]["Route"]["Properties"]["Path"] = "/policies/{policyId}/another"
        self.assertNotEqual(self.deployments(translated()), self.deployments(translate(changed, {})))

    def test_a_changed_limit_changes_the_deployment(self):
        # SAM names a deployment after the definition, in which `!Sub` of a parameter is the same text for each value.
        # What it names after the time instead is another deployment at each `sam deploy`.
        of_values = []
        for burst, second in ((7, 1_800_000_000), (8, 1_800_000_060)):
            with unittest.mock.patch("samtranslator.model.apigateway.time.time", lambda second=second: second):
                of_values.append(self.deployments(translate(copy.deepcopy(TEMPLATE), {"RequestBurst": burst})))
        self.assertNotEqual(*of_values)

    def test_long_replies_are_compressed(self):
        self.assertEqual(translated()["Api"]["Properties"]["MinimumCompressionSize"], 1024)

    def test_the_headers_of_a_429_have_the_values_of_the_parameters(self):
        for burst, rate in ((7, 70), (8, 80)):
            values = {"RequestBurst": burst, "RequestsPerSecond": rate}
            body = resolved(translated(**values)["Api"], values)["Properties"]["Body"]
            headers = body["x-amazon-apigateway-gateway-responses"]["THROTTLED"]["responseParameters"]
            self.assertEqual(headers["gatewayresponse.header.X-RateLimit-Burst-Capacity"], {"Fn::Sub": f"'{burst}'"})
            self.assertEqual(headers["gatewayresponse.header.X-RateLimit-Replenish-Rate"], {"Fn::Sub": f"'{rate}'"})


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
