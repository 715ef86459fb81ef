"""Reading the index of counterparts a page at a time, so that a log of millions never holds the event loop for more than a page."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from federation.model.reconcile import Bound, Element, Part, Range
from node.ports.counterparts import Counterparts, Indexed
from node.usecases.reconcile.ranges import LISTED, Sum, between, chunk_size

PAGE = 500  # rows: about a millisecond
STEP = 5000  # rows that are only counted


class Walker:
    """Describes what this node shares with one peer. `index` is asked anew for every page: a node may write meanwhile."""

    def __init__(self, index: Callable[[], Counterparts], peer: str) -> None:
        """Read the index of `peer`."""
        self._index = index
        self.peer = peer

    async def count(self, of: Range) -> int:
        """How many elements there are: counted in steps, for a million take a fifth of a second."""
        total, start = 0, of.start
        while (last := self._index().nth(self.peer, start, of.end, STEP - 1)) is not None:
            total, start = total + STEP, _behind(last)
            await asyncio.sleep(0)
        return total + self._index().count(self.peer, start, of.end)

    def first(self, of: Range, limit: int) -> Sequence[Indexed]:
        """The first rows."""
        return self._index().page(self.peer, *of, limit)

    async def sum(self, of: Range, seen: Callable[[Sequence[Element]], None] | None = None) -> Sum:
        """The sum of a range; `seen` is told of every page on the way."""
        total = Sum()
        async for page in self._pages(of, PAGE):
            total = total.plus(page)
            if seen is not None:
                seen(page)
        return total

    async def describe(self, of: Range) -> tuple[Part, ...]:
        """The parts of a range: all its elements where they are few, else 16 parts of like number with their fingerprints."""
        await asyncio.sleep(0)  # between many small ranges, too
        count = await self.count(of)
        if count <= LISTED:
            elements = tuple(one.element for one in self.first(of, LISTED + 1))[:LISTED]
            return (Part(end=of.end, count=len(elements), elements=elements),)
        size, parts, total = chunk_size(count), list[Part](), Sum()
        last: Element | None = None
        async for page in self._pages(of, PAGE):
            at = 0
            while at < len(page):
                if total.count == size and last is not None:
                    parts.append(_part(between(last, page[at]), total))
                    total = Sum()
                taken = page[at : at + size - total.count]
                total, last, at = total.plus(taken), taken[-1], at + len(taken)
        return (*parts, _part(of.end, total))

    async def _pages(self, of: Range, size: int) -> AsyncIterator[Sequence[Element]]:
        start = of.start
        while page := self._index().page(self.peer, start, of.end, size):
            yield [one.element for one in page]
            await asyncio.sleep(0)
            if len(page) < size:
                return
            start = _behind(page[-1].element)


def _behind(element: Element) -> Bound:
    """The first place behind an element."""
    return Bound(element.issued_ms, element.answer + b"\x00")


def _part(end: Bound, total: Sum) -> Part:
    return Part(end=end, count=total.count, fingerprint=total.fingerprint)
