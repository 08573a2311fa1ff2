"""Creates the translated template on moto, and looks at what is there then.

    python create_on_moto.py template.json

moto makes the resources of a template as far as it knows their types. What it makes, it makes with its own checks of
references, names and conditions, in the order that the references ask for. The adaptation is the function `adapted`.
"""

import ast
import copy
import io
import json
import os
import sys
import warnings
import zipfile
from collections import Counter

os.environ.update(AWS_ACCESS_KEY_ID="rehearsal", AWS_SECRET_ACCESS_KEY="rehearsal", AWS_DEFAULT_REGION="us-east-1")

import boto3
from moto import mock_aws

# Which types moto does not make is compared below.
warnings.filterwarnings("ignore", message="Tried to parse")

STACK = "access-governance"
# moto has no such resource; everything else it makes.
UNKNOWN_TO_MOTO = {"AWS::ApiGateway::Account", "AWS::Lambda::EventInvokeConfig"}
# moto does not read the definition of an API, and deploys nothing that has no methods.
WITHOUT_DEFINITION = {"AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage"}
TABLE_PROPERTIES = ("AttributeDefinitions", "KeySchema", "BillingMode", "LocalSecondaryIndexes")
# moto does not make these.
LEFT_OUT = {"AWS::CloudWatch::Alarm", "AWS::S3::BucketPolicy"}


def adapted(template: dict) -> dict:
    """The template without what moto does not know, and with what moto reads at another place than CloudFormation."""
    template = copy.deepcopy(template)
    for name, body in list(template["Resources"].items()):
        properties = body.get("Properties", {})
        if body["Type"] in UNKNOWN_TO_MOTO | WITHOUT_DEFINITION:
            del template["Resources"][name]
        elif body["Type"] == "AWS::ApiGateway::RestApi":
            # CloudFormation takes the name from the title of the definition.
            properties["Name"] = STACK
            body.pop("DependsOn", None)
    # moto knows no rules.
    template.pop("Rules", None)
    return template


def create(template: dict, **parameters: str) -> dict[str, str]:
    """Ids and types of the resources of a new stack."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("bootstrap", "")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="code", Body=package.getvalue())
    client = boto3.client("cloudformation")
    client.create_stack(
        StackName=STACK, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()])
    pages = client.get_paginator("list_stack_resources").paginate(StackName=STACK)
    known = template["Resources"]
    return {one["LogicalResourceId"]: one["ResourceType"] for page in pages for one in page["StackResourceSummaries"]
            if one["LogicalResourceId"] in known}


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"create_on_moto: {what}")


def functions_find_what_they_name(resources: dict[str, str]) -> None:
    """Names in the environment and in the rights of functions are names of what is there."""
    tables = set(boto3.client("dynamodb").list_tables()["TableNames"])
    groups = {group["logGroupName"]: group for page in boto3.client("logs").get_paginator("describe_log_groups").paginate()
              for group in page["logGroups"]}
    functions = [function for page in boto3.client("lambda").get_paginator("list_functions").paginate()
                 for function in page["Functions"]]
    expect(len(functions) == Counter(resources.values())["AWS::Lambda::Function"], "a function is missing")
    iam = boto3.client("iam")
    for function in functions:
        name = function["FunctionName"]
        variables = function["Environment"]["Variables"]
        for variable in (variable for variable in variables if variable.endswith("_TABLE")):
            expect(variables[variable] in tables, f"{name}: {variable} names no table")
        role = function["Role"].rsplit("/", 1)[1]
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            # moto keeps a document of CloudFormation as Python writes it.
            for statement in ast.literal_eval(document)["Statement"]:
                of = statement["Resource"]
                for resource in of if isinstance(of, list) else [of]:
                    expect(isinstance(resource, str) and "${" not in resource, f"{name}: {resource} is no ARN")
                    if ":table/" in resource:
                        expect(resource.split(":table/")[1].split("/")[0] in tables, f"{name}: {resource} is no table")
                    if ":log-group:" in resource:
                        group = resource.split(":log-group:")[1].removesuffix(":*")
                        expect(groups[group]["retentionInDays"] == 90, f"{name}: {group} is kept for ever")


def restore_tables(template: dict) -> dict[str, str]:
    """Makes the tables as a restore from backups does, outside of any stack; the parameters that name them."""
    client, parameters = boto3.client("dynamodb"), {"ExistingTables": "true"}
    for name, body in template["Resources"].items():
        if body["Type"] == "AWS::DynamoDB::Table":
            properties = {key: body["Properties"][key] for key in TABLE_PROPERTIES if key in body["Properties"]}
            if "StreamSpecification" in body["Properties"]:
                properties["StreamSpecification"] = {**body["Properties"]["StreamSpecification"], "StreamEnabled": True}
            made = client.create_table(TableName=f"restored-{name}", **properties)["TableDescription"]
            parameters[f"{name}Name"] = made["TableName"]
            if made.get("LatestStreamArn"):
                parameters[f"{name}StreamArn"] = made["LatestStreamArn"]
    return parameters


def main(file: str) -> int:
    with open(file) as text:
        template = adapted(json.load(text))
    with mock_aws():
        made = create(template)
        left_out = {template["Resources"][name]["Type"] for name in set(template["Resources"]) - set(made)}
        expect(left_out == LEFT_OUT, f"moto made no {left_out - LEFT_OUT}, and makes {LEFT_OUT - left_out}")
        functions_find_what_they_name(made)
        first = Counter(made.values())
    with mock_aws():
        parameters = restore_tables(template)
        made = create(template, **parameters)
        expect("AWS::DynamoDB::Table" not in made.values(), "a stack with existing tables makes tables")
        functions_find_what_they_name(made)
        mappings = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        read = {mapping["EventSourceArn"] for mapping in mappings if ":dynamodb:" in mapping["EventSourceArn"]}
        streams = {value for name, value in parameters.items() if name.endswith("StreamArn")}
        expect(read == streams, f"functions read {read}, the existing tables have {streams}")
    print(f"created {sum(first.values())} resources on moto, and {len(made)} with existing tables: "
          + ", ".join(f"{count} {kind.removeprefix('AWS::')}" for kind, count in sorted(first.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
