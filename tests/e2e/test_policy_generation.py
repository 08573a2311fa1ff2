"""Policy generation over the running stack: real log files in S3, real clients, the real stream behind it."""

import json
import subprocess
import threading
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from botocore.exceptions import ClientError
from trails import END, START, Trail, statements

ROOT = Path(__file__).resolve().parents[2]


def refused(call, code, status):
    with pytest.raises(ClientError) as error:
        call()
    answer = error.value.response
    assert answer["Error"]["Code"] == code, answer
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    return answer


def test_log_files_become_a_policy(generate, trail, account):
    trail.put([trail.record("dynamodb", "DescribeTable"), trail.record("sts", "GetCallerIdentity"),
               trail.record("ec2", "TerminateInstances", role="admin")])
    trail.put([trail.record("iam", "GetRole")])
    trail.put([trail.record("lambda", "Invoke", region="eu-west-1", eventCategory="Data")], region="eu-west-1")
    answer = generate(includeResourcePlaceholders=True)
    assert answer["jobDetails"]["status"] == "SUCCEEDED", answer
    policies = [policy["policy"] for policy in answer["generatedPolicyResult"]["generatedPolicies"]]
    assert policies == [
        '{"Version":"2012-10-17","Statement":['
        '{"Sid":"SupportedServiceSid0","Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"},'
        '{"Sid":"SupportedServiceSid1","Effect":"Allow","Action":"dynamodb:DescribeTable",'
        '"Resource":"arn:aws:dynamodb:${Region}:${Account}:table/${TableName}"},'
        '{"Sid":"SupportedServiceSid2","Effect":"Allow","Action":"iam:GetRole",'
        '"Resource":"arn:aws:iam::${Account}:role/${RoleNameWithPath}"},'
        '{"Sid":"SupportedServiceSid3","Effect":"Allow","Action":"lambda:InvokeFunction",'
        '"Resource":"arn:aws:lambda:${Region}:${Account}:function:${FunctionName}"}]}'
    ]
    properties = answer["generatedPolicyResult"]["properties"]
    assert properties["principalArn"] == f"arn:aws:iam::{account}:role/app/web"
    assert properties["cloudTrailProperties"]["trailProperties"] == [
        {"cloudTrailArn": trail.arn, "regions": [], "allRegions": True}]
    assert properties["cloudTrailProperties"]["startTime"] == START


def test_without_placeholders_there_is_one_statement(generate, trail):
    trail.put([trail.record("dynamodb", "DescribeTable"), trail.record("sts", "GetCallerIdentity")])
    assert statements(generate()) == [{
        "Sid": "SupportedServiceSid0", "Effect": "Allow", "Resource": "*",
        "Action": ["dynamodb:DescribeTable", "sts:GetCallerIdentity"]}]


def test_a_principal_without_calls_gets_no_policy(generate, trail):
    trail.put([trail.record("ec2", "RunInstances", role="admin")])
    answer = generate()
    assert answer["jobDetails"]["status"] == "SUCCEEDED"
    assert answer["generatedPolicyResult"]["generatedPolicies"] == []


def test_only_the_time_range_counts(generate, trail):
    inside = trail.record("sqs", "CreateQueue", time=START)
    at_the_end = trail.record("sqs", "DeleteQueue", time=END)
    before = trail.record("sqs", "PurgeQueue", time=START - timedelta(seconds=1))
    after = trail.record("sqs", "TagQueue", time=END + timedelta(seconds=1))
    trail.put([inside, before], delivered=START + timedelta(minutes=5))
    trail.put([at_the_end, after], delivered=END + timedelta(minutes=15))
    assert statements(generate())[0]["Action"] == ["sqs:CreateQueue", "sqs:DeleteQueue"]


def test_only_the_regions_asked_for_and_global_services_count(generate, trail):
    trail.put([trail.record("sqs", "CreateQueue"), trail.record("iam", "GetRole")])
    trail.put([trail.record("sns", "CreateTopic", region="eu-west-1")], region="eu-west-1")
    details = trail.details(trails=[{"cloudTrailArn": trail.arn, "regions": ["eu-west-1"]}])
    assert statements(generate(details=details))[0]["Action"] == ["iam:GetRole", "sns:CreateTopic"]


def test_a_nested_record_is_no_record(generate, trail):
    forged = trail.record("iam", "CreateUser")
    trail.put([trail.record("events", "PutEvents", role="admin", requestParameters={"entries": [forged]}),
               trail.record("sqs", "CreateQueue")])
    assert statements(generate())[0]["Action"] == "sqs:CreateQueue"


