"""Service models as botocore ships them, read as plain data: none of the client's own checks is used."""

from dataclasses import dataclass
from functools import cached_property

import botocore.loaders


@dataclass(frozen=True)
class Shape:
    """A shape of a model; members are asked for by name."""

    service: "Service"
    name: str

    @property
    def _raw(self) -> dict:
        return self.service.raw["shapes"][self.name]

    @property
    def kind(self) -> str:
        return self._raw["type"]

    def __getitem__(self, trait):
        return self._raw.get(trait)

    def _refer(self, reference: dict) -> "Shape":
        return Shape(self.service, reference["shape"])

    @cached_property
    def members(self) -> dict[str, "Shape"]:
        return {name: self._refer(member) for name, member in self._raw["members"].items()}

    @property
    def required(self) -> list[str]:
        return self._raw.get("required", [])

    @property
    def element(self) -> "Shape":
        return self._refer(self._raw["member"])

    @property
    def key(self) -> "Shape":
        return self._refer(self._raw["key"])

    @property
    def value(self) -> "Shape":
        return self._refer(self._raw["value"])

    def location(self, member: str) -> str:
        """Where a member of an operation's input travels: `uri`, `querystring` or `body`."""
        return self._raw["members"][member].get("location", "body")

    def wire_name(self, member: str) -> str:
        return self._raw["members"][member].get("locationName", member)


@dataclass(frozen=True)
class Operation:
    service: "Service"
    name: str

    @property
    def _raw(self) -> dict:
        return self.service.raw["operations"][self.name]

    @property
    def method(self) -> str:
        return self._raw["http"]["method"]

    @property
    def uri(self) -> str:
        return self._raw["http"]["requestUri"]

    @property
    def success(self) -> int:
        return self._raw["http"].get("responseCode", 200)

    @cached_property
    def input(self) -> Shape:
        return Shape(self.service, self._raw["input"]["shape"])

    @cached_property
    def output(self) -> Shape | None:
        return Shape(self.service, self._raw["output"]["shape"]) if "output" in self._raw else None

    @cached_property
    def errors(self) -> dict[str, Shape]:
        return {error["shape"]: Shape(self.service, error["shape"]) for error in self._raw.get("errors", [])}

    def members_in(self, location: str) -> dict[str, Shape]:
        members = self.input.members.items()
        return {name: shape for name, shape in members if self.input.location(name) == location}

    @property
    def has_body(self) -> bool:
        return bool(self.members_in("body"))


class Service:
    def __init__(self, name: str):
        self.name = name
        self.raw = botocore.loaders.Loader().load_service_model(name, "service-2")

    def operation(self, name: str) -> Operation:
        return Operation(self, name)
