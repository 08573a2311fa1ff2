"""Makes the document of an organization from what the collector iam-collect has written."""

import json

from access.iam_collect_store import Folder, LayoutError, Prefix, Report, arn_of, read_json

FULL_ACCESS = "p-FullAWSAccess"
RCP_FULL_ACCESS = "p-RCPFullAWSAccess"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def organization_document(
    store: Folder | Prefix, partition: str, organization: str, names: dict[str, str | None], report: Report
) -> tuple[str, dict]:
    """The document of the organization: its tree, with the policies of each level."""
    base = f"aws/{partition}/organizations/{organization}"
    metadata = read_json(store, f"{base}/metadata.json") or {}
    accounts = read_json(store, f"{base}/accounts.json") or {}
    units = read_json(store, f"{base}/ous.json") or {}
    details = {}
    for unit in store.folders(f"{base}/ous"):
        found = read_json(store, f"{base}/ous/{unit}/metadata.json") or {}
        details[found.get("id") or unit] = found
    for unit, found in details.items():
        units.setdefault(unit, {})
        units[unit] = {**found, **units[unit]}
    roots = sorted(unit for unit, found in units.items() if not found.get("parent"))
    root = metadata.get("rootOu") or (roots[0] if len(roots) == 1 else None)
    if root not in units:
        raise LayoutError(f"{base}: the root of the organization is not in `ous.json`")
    document: dict = {"organizationId": metadata.get("id") or organization}
    if metadata.get("rootAccountId"):
        document["managementAccount"] = metadata["rootAccountId"]
    levels = [*units.values(), *accounts.values()]
    attached: dict[str, dict[int, list[str]] | None] = {}
    for kind, feature, member, full in (
        ("scps", "SERVICE_CONTROL_POLICY", "serviceControlPolicies", FULL_ACCESS),
        ("rcps", "RESOURCE_CONTROL_POLICY", "resourceControlPolicies", RCP_FULL_ACCESS),
    ):
        is_off = (metadata.get("features") or {}).get(feature) is False
        policies, attached[member] = organization_policies(store, base, kind, (levels, full, is_off), report)
        if attached[member] is not None:
            document[member] = policies
            report.taken[kind.upper()] += len(policies)

    def level(node: dict) -> dict:
        own = {member: ids[id(node)] for member, ids in attached.items() if ids is not None}
        return {member: ids for member, ids in own.items() if ids}

    children: dict[str, list[str]] = {}
    for unit, found in units.items():
        children.setdefault(found.get("parent") or "", []).append(unit)
    members: dict[str, list[str]] = {}
    for account, found in accounts.items():
        members.setdefault(found.get("ou") or root, []).append(account)

    def tree(unit: str) -> dict:
        node = {"id": unit}
        if units[unit].get("name"):
            node["name"] = units[unit]["name"]
        node |= level(units[unit])
        if children.get(unit):
            node["organizationalUnits"] = [tree(inner) for inner in sorted(children[unit])]
        if members.get(unit):
            node["accounts"] = [member(account) for account in sorted(members[unit])]
        return node

    def member(account: str) -> dict:
        name = names.get(account) or accounts[account].get("name")
        return {"id": account, **({"name": name} if name else {}), **level(accounts[account])}

    document["root"] = tree(root)
    lost = sorted(account for account, found in accounts.items() if found.get("ou") and found["ou"] not in units)
    report.missing += [f"the organizational unit of account {account}" for account in lost]
    report.missing += [f"data of account {account} of the organization" for account in sorted(set(accounts) - set(names))]
    report.taken["accounts of the organization"] += len(accounts)
    return "organization.json", document


def organization_policies(
    store: Folder | Prefix, base: str, kind: str, known: tuple[list[dict], str, bool], report: Report
) -> tuple[list[dict], dict[int, list[str]] | None]:
    """The policies of one kind, and the ids of those that are attached to each level; `None` in place of the latter when they
    are not known: an empty level would mean that everything is denied."""
    levels, full, is_off = known
    policies = {}
    for folder in store.folders(f"{base}/{kind}"):
        metadata = read_json(store, f"{base}/{kind}/{folder}/metadata.json") or {}
        document = read_json(store, f"{base}/{kind}/{folder}/policy.json")
        policy = policy_id(metadata["arn"]) if metadata.get("arn") else folder
        if document is None:
            report.missing.append(f"the document of {kind[:-1].upper()} {policy}")
            continue
        policies[policy] = {"id": policy, "name": metadata.get("name") or policy, "content": document}
    if is_off:
        # The organization has switched the kind off: nothing is limited.
        policies.setdefault(full, full_access(full))
        return list(policies.values()), {id(one): [full] for one in levels}
    if not all(isinstance(one.get(kind), list) for one in levels):
        report.missing.append(f"where {kind.upper()} are attached: they are not evaluated")
        return [], None
    attached = {id(one): [policy_id(arn_of(policy)) for policy in one[kind]] for one in levels}
    unknown = sorted({policy for ids in attached.values() for policy in ids} - set(policies))
    for policy in unknown:
        if policy != full:
            report.missing.append(f"the document of {kind[:-1].upper()} {policy}, which is attached: {kind.upper()} are not evaluated")
            return [], None
        policies[full] = full_access(full)
    return [policies[policy] for policy in sorted(policies)], attached


def full_access(policy: str) -> dict:
    """The policy that AWS attaches everywhere and that allows everything."""
    content = json.loads(json.dumps(EVERYTHING))
    if policy == RCP_FULL_ACCESS:
        content["Statement"][0]["Principal"] = "*"
    return {"id": policy, "name": policy.removeprefix("p-"), "content": content}


def policy_id(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]