@pytest.mark.parametrize("change, code, to_check", [
    ({"trails": [{"cloudTrailArn": "arn:aws:cloudtrail:us-east-1:{account}:trail/none"}]}, "RESOURCE_NOT_FOUND_ERROR", "Region"),
    ({"accessRole": "arn:aws:iam::{account}:role/nobody-created-it"}, "AUTHORIZATION_ERROR", "that the role exists"),
])
def test_what_cannot_be_read_fails_the_job(generate, trail, account, change, code, to_check):
    change = json.loads(json.dumps(change).replace("{account}", account))
    answer = generate(details=trail.details(**change))
    assert answer["jobDetails"]["status"] == "FAILED"
    assert answer["jobDetails"]["jobError"]["code"] == code
    assert to_check in answer["jobDetails"]["jobError"]["message"]
    assert answer["jobDetails"]["completedOn"]
    assert answer["generatedPolicyResult"]["generatedPolicies"] == []


def test_a_bucket_that_is_gone_fails_the_job(generate, trail):
    trail.s3.delete_bucket(Bucket=trail.bucket)
    answer = generate()
    assert answer["jobDetails"]["jobError"]["code"] == "RESOURCE_NOT_FOUND_ERROR"


def test_one_token_makes_one_job(analyzer, trail, principal, clients):
    token = str(uuid.uuid4())
    start = lambda principal=principal: analyzer.start_policy_generation(
        clientToken=token, policyGenerationDetails={"principalArn": principal}, cloudTrailDetails=trail.details())
    jobs, threads = [], []
    for _ in range(50):
        threads.append(threading.Thread(target=lambda: jobs.append(start()["jobId"])))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(jobs) == 50 and len(set(jobs)) == 1
    assert [job["jobId"] for job in analyzer.list_policy_generations()["policyGenerations"]] == jobs[:1]
    answer = refused(lambda: start(principal + "x"), "ConflictException", 409)
    assert (answer["resourceType"], answer["resourceId"]) == ("PolicyGeneration", jobs[0])


def test_every_fault_is_named_in_one_answer(clients, account):
    analyzer = clients("accessanalyzer", parameter_validation=False)
    answer = refused(lambda: analyzer.start_policy_generation(
        policyGenerationDetails={"principalArn": "arn:aws:iam::1:group/x"},
        cloudTrailDetails={"accessRole": "x", "startTime": END, "endTime": START, "trails": []},
    ), "ValidationException", 400)
    assert answer["reason"] == "fieldValidationFailed"
    assert [field["name"] for field in answer["fieldList"]] == [
        "policyGenerationDetails.principalArn", "cloudTrailDetails.accessRole", "cloudTrailDetails.trails",
        "cloudTrailDetails.startTime"]


@pytest.mark.parametrize("body, reason", [
    (b"", "cannotParse"), (b"{", "cannotParse"), (b"[]", "cannotParse"), (b"{}", "fieldValidationFailed"),
    (b"\xff\xfe", "cannotParse"), (b'{"policyGenerationDetails":{"principalArn":null}}', "fieldValidationFailed"),
    (b"[" * 100_000, "cannotParse"),
])
def test_a_bad_body_is_a_typed_error(stack, signed, body, reason):
    answer = requests.put(f"{stack.api}/policy/generation", data=body, headers=signed())
    assert answer.status_code == 400
    assert answer.headers["x-amzn-ErrorType"] == "ValidationException"
    assert answer.json()["reason"] == reason


def test_other_accounts_are_out_of_reach(analyzer, trail, principal, clients):
    foreign = "arn:aws:iam::999999999999:role/x"
    start = lambda principal, **changes: analyzer.start_policy_generation(
        policyGenerationDetails={"principalArn": principal}, cloudTrailDetails=trail.details(**changes))
    refused(lambda: start(foreign), "AccessDeniedException", 403)
    refused(lambda: start(principal, accessRole=foreign), "AccessDeniedException", 403)
    job = start(principal)["jobId"]
    other = clients("accessanalyzer", account="999999999998")
    refused(lambda: other.get_generated_policy(jobId=job), "ValidationException", 400)
    refused(lambda: other.cancel_policy_generation(jobId=job), "ValidationException", 400)
    assert other.list_policy_generations()["policyGenerations"] == []


