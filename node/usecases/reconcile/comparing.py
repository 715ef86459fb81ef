"""Finding what two nodes do not both have: ranges are described by the peer, compared here, and cut finer where they differ.

Of n elements of which d differ, about d · log16(n) ranges of 16 parts travel: the log's size costs rounds, the difference costs bytes.
The peer is not trusted to come to an end, nor to be small: rounds, ranges and what is named are bounded.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from federation.model.reconcile import Bound, Element, Part, Range
from node.ports.counterparts import Indexed
from node.usecases.reconcile.ranges import BEGINNING, Sum, cut
from node.usecases.reconcile.walking import Walker

BATCH = 64  # ranges of one question
MAX_ROUNDS = 200
MAX_NAMED = 1000  # of each side; what is beyond is counted
SAMPLE = 16  # elements drawn by chance

Ask = Callable[[Sequence[Range]], Awaitable[Sequence[Sequence[Part]]]]
"""Asks the peer to describe ranges; the answer has one description each."""


class EndlessError(Exception):
    """The peer's descriptions do not come to an end, or make no sense."""


@dataclass(slots=True)
class Difference:
    """What was found. `here` lacks this node, `there` the peer; `more` differs as well and is not named; `whole` is this node's sum.

    `sample`: some of this node's elements, whether the peer has them or not.
    """

    here: list[Element] = field(default_factory=list)
    there: list[Indexed] = field(default_factory=list)
    more: int = 0
    whole: Sum = field(default_factory=Sum)
    rounds: int = 0
    sample: list[Element] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether no more is named."""
        return max(len(self.here), len(self.there)) >= MAX_NAMED


class Comparison:
    """One comparison with one peer of everything issued before a time."""

    def __init__(self, mine: Walker, ask: Ask, until_ms: int, random: Random, since_ms: int = 0) -> None:
        """Compare `mine` with what `ask` says; `random` draws the sample, half of it from what was issued since `since_ms`."""
        self._mine = mine
        self._random = random
        self._since_ms = since_ms
        self._drawn, self._drawn_new = list[Element](), list[Element]()
        self._ask = ask
        self._window = Range(BEGINNING, Bound(until_ms))
        self._found = Difference()
        self._todo: deque[Range] = deque([self._window])

    async def run(self) -> Difference:
        """Find the difference.

        Raises:
            EndlessError: what the peer says makes no sense.
            PeerError: it could not be asked.
        """
        found = self._found
        found.whole = await self._mine.sum(self._window, self._draw)
        found.sample = self._sample()
        while self._todo:
            if found.full:
                found.more += len(self._todo)
                break
            found.rounds += 1
            if found.rounds > MAX_ROUNDS:
                raise EndlessError("the peer's descriptions do not come to an end")
            await self._round(sorted(self._todo.popleft() for _ in range(min(BATCH, len(self._todo)))))
        return found

    def _draw(self, page: Sequence[Element]) -> None:
        """As many of every page as of the whole: pages are of one size, so each element has the same chance."""
        self._drawn += self._random.sample(page, min(SAMPLE, len(page)))
        new = [one for one in page if one.issued_ms >= self._since_ms]
        self._drawn_new += self._random.sample(new, min(SAMPLE, len(new)))

    def _sample(self) -> list[Element]:
        """Half of what no round has looked at yet, the rest of all."""
        new = self._random.sample(self._drawn_new, min(SAMPLE // 2, len(self._drawn_new)))
        taken = set(new)
        rest = [one for one in self._drawn if one not in taken]
        return new + self._random.sample(rest, min(SAMPLE - len(new), len(rest)))

    async def _round(self, batch: Sequence[Range]) -> None:
        told = await self._ask(batch)
        try:
            pieces = [piece for whole, parts in zip(batch, told, strict=True) for piece in cut(whole, parts)]
        except ValueError as error:
            raise EndlessError(str(error)) from error
        for where, part in pieces:
            if part.fingerprint:
                await self._compare(where, part)
            else:
                await self._match(where, part)

    async def _compare(self, where: Range, part: Part) -> None:
        mine = await self._mine.sum(where)
        if (mine.count, mine.fingerprint) != (part.count, part.fingerprint):
            self._todo.append(where)

    async def _match(self, where: Range, part: Part) -> None:
        """All that the peer has in a range is listed: name what either side lacks."""
        theirs = set(part.elements)
        most = MAX_NAMED + len(theirs)
        rows = self._mine.first(where, most)
        held = {one.element for one in rows}
        if len(rows) == most:
            self._found.more += max(0, await self._mine.count(where) - len(rows))
        self._name(sorted(theirs - held), [one for one in rows if one.element not in theirs])

    def _name(self, here: Sequence[Element], there: Sequence[Indexed]) -> None:
        found = self._found
        few, least = here[: MAX_NAMED - len(found.here)], there[: MAX_NAMED - len(found.there)]
        found.here += few
        found.there += least
        found.more += len(here) - len(few) + len(there) - len(least)
