"""Sets of elements as an index, and a peer in the same process, for the tests of comparing. Nothing here is a test."""

import random
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from federation import codec
from federation.model.reconcile import Bound, Element, Part, Range, ReconcileAnswer, ReconcileRequest
from node.ports.counterparts import Indexed
from node.usecases.reconcile.walking import Walker


class SortedIndex:
    """An index of one peer, in a sorted list. Implements `node.ports.counterparts.Counterparts`."""

    def __init__(self, elements: Iterable[Element]) -> None:
        self._elements = sorted(elements)

    def count(self, peer: str, start: Bound, end: Bound) -> int:
        return max(0, self._at(end) - self._at(start))

    def nth(self, peer: str, start: Bound, end: Bound, place: int) -> Element | None:
        return next((row.element for row in self.page(peer, start, end, place + 1)[place:]), None)

    def page(self, peer: str, start: Bound, end: Bound, limit: int) -> Sequence[Indexed]:
        first = self._at(start)
        chosen = self._elements[first : min(self._at(end), first + limit)]
        return [Indexed(element=one, entry=first + at) for at, one in enumerate(chosen)]

    def find(self, peer: str, element: Element) -> int | None:
        at = bisect_left(self._elements, element)
        return at if self._elements[at : at + 1] == [element] else None

    def total(self, size: int) -> int:
        return len(self._elements)

    def _at(self, bound: Bound) -> int:
        return bisect_left(self._elements, tuple(bound), key=tuple)


class FarSide:
    """The peer: describes its set through the codec, and counts bytes and messages."""

    def __init__(self, elements: Iterable[Element]) -> None:
        index = SortedIndex(elements)
        self._walker = Walker(lambda: index, "")
        self.bytes = self.messages = 0

    async def ask(self, ranges: Sequence[Range]) -> Sequence[Sequence[Part]]:
        request = codec.encode(ReconcileRequest(describe=tuple(ranges)))
        wanted: ReconcileRequest = codec.decode(request.kind, request.body)
        parts = tuple([await self._walker.describe(one) for one in wanted.describe])
        answer = codec.encode(ReconcileAnswer(descriptions=parts))
        self.bytes += len(request.body) + len(answer.body)
        self.messages += 1
        told: ReconcileAnswer = codec.decode(answer.kind, answer.body)
        return told.descriptions


def walker(elements: Iterable[Element]) -> Walker:
    """This side."""
    index = SortedIndex(elements)
    return Walker(lambda: index, "")


def elements(count: int, *, seed: int = 0, span_ms: int = 86_400_000) -> list[Element]:
    """So many elements by chance, within a span of time."""
    chance = random.Random(seed)
    return [Element(chance.randrange(span_ms), chance.randbytes(32)) for _ in range(count)]