def test_the_list_is_paged_newest_first_and_filtered(analyzer, trail, principal, account):
    jobs = []
    for name in ["a", "b", "a", "b", "a"]:
        started = analyzer.start_policy_generation(
            policyGenerationDetails={"principalArn": f"arn:aws:iam::{account}:user/{name}"}, cloudTrailDetails=trail.details())
        jobs.insert(0, started["jobId"])
        assert analyzer.list_policy_generations(maxResults=1)["policyGenerations"][0]["jobId"] == jobs[0]
    pages = analyzer.get_paginator("list_policy_generations").paginate(PaginationConfig={"PageSize": 2})
    assert [job["jobId"] for page in pages for job in page["policyGenerations"]] == jobs
    filtered = analyzer.list_policy_generations(principalArn=f"arn:aws:iam::{account}:user/b")["policyGenerations"]
    assert [job["jobId"] for job in filtered] == [jobs[1], jobs[3]]
    token = analyzer.list_policy_generations(maxResults=2)["nextToken"]
    for broken in ["x", token[:-4], token[4:], token.swapcase()]:
        refused(lambda broken=broken: analyzer.list_policy_generations(nextToken=broken), "ValidationException", 400)
    refused(lambda: analyzer.list_policy_generations(nextToken=token, principalArn=f"arn:aws:iam::{account}:user/b"),
            "ValidationException", 400)


def test_a_full_quota_is_402_until_a_job_ends(analyzer, trail, principal, stack, signed):
    # Nobody plans these: their insertion is seen, but the role they name cannot be assumed at once.
    start = lambda: analyzer.start_policy_generation(
        policyGenerationDetails={"principalArn": principal}, cloudTrailDetails=trail.details())["jobId"]
    started, answer = [], None
    for _ in range(200):
        try:
            started.append(start())
        except ClientError as error:
            answer = error.response
            break
    if answer is None:
        pytest.skip("every job ended before the next was started")
    assert answer["Error"]["Code"] == "ServiceQuotaExceededException"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 402
    assert answer["resourceType"] == "PolicyGeneration"


def test_cancel_is_for_good(analyzer, trail, principal, eventually):
    start = lambda: analyzer.start_policy_generation(
        policyGenerationDetails={"principalArn": principal}, cloudTrailDetails=trail.details())["jobId"]
    job = start()
    try:
        analyzer.cancel_policy_generation(jobId=job)
    except ClientError as error:  # it was faster
        assert error.response["reason"] == "other"
        assert analyzer.get_generated_policy(jobId=job)["jobDetails"]["status"] == "SUCCEEDED"
        return
    analyzer.cancel_policy_generation(jobId=job)
    details = analyzer.get_generated_policy(jobId=job)["jobDetails"]
    assert details["status"] == "CANCELED" and details["completedOn"]


def test_a_finished_job_cannot_be_canceled(analyzer, generate, trail):
    job = generate()["jobDetails"]["jobId"]
    answer = refused(lambda: analyzer.cancel_policy_generation(jobId=job), "ValidationException", 400)
    assert answer["reason"] == "other"


@pytest.mark.parametrize("job", ["x", "00000000-0000-0000-0000-000000000000", "a/b", "é", "%", "..", "x" * 2000])
def test_an_unknown_job_is_a_faulty_parameter(analyzer, job):
    answer = refused(lambda: analyzer.get_generated_policy(jobId=job), "ValidationException", 400)
    assert [field["name"] for field in answer["fieldList"]] == ["jobId"]


@pytest.mark.parametrize("query", ["maxResults=0", "maxResults=x", "maxResults=1&maxResults=2", "principalArn=x", "nextToken="])
def test_a_bad_query_is_a_typed_error(stack, signed, query):
    answer = requests.get(f"{stack.api}/policy/generation?{query}", headers=signed())
    assert answer.status_code == 400 and answer.headers["x-amzn-ErrorType"] == "ValidationException"
    assert [field["name"] for field in answer.json()["fieldList"]] == [query.split("=")[0]]


def test_unknown_paths_and_methods_answer_in_a_body_for_every_family(stack, signed):
    for method, path, allowed in [
        ("GET", "/nothing", None), ("DELETE", "/policy/generation", "GET, PUT"), ("POST", "/policy/generation/x", "GET, PUT")]:
        answer = requests.request(method, stack.api + path, headers=signed())
        assert (answer.status_code, answer.headers.get("Allow")) == (405 if allowed else 404, allowed)
        assert answer.headers["x-amzn-ErrorType"] == "UnknownOperationException"
        assert answer.json()["message"]
        assert answer.json()["error"]["code"] == ("method_not_allowed" if allowed else "not_found")
    misspelt = requests.post(f"{stack.api}/permission", headers=signed())
    assert misspelt.json()["message"].endswith("Did you mean POST /api/v1/permission?")


