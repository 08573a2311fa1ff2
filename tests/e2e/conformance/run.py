"""Sends the cases of an operation and compares."""

import itertools
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .cases import Case, cases
from .judge import Fault, NotADocument, faults_of, values_of
from .model import Operation
from .replies import outcome_of, problems
from .wire import send

THREADS = 6

_accounts = itertools.count(random.randrange(10**11, 9 * 10**11))


@dataclass
class Result:
    """How the cases of an operation went."""

    accepted: Counter = field(default_factory=Counter)
    refused: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def sent(self) -> int:
        return self.accepted.total() + self.refused.total()


class Runner:
    """Sends the requests of one operation, each thread in a world of its own."""

    def __init__(self, url: str, profile, operation: str):
        self.url, self.profile = url, profile
        self.operation: Operation = profile.service.operation(operation)
        self._worlds = threading.local()

    def run(self) -> Result:
        result = Result()
        with ThreadPoolExecutor(THREADS) as pool:
            for case, accepts, failures in pool.map(self._one, list(cases(self.operation, self.profile))):
                (result.accepted if accepts else result.refused)[case.member] += 1
                result.failures += [f"{self.operation.name}, {case}: {failure}" for failure in failures]
        return result

    def _world(self):
        world, used = getattr(self._worlds, "current", (None, 0))
        if world is None or used >= world.lasts_for:
            world, used = self.profile.world(self.url, str(next(_accounts))), 0
        self._worlds.current = (world, used)
        return world

    def _one(self, case: Case) -> tuple[Case, bool, list[str]]:
        world = self._world()
        request = case.build(world)
        faults, values = self._judge(request, world)
        expected = [self.profile.refusal] if faults else self.profile.outcomes(self.operation, values, world)
        reply = send(self.url, request, world.account)
        failures = problems(self.operation, reply)
        got = outcome_of(self.operation, reply)
        if got[1] is None and not failures:
            got = (self.operation.success, None)
            current, used = self._worlds.current
            self._worlds.current = (current, used + 1)
        if got not in expected:
            why = "; ".join(f"`{fault.path}` {fault.rule}" for fault in faults[:3])
            failures.append(f"expected {expected}{f' ({why})' if why else ''}, got {got} {reply.body[:160]!r}")
        elif faults and not failures:
            failures += self._unnamed(faults, reply)
        elif got[1] is None:
            failures += self.profile.differences(case, self.operation, values, reply, world)
        return case, not faults, failures

    def _judge(self, request, world) -> tuple[list[Fault], dict]:
        try:
            values, faults = values_of(self.operation, request.path, request.query, request.body)
        except NotADocument as error:
            return [Fault("", str(error))], {}
        faults += faults_of(self.operation.input, values)
        return faults or self.profile.faults(self.operation, values, world), values

    def _unnamed(self, faults: list[Fault], reply) -> list[str]:
        """Every fault of the members is named, and nothing else is, but for rules that were not asked for here."""
        reason = self.profile.reason(faults, reply)
        if reason:
            return [reason]
        expected = {self.profile.shown(fault.path) for fault in faults} - {""}
        named = set(self.profile.paths_of(reply))
        if not expected or expected <= named <= expected | self.profile.beyond_the_model:
            return []
        return [f"names {sorted(named)}, expected {sorted(expected)}"]
