"""Where the names of resources stand in requests, from a map of SDK methods of 2022 in a template language of its own.

The service reference says which actions an operation is authorized by, but not which member of the request names the
resource; the map does.
"""

import collections
import re

# Placeholders that every call fills in by itself.
OF_CALL = {"Partition", "Region", "Account"}
MEMBER = re.compile(r"\$\{([^}]*)\}")
# Functions of the input's template language; arguments are parted by `%`.
REGEX = re.compile(r"%%regex%(\$\{[^}]*\})%(.*?)/g%%")
MANY = re.compile(r"%%many%(.*?)(?:%%|\$\$)$")
IF_TRUTHY = re.compile(r"%%iftruthy%(\$\{[^}]*\})%(.*?)%?%%$")
MATCH = re.compile(r"%%(?:iftemplatematch|urlencode)%(.*?)%%")


# These patterns drop what stands before the last slash, if anything does.
LAST_PART = {r"/^(?:.+\/)?(.+)$", r"/^(?:.+?\/)?(.+)$"}


def strip_pattern(found: re.Match) -> str:
    """A pattern that takes the name out of an ARN leaves the member: readers know an ARN when they see one. Any
    other pattern takes text apart in a way that is not told here, so that nothing is known."""
    member, pattern = found.groups()
    return member if "arn" in f"{pattern}{member}".lower() or pattern in LAST_PART else "%%"


def tells(template: str) -> bool:
    """Whether a template says more than the placeholders of the type's ARN format do: `*` and `…:image/*` do not."""
    return not template.endswith("*") or bool(set(MEMBER.findall(template)) - OF_CALL)


def templates(text: str) -> tuple[list, list]:
    """Alternatives that a template of the input stands for, and members without which it does not apply."""
    needed = []
    text = text.replace("%many:${currentDeploymentGroupName}:${newDeploymentGroupName}%",
                        "%%many%${currentDeploymentGroupName}%${newDeploymentGroupName}%%")
    text = REGEX.sub(strip_pattern, MATCH.sub(r"\1", text))
    if found := IF_TRUTHY.fullmatch(text):
        member, arguments = found.groups()
        given = arguments.split("%")[0]
        if given != member and given:
            needed.append(MEMBER.fullmatch(member)[1])
        text = given or member
    found = MANY.fullmatch(text)
    alternatives = found[1].split("%") if found else [text]
    kept = [known.replace("}[]", "[]}") for known in alternatives if tells(known) and "%" not in known]
    return sorted(set(kept), key=kept.index), needed


def conditions(row: dict) -> list:
    """Terms for the conditions of a row."""
    terms, condition = [], row.get("conditions")
    while condition:
        path, text = last(condition["lhs"]), condition.get("rhs", "").strip().replace(" ", "_")
        terms.append({
            "Exists": f"?..{path}",
            "NotExists": f"?!..{path}",
            "IContains": f"?..{path}=*{text}*",
            "INotContains": f"?!..{path}=*{text}*",
            "NotEquals": f"?..{path}!={text}",
        }[condition["op"]])
        condition = condition.get("andCondition")
    return terms


def folded(placeholder: str) -> str:
    """A placeholder as far as its spelling has not changed over the years."""
    return placeholder.lower().replace("_", "")


def sides(row: dict, formats: list) -> list:
    """Where a row finds the resources of its action. Placeholders get the spelling of the action's ARN formats; one
    that these do not have fills nothing in."""
    spelling = {folded(name): name for name in MEMBER.findall(" ".join(formats)) if name not in OF_CALL}
    mappings = row.get("resource_mappings", {}).items()
    found = [(spelling[folded(name)], value) for name, value in mappings if folded(name) in spelling]
    found += [(f"@{name.lower()}", value) for name, value in row.get("resourcearn_mappings", {}).items()]
    if "arn_override" in row:
        found.append(("*", row["arn_override"]))
    return found


def terms(row: dict, formats: list) -> list:
    """The templates of a row."""
    mapped = []
    for left, value in sides(row, formats):
        alternatives, _ = templates(value["template"] if isinstance(value, dict) else value)
        mapped += [f"{left}={template}" for template in alternatives]
    return sorted(mapped)


def needed(row: dict, formats: list) -> list:
    """The conditions of a row."""
    found = conditions(row)
    for left, value in sides(row, formats):
        _, members = templates(value["template"] if isinstance(value, dict) else value)
        if left == "*":  # of the row; a member that only one placeholder asks for does not decide the action
            found += [f"?..{last(member)}" for member in members]
    return sorted(set(found), key=found.index)


def last(path: str) -> str:
    """The member that a path ends in."""
    return path.split(".")[-1].removesuffix("[]")


class Methods:
    """The map by action prefix and operation."""

    def __init__(self, methods: dict, catalogue):
        self.catalogue = catalogue
        mapped = methods["sdk_method_iam_mappings"]
        # Most methods have an action of their name, and that says the service's prefix.
        votes = collections.defaultdict(collections.Counter)
        for method, rows in mapped.items():
            service, operation = method.split(".", 1)
            for row in rows:
                prefix, name = row["action"].split(":")
                votes[service][prefix] += name.lower() == operation.lower()
        aliases = {name.lower(): prefix for name, prefix in methods["sdk_service_mappings"].items()}
        self.rows = {}
        for method, rows in sorted(mapped.items()):
            service, operation = method.split(".", 1)
            own = [row["action"].split(":")[0] for row in rows
                   if row["action"].split(":")[1].lower() == operation.lower()]
            prefix = aliases.get(service.lower(), service.lower())
            if votes[service] and votes[service].most_common(1)[0][1]:
                prefix = votes[service].most_common(1)[0][0]
            if own and prefix not in own:
                prefix = own[0]
            known = [row for row in rows if catalogue.action(row["action"])]
            self.rows.setdefault((prefix, operation), []).extend(known)

    def formats(self, action) -> list:
        kinds = self.catalogue.services[action.service].types
        return [" ".join(kinds[kind]["formats"]) for kind in action.types if kind in kinds]

    def templates(self, prefix: str, operation: str, full: str) -> list:
        """The templates of an action of an operation, one list for each row of the map."""
        found = []
        for row in self.rows.get((prefix, operation), []):
            action = self.catalogue.action(row["action"])
            one = terms(row, self.formats(action))
            if action.full == full and one and one not in found:
                found.append(one)
        return found
