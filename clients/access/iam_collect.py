"""Makes documents of the inventory from what the collector iam-collect has written.

The collector writes a folder, or keys below a prefix of an S3 bucket: `<base>/aws/<partition>/accounts/<account>/…` and
`<base>/aws/<partition>/organizations/<id>/…`. Everything is read account by account, so that memory is bounded by the largest
account. The layout is described in the documentation of iam-collect, "Storage".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from access.iam_collect_organization import organization_document
from access.iam_collect_store import Folder, LayoutError, Prefix, Report, arn_of, read_json

# The collector writes more than permission search evaluates. What is left out is counted under these names.
NOT_EVALUATED = {"endpoint-policy.json": "policies of VPC endpoints (they are not evaluated)"}
# Folders of an account that hold no resources with policies.
NO_RESOURCES = {"iam": None, "ram": "shares of AWS RAM (they are not evaluated)", "sso": None, "identitystore": None}
IAM_ENTITIES = ("user", "group", "role")
IAM_FILES = {
    "metadata.json", "inline-policies.json", "managed-policies.json", "trust-policy.json", "instance-profiles.json",
    "groups.json", "tags.json", "current-policy.json",
}  # fmt: skip


@dataclass
class Account:
    """The files of one account: by folder, the names of its files."""

    store: Folder | Prefix
    base: str
    id: str
    partition: str
    files: dict[str, set[str]]

    def json(self, folder: str, name: str):
        """The contents of a file of the account; `None` when it is absent."""
        if name not in self.files.get(folder, ()):
            return None
        return read_json(self.store, "/".join(part for part in (self.base, folder, name) if part))


def documents(store: Folder | Prefix, report: Report, progress: Callable[[str], None] = lambda _: None) -> Iterator[tuple[str, dict]]:
    """The documents of all accounts and of the organization, with their names below the tenant. The report is complete when
    the last document was taken."""
    partitions = store.folders("aws")
    if not partitions:
        raise LayoutError(f"{store} has no folder `aws`: name the folder that iam-collect writes to, the `path` of its storage")
    names: dict[str, str | None] = {}
    for partition in partitions:
        accounts = store.folders(f"aws/{partition}/accounts")
        for number, account in enumerate(accounts, 1):
            if len(account) != 12 or not account.isdecimal():
                report.left_out[f"folders of accounts without an account id, for example `{account}`"] += 1
                continue
            progress(f"account {account} ({number} of {len(accounts)})")
            found = account_of(store, partition, account)
            names[account] = (found.json("", "metadata.json") or {}).get("name")
            yield from account_documents(found, report)
            report.accounts.add(account)
    organizations = [(one, name) for one in partitions for name in store.folders(f"aws/{one}/organizations")]
    if len(organizations) > 1:
        listed = ", ".join(name for _, name in organizations)
        report.missing.append(f"a single organization: {listed} are there, an inventory has one, and none was taken")
    elif organizations:
        yield organization_document(store, *organizations[0], names, report)
    if not report.taken:
        raise LayoutError(f"{store} has no account and no organization below `aws/{partitions[0]}`")


def account_of(store: Folder | Prefix, partition: str, account: str) -> Account:
    base = f"aws/{partition}/accounts/{account}"
    files: dict[str, set[str]] = {}
    for key in store.keys(base):
        folder, _, name = key.removeprefix(f"{base}/").rpartition("/")
        files.setdefault(folder, set()).add(name)
    return Account(store, base, account, partition, files)


def account_documents(account: Account, report: Report) -> Iterator[tuple[str, dict]]:
    details = authorization_details(account, report)
    if any(details.values()):
        report.taken["accounts"] += 1
        for member, number in (("UserDetailList", "users"), ("GroupDetailList", "groups"), ("RoleDetailList", "roles")):
            report.taken[number] += len(details[member])
        report.taken["managed policies"] += len(details["Policies"])
        yield f"{account.id}/authorization-details.json", details
    else:
        report.missing.append(f"users, groups and roles of account {account.id}: it has no data of IAM")
    policies, compute = resources(account, report)
    if policies["services"] or "publicAccessBlock" in policies:
        report.taken["policies of resources"] += sum("policyDocument" in one for one in policies["resourcePolicies"])
        yield f"{account.id}/resource-policies.json", policies
    if compute["computeResources"]:
        report.taken["compute resources"] += len(compute["computeResources"])
        yield f"{account.id}/compute.json", compute


def authorization_details(account: Account, report: Report) -> dict:
    """What `iam:GetAccountAuthorizationDetails` would return."""
    details: dict[str, list] = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    profiles: dict[str, list[str]] = {}
    entities = []
    for folder in sorted(account.files):
        parts = folder.split("/")
        if parts[0] != "iam":
            continue
        for name in account.files[folder] - IAM_FILES:
            report.left_out[f"files `{name}` of IAM (not known)"] += 1
        metadata = account.json(folder, "metadata.json")
        if metadata is None:
            continue
        kind = "policy" if parts[1:3] == ["aws", "policy"] else parts[1] if len(parts) > 2 else ""
        if kind == "policy":
            details["Policies"].append(managed_policy(account, folder, metadata))
        elif kind == "instance-profile":
            for role in metadata.get("roles") or []:
                profiles.setdefault(arn_of(role), []).append(metadata["arn"])
        elif kind in IAM_ENTITIES:
            entities.append((kind, folder, metadata))
        else:
            report.left_out[f"IAM folders `{kind}` (not evaluated)"] += 1
    for kind, folder, metadata in entities:
        details[f"{kind.title()}DetailList"].append(entity(account, kind, folder, metadata, profiles))
    for members in details.values():
        members.sort(key=lambda one: one["Arn"])
    return details


def entity(account: Account, kind: str, folder: str, metadata: dict, profiles: dict[str, list[str]]) -> dict:
    """A user, group or role."""
    word = kind.title()
    found = {"Arn": required(metadata, "arn", folder), f"{word}Name": required(metadata, "name", folder)}
    if metadata.get("id"):
        found[f"{word}Id"] = metadata["id"]
    found[f"{word}PolicyList"] = account.json(folder, "inline-policies.json") or []
    attached = sorted(arn_of(policy) for policy in account.json(folder, "managed-policies.json") or [])
    found["AttachedManagedPolicies"] = [{"PolicyName": arn.rsplit("/", 1)[-1], "PolicyArn": arn} for arn in attached]
    if kind == "user":
        groups = account.json(folder, "groups.json") or []
        found["GroupList"] = sorted(arn_of(group).rsplit("/", 1)[-1] for group in groups)
    if kind == "role":
        trust = account.json(folder, "trust-policy.json")
        if trust is not None:
            found["AssumeRolePolicyDocument"] = trust
        own = [arn_of(profile) for profile in account.json(folder, "instance-profiles.json") or []]
        own += profiles.get(found["Arn"], [])
        found["InstanceProfileList"] = [{"Arn": arn} for arn in sorted(set(own))]
    if kind != "group":
        boundary = metadata.get("permissionBoundary")
        if boundary:
            found["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn_of(boundary)}
        tags = account.json(folder, "tags.json") or {}
        found["Tags"] = [{"Key": key, "Value": tags[key]} for key in sorted(tags)]
    return found


def managed_policy(account: Account, folder: str, metadata: dict) -> dict:
    found = {"Arn": required(metadata, "arn", folder), "PolicyName": metadata.get("name") or metadata["arn"].rsplit("/", 1)[-1]}
    document = account.json(folder, "current-policy.json")
    if document is None:
        raise LayoutError(f"{account.base}/{folder} has no `current-policy.json`: the collection was not finished")
    return found | {"PolicyVersionList": [{"VersionId": "current", "IsDefaultVersion": True, "Document": document}]}


def resources(account: Account, report: Report) -> tuple[dict, dict]:
    """The policies of resources, and the compute resources."""
    policies, compute = [], []
    services, regions = set(), set()
    for folder in sorted(account.files):
        service = folder.split("/")[0]
        if service in NO_RESOURCES:
            if NO_RESOURCES[service]:
                report.left_out[NO_RESOURCES[service]] += len(account.files[folder])
            continue
        metadata = account.json(folder, "metadata.json") if folder else None
        if metadata is None or not metadata.get("arn"):
            continue
        for name, what in NOT_EVALUATED.items():
            if name in account.files[folder]:
                report.left_out[what] += 1
        arn = metadata["arn"]
        _, _, service, region, _, resource = arn.split(":", 5)
        region = region or metadata.get("region") or ""
        services.add(service)
        if region:
            regions.add(region)
        is_bucket = service == "s3" and "/" not in resource and ":" not in resource
        entry = {"resourceArn": arn}
        policy = account.json(folder, "policy.json")
        if policy:
            entry["policyDocument"] = policy
        if is_bucket and region:
            entry["region"] = region
        block = account.json(folder, "bpa.json") if is_bucket else None
        if block:
            entry["publicAccessBlock"] = public_access_block(block)
        if policy or is_bucket:
            policies.append(entry)
        role, profile = metadata.get("role") or metadata.get("roleArn"), metadata.get("instanceProfile")
        if role or profile:
            compute.append(compute_resource(account, folder, metadata, role, profile))
    found = {"account": account.id, "services": sorted(services), "regions": sorted(regions)}
    block = account.json("", "s3-bpa.json")
    if block:
        found["publicAccessBlock"] = public_access_block(block)
    policies.sort(key=lambda one: one["resourceArn"])
    compute.sort(key=lambda one: one["arn"])
    of_compute = {"account": account.id, "regions": found["regions"], "computeResources": compute,
                  "services": sorted({one["arn"].split(":")[2] for one in compute})}
    return found | {"resourcePolicies": policies}, of_compute


def compute_resource(account: Account, folder: str, metadata: dict, role, profile) -> dict:
    found = {"arn": metadata["arn"]}
    if metadata.get("name"):
        found["name"] = metadata["name"]
    if role:
        found["roleArn"] = arn_of(role)
    if profile:
        found["instanceProfileArn"] = arn_of(profile)
    tags = account.json(folder, "tags.json")
    return found | ({"tags": tags} if tags else {})


def public_access_block(found: dict) -> dict:
    """The four switches; some versions write them with a large first letter."""
    switches = ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets")
    return {name: bool(found.get(name, found.get(name[0].upper() + name[1:], False))) for name in switches}


def required(metadata: dict, member: str, folder: str):
    if not metadata.get(member):
        raise LayoutError(f"{unquote(folder)}/metadata.json has no `{member}`")
    return metadata[member]