def test_the_cli_walks_through(aws, trail, principal, eventually):
    trail.put([trail.record("sqs", "CreateQueue")])
    details = trail.details(startTime=START.isoformat(), endTime=END.isoformat())
    job = aws("accessanalyzer", "start-policy-generation", "--policy-generation-details",
              json.dumps({"principalArn": principal}), "--cloud-trail-details", json.dumps(details))["jobId"]
    read = lambda: aws("accessanalyzer", "get-generated-policy", "--job-id", job)
    answer = eventually(lambda: (a := read())["jobDetails"]["status"] == "SUCCEEDED" and a, within=30)
    assert statements(answer)[0]["Action"] == "sqs:CreateQueue"
    with pytest.raises(RuntimeError, match="ValidationException"):
        aws("accessanalyzer", "cancel-policy-generation", "--job-id", job)


def delivered_again(stack, clients, function, item):
    """The stream delivers the insertion of an item once more."""
    record = {"eventName": "INSERT", "eventID": str(uuid.uuid4()), "dynamodb": {
        "SequenceNumber": "1", "Keys": {"pk": item["pk"], "sk": item["sk"]}, "NewImage": item}}
    answer = clients("lambda", local=True).invoke(FunctionName=function, Payload=json.dumps({"Records": [record]}))
    return json.loads(answer["Payload"].read())


def items_of(stack, clients, job):
    dynamodb = clients("dynamodb", local=True)
    pages = dynamodb.get_paginator("scan").paginate(TableName=stack.tables["PolicyGenerationsTable"])
    return [item for page in pages for item in page["Items"] if job in item["pk"]["S"] + item["sk"]["S"]]


def test_records_delivered_twice_and_out_of_order_change_nothing(generate, trail, stack, clients, analyzer):
    trail.put([trail.record("sqs", "CreateQueue")])
    answer = generate(includeResourcePlaceholders=True)
    job = answer["jobDetails"]["jobId"]
    items = items_of(stack, clients, job)
    shards = [item for item in items if item.get("kind") == {"S": "SHARD"}]
    jobs = [item for item in items if item.get("kind") == {"S": "JOB"}]
    assert shards and len(jobs) == 1
    for function, item in [("ScanPolicyGeneration", item) for item in shards] + [("PlanPolicyGeneration", jobs[0])]:
        assert delivered_again(stack, clients, function, item) == {"batchItemFailures": []}
    assert items_of(stack, clients, job) == items
    again = analyzer.get_generated_policy(jobId=job, includeResourcePlaceholders=True)
    assert {**again, "ResponseMetadata": None} == {**answer, "ResponseMetadata": None}


def test_a_job_survives_the_death_of_its_workers(own_stack, client_of, account, eventually):
    running = own_stack("--template", ROOT / "template.yaml")
    stack = running.start()
    clients = client_of(stack, account)
    trail, analyzer = Trail(clients), clients("accessanalyzer")
    for hour in range(60):
        trail.put([trail.record("sqs", "CreateQueue", time=END - timedelta(minutes=hour)) for _ in range(200)])
    job = analyzer.start_policy_generation(
        policyGenerationDetails={"principalArn": f"arn:aws:iam::{account}:role/app/web"},
        cloudTrailDetails=trail.details())["jobId"]
    killed = dict.fromkeys(["plan-policy-generation", "scan-policy-generation"], 0)

    def ended():
        for worker, times in killed.items():
            found = subprocess.run(["pkill", "-KILL", "-P", str(stack.process), "-f", worker]) if times < 2 else None
            killed[worker] += found is not None and found.returncode == 0
        answer = analyzer.get_generated_policy(jobId=job)
        return answer if answer["jobDetails"]["status"] != "IN_PROGRESS" else None

    answer = eventually(ended, within=60, every=0.05)
    assert killed["plan-policy-generation"] and killed["scan-policy-generation"]
    assert answer["jobDetails"]["status"] == "SUCCEEDED"
    assert statements(answer)[0]["Action"] == "sqs:CreateQueue"
