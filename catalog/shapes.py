"""Members of requests, from the SDK's service models."""

import re

ROLE = re.compile(r"role", re.IGNORECASE)
PROFILE = re.compile(r"instance_?profile", re.IGNORECASE)
TAGS = re.compile(r"tags$|tag(list|slist|set|map|specifications?|ging)$", re.IGNORECASE)


def members(model: dict, operation: str) -> list:
    """Path, name of the shape and type of each member of an operation's input. A structure inside itself is entered
    once."""
    if operation not in model["operations"] or "input" not in model["operations"][operation]:
        return []
    found = []

    def walk(shape: str, path: tuple, entered: frozenset) -> None:
        if shape in entered:
            return
        entered |= {shape}
        definition = model["shapes"][shape]
        if definition["type"] == "structure":
            for name, member in definition.get("members", {}).items():
                inner = member["shape"]
                found.append(((*path, name), inner, model["shapes"][inner]["type"]))
                walk(inner, (*path, name), entered)
        elif definition["type"] == "list":
            walk(definition["member"]["shape"], path, entered)
        elif definition["type"] == "map":
            walk(definition["value"]["shape"], path, entered)

    walk(model["operations"][operation]["input"]["shape"], (), frozenset())
    return found


def is_text(model: dict, shape: str) -> bool:
    """Whether a member of that shape holds a text or a list of texts, and not one of a few fixed words."""
    definition = model["shapes"][shape]
    if definition["type"] == "list":
        return is_text(model, definition["member"]["shape"])
    return definition["type"] == "string" and "enum" not in definition
