"""Texts on both sides of a regular expression: what matches at a wanted length, and what just does not.

Nothing here says which of them match; that is asked of `re.fullmatch` by the judge.
"""

import functools
import itertools
import random
from dataclasses import dataclass, field
from re import _constants as op  # the standard library has no public parse tree
from re import _parser as parser

WHITE = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2028\u2029\u202f\u205f\u3000"
ODD = "\0\x1b\x7f\x80\u200b\ufeff\ufffdé😀"


@dataclass
class Characters:
    """One class of characters of a pattern, `least` to `most` times."""

    node: tuple
    least: int = 1
    most: int = 1

    def holds(self, character: str) -> bool:
        code, argument = self.node
        if code is op.LITERAL:
            return ord(character) == argument
        if code is op.NOT_LITERAL:
            return ord(character) != argument
        if code is op.ANY:
            return character != "\n"
        found = any(_in(item, character) for item in argument)
        return found != (argument[0][0] is op.NEGATE)

    def any(self) -> str:
        """Some character of the class: random where there is a choice, so that no two tokens are equal."""
        known = [character for character in "0123456789abcdef" if self.holds(character)]
        return random.choice(known or [c for c in map(chr, range(33, 127)) if self.holds(c)])

    def edges(self) -> str:
        """Every boundary of the class with its neighbours on both sides."""
        code, argument = self.node
        if code is op.ANY:
            return "\n\r\u2028" + ODD
        codes = set()
        for kind, item in argument if code is op.IN else [self.node]:
            if kind is op.RANGE:
                codes |= {item[0] - 1, item[0], item[1], item[1] + 1}
            elif kind in (op.LITERAL, op.NOT_LITERAL):
                codes |= {item - 1, item, item + 1}
            elif kind is op.CATEGORY:
                codes |= set(map(ord, WHITE + ODD))
        return "".join(chr(code) for code in sorted(codes) if code >= 0)


def _in(item: tuple, character: str) -> bool:
    kind, argument = item
    if kind is op.LITERAL:
        return ord(character) == argument
    if kind is op.RANGE:
        return argument[0] <= ord(character) <= argument[1]
    if kind is op.CATEGORY:
        if argument in (op.CATEGORY_SPACE, op.CATEGORY_NOT_SPACE):
            return character.isspace() == (argument is op.CATEGORY_SPACE)
        raise NotImplementedError(argument)
    return False  # NEGATE


@dataclass
class Skeleton:
    """One way through the alternatives of a pattern."""

    parts: list[Characters] = field(default_factory=list)

    def text(self, length: int | None = None, at: int | None = None, first: str = "", size: int | None = None) -> str:
        """A text of the pattern; `length` code points long as far as it can be.

        At part `at` the first character is `first`, or there are `size` of them: both may break the pattern.
        """
        counts = [part.least if part.least == part.most else max(part.least, 1) for part in self.parts]
        missing = (length or 0) - sum(counts)
        for index in reversed(range(len(counts))):
            if missing > 0:
                more = min(missing, self.parts[index].most - counts[index])
                counts[index], missing = counts[index] + more, missing - more
        texts = []
        for index, (part, count) in enumerate(zip(self.parts, counts, strict=True)):
            count = size if index == at and size is not None else count
            text = "".join(part.any() for _ in range(count))
            texts.append(first + text[len(first):] if index == at else text)
        return "".join(texts)


SINGLE = (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY)


@functools.cache
def skeletons(pattern: str) -> list[Skeleton]:
    """Every way through the alternatives and the optional groups of a pattern."""
    return [Skeleton(parts) for parts in _ways(parser.parse(pattern))]


def _ways(tree) -> list[list[Characters]]:
    steps = [_step(code, argument) for code, argument in tree]
    return [sum(way, []) for way in itertools.product(*steps)]


def _step(code, argument) -> list[list[Characters]]:
    if code in SINGLE:
        return [[Characters((code, argument))]]
    if code is op.MAX_REPEAT:
        least, most, inner = argument
        if len(inner) == 1 and inner[0][0] in SINGLE:
            return [[Characters(tuple(inner[0]), least, int(most))]]
        return ([[]] if least == 0 else []) + _ways(inner)
    if code is op.SUBPATTERN:
        return _ways(argument[-1])
    if code is op.BRANCH:
        return [way for branch in argument[1] for way in _ways(branch)]
    if code in (op.AT, op.ASSERT, op.ASSERT_NOT):
        return [[]]
    raise NotImplementedError(code)
