"""Schedules at random: publishing, partitions, failures, ends and starts in the middle of a sync, false answers. DESIGN §2.7, §2.9.

Whatever happens, no node ever shows a version below one it showed before, or entries that their publisher did not sign for that version;
a fork that a node has seen is on its record; and once the paths are healed, a bounded number of exchanges gives every node every list in
its newest version.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from federation.model.publication import Mark, PullAnswer, parse
from node.ports.store import StoreError
from node.usecases.publication.exchanging import Change
from tests.node.usecases.publication.plain import KIND, Entries, Node, World, sign
from tests.node.usecases.publication.provinces import entry
from trust import canonical

CODES = ("310000", "320000", "330000", "340000")
NODE = st.sampled_from(CODES)
NUMBERS = st.integers(0, 9)
STATUS = st.sampled_from(("PUBLISHED", "SUSPENDED", "WITHDRAWN"))
ROUNDS = 2  # exchanges of each with each, after which all are equal: what was refused or broken off, and what is new


class Mesh(RuleBasedStateMachine):
    """Four nodes; pages of two entries, chains of three heads, so that everything takes several calls."""

    def __init__(self) -> None:
        super().__init__()
        self.loop, self.world = asyncio.new_event_loop(), World()
        self.nodes = {code: Node(code, self.world, page_entries=2, max_chain=3) for code in CODES}
        self.signed: dict[tuple[str, int], Entries] = {(code, 0): {} for code in CODES}
        self.seen: dict[tuple[str, str], int] = {}
        self.forks: set[tuple[str, str]] = set()  # who saw one, and the digest of the head

    def teardown(self) -> None:
        try:
            self.heal()
        finally:
            self.loop.close()

    def run(self, *work: Coroutine[Any, Any, Any]) -> None:
        """Do these at once, and note what every publisher has published then."""

        async def together() -> None:
            await asyncio.gather(*work)

        self.loop.run_until_complete(together())
        for code, node in self.nodes.items():
            self.signed[code, node.version(code)] = node.shown(code)

    @rule(code=NODE, numbers=st.sets(NUMBERS, max_size=7), status=STATUS)
    def publish(self, code: str, numbers: set[int], status: str) -> None:
        """A province publishes a whole list."""
        self.run(self._publish(code, numbers, status))

    async def _publish(self, code: str, numbers: set[int], status: str) -> None:
        entries = [entry(number, province_code=code, status=status) for number in sorted(numbers)]
        with suppress(StoreError):
            await self.nodes[code].publications.publish(KIND, entries)

    @rule(code=NODE, number=NUMBERS, status=STATUS, times=st.integers(1, 5))
    def suspend(self, code: str, number: int, status: str, times: int) -> None:
        """A province changes one entry, several times in a row."""
        for time in range(times):
            put = entry(number, province_code=code, status=status, contact=f"{time}")
            self.run(self._change(code, Change(entry=put, id=put["type_code"])))

    @rule(code=NODE, number=NUMBERS)
    def drop(self, code: str, number: int) -> None:
        """A province drops one entry."""
        self.run(self._change(code, Change(entry=None, id=entry(number)["type_code"])))

    async def _change(self, code: str, change: Change) -> None:
        with suppress(StoreError):
            await self.nodes[code].publications.change(KIND, [change])

    @rule(one=NODE, other=NODE)
    def exchange(self, one: str, other: str) -> None:
        """A node exchanges lists with another."""
        if one != other:
            self.run(self.nodes[one].exchange(other))

    @rule(code=NODE, numbers=st.sets(NUMBERS, max_size=7))
    def everything_at_once(self, code: str, numbers: set[int]) -> None:
        """All exchange with all, while one publishes."""
        pairs = [(one, other) for one in CODES for other in CODES if one != other]
        self.run(self._publish(code, numbers, "PUBLISHED"), *(self.nodes[one].exchange(other) for one, other in pairs))

    @rule(one=NODE, other=NODE)
    def partition(self, one: str, other: str) -> None:
        """The path between two is cut."""
        if one != other:
            self.world.cuts.add(frozenset((one, other)))

    @rule(one=NODE, other=NODE)
    def mend(self, one: str, other: str) -> None:
        """The path between two is mended."""
        self.world.cuts.discard(frozenset((one, other)))

    @rule(one=NODE, other=NODE, calls=st.integers(1, 9), start=st.booleans())
    def break_off(self, one: str, other: str, calls: int, start: bool) -> None:
        """An exchange breaks off at some call; perhaps the node starts anew."""
        if one == other:
            return
        self.nodes[one].calls_until_cut = calls
        self.run(self.nodes[one].exchange(other))
        self.nodes[one].calls_until_cut = 0
        if start:
            self.nodes[one].start()

    @rule(one=NODE, other=NODE, units=st.integers(1, 12), stored=st.booleans(), start=st.booleans())
    def fail(self, one: str, other: str, units: int, stored: bool, start: bool) -> None:
        """A unit of work fails in the middle of whatever it was, stored or not; perhaps the node starts anew."""
        store = self.nodes[one].store
        store.fail_in, store.fail_stored = units, stored
        self.run(self._publish(one, {units}, "PUBLISHED"))
        if one != other:
            self.run(self.nodes[one].exchange(other), self.nodes[other].exchange(one))
        store.fail_in = 0
        if start:
            self.nodes[one].start()

    @rule(one=NODE, other=NODE, turns=st.integers(0, 80), publishes=st.booleans(), start=st.booleans())
    def cancel(self, one: str, other: str, turns: int, publishes: bool, start: bool) -> None:
        """An exchange, with all that it led to at the other node, or a publication is cancelled in the middle of whatever it was."""
        node = self.nodes[one]
        if publishes:
            work = self._publish(one, {turns % 10}, "SUSPENDED")
        elif one != other:
            work = node.exchange(other)
        else:
            return
        self.run(self._cancelled(work, turns))
        if start:
            node.start()

    async def _cancelled(self, work: Coroutine[Any, Any, None], turns: int) -> None:
        task = asyncio.ensure_future(work)
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        for code, node in self.nodes.items():
            assert all(
                node.lists.version(KIND, publisher) <= self.nodes[publisher].version(publisher) for publisher in CODES
            ), code
        for node in self.nodes.values():
            await node.store.settled()

    @precondition(lambda self: any(node.version(code) for code, node in self.nodes.items()))
    @rule(data=st.data(), units=st.integers(0, 3), stored=st.booleans())
    def fork(self, data: st.DataObject, units: int, stored: bool) -> None:
        """A province shows another version of a number that it published; who sees it fails in the middle, and asks again."""
        code = data.draw(st.sampled_from([code for code, node in self.nodes.items() if node.version(code)]))
        self.run(*(self.nodes[other].exchange(code) for other in CODES if other != code))
        version = data.draw(st.integers(1, self.nodes[code].version(code)))
        payload = self.nodes[code].head(version).payload
        head = sign(replace(parse(payload, kind=KIND.value, publisher=code), root="ab" * 32).payload(), KIND)
        for other in CODES:
            self.nodes[other].store.fail_in, self.nodes[other].store.fail_stored = units, stored
        for _ in range(2):
            self._falsely(code, lambda _: PullAnswer(newest=Mark(version=version, digest=head.digest), head=head))
            for other in CODES:
                self.nodes[other].store.fail_in = 0
        for other in CODES:
            known = self.nodes[other].store.read.publications.at(KIND, code, version)
            if other != code and known is not None and frozenset((code, other)) not in self.world.cuts:
                self.forks.add((other, head.digest))

    @invariant()
    def every_fork_seen_is_on_record(self) -> None:
        """Whatever failed while it was put there."""
        for code, digest in self.forks:
            entries = self.nodes[code].store.read.evidence.entries(0, 100_000)
            assert any(digest.encode() in one.entry and b'"refused"' in one.entry for one in entries)

    @rule(code=NODE)
    def start(self, code: str) -> None:
        """A node starts anew."""
        self.nodes[code].start()

    @precondition(lambda self: any(node.version(code) > 1 for code, node in self.nodes.items()))
    @rule(data=st.data())
    def tell_the_past(self, data: st.DataObject) -> None:
        """A province answers with an older version as its newest."""
        code = data.draw(st.sampled_from([code for code, node in self.nodes.items() if node.version(code) > 1]))
        node = self.nodes[code]
        head = node.head(data.draw(st.integers(1, node.version(code) - 1)))
        version = int(head.payload.rpartition(b":")[2][:-1])
        self._falsely(code, lambda _: PullAnswer(newest=Mark(version=version, digest=head.digest), head=head))

    @rule(
        code=NODE, change=st.sampled_from(["drop a page", "add an entry", "another status", "no end", "another root"])
    )
    def tamper(self, code: str, change: str) -> None:
        """A province's answers are changed where they were signed by nobody."""
        self._falsely(code, TAMPERED[change])

    def _falsely(self, code: str, falsify: Callable[[PullAnswer], PullAnswer]) -> None:
        self.nodes[code].falsify = falsify
        self.run(*(self.nodes[other].exchange(code) for other in CODES if other != code))
        self.nodes[code].falsify = None

    @rule(minutes=st.sampled_from((0.5, 1, 70)))
    def wait(self, minutes: float) -> None:
        """Time goes by."""
        self.world.move(minutes=minutes)

    @invariant()
    def nobody_shows_what_is_older_or_was_never_signed(self) -> None:
        """Of every list: versions only grow, and the entries shown are those that were published as that version."""
        for code, node in self.nodes.items():
            for publisher in CODES:
                version = node.version(publisher)
                assert version >= self.seen.get((code, publisher), 0)
                assert node.lists.version(KIND, publisher) == version
                assert node.shown(publisher) == self.signed[publisher, version]
                self.seen[code, publisher] = version
                self._parsed(node, publisher)

    def _parsed(self, node: Node, publisher: str) -> None:
        """What the rules are shown is what is held."""
        shown = node.shown(publisher)
        for number in range(10):
            found = node.lists.entry(publisher, entry(number)["type_code"], self.world.now)
            raw = shown.get(entry(number)["type_code"])
            assert (found.status if found else None) == (raw["status"] if raw else None)

    def heal(self) -> None:
        """The paths are mended, and an hour has passed since what did not fit was fetched: all become equal."""
        self.world.cuts.clear()
        self.world.move(hours=2)
        for _ in range(ROUNDS):
            for one in CODES:
                for other in CODES:
                    self.exchange(one, other)
        for node in self.nodes.values():
            for publisher in CODES:
                own = self.nodes[publisher]
                assert node.version(publisher) == own.version(publisher)
                assert node.shown(publisher) == own.shown(publisher)
                assert node.store.read.publications.buckets(KIND, publisher) == own.store.read.publications.buckets(
                    KIND, publisher
                )


EXTRA = canonical.dumps(entry(99))


def _puts(answer: PullAnswer, puts: tuple[bytes, ...]) -> PullAnswer:
    return replace(answer, delta=replace(answer.delta, puts=puts)) if answer.delta else answer


TAMPERED: dict[str, Callable[[PullAnswer], PullAnswer]] = {
    "drop a page": lambda answer: _puts(answer, ()),
    "add an entry": lambda answer: _puts(answer, (*answer.delta.puts, EXTRA) if answer.delta else ()),
    "another status": lambda answer: _puts(
        answer,
        tuple(body.replace(b"PUBLISHED", b"SUSPENDED") for body in answer.delta.puts) if answer.delta else (),
    ),
    "no end": lambda answer: replace(answer, next=replace(answer.next, id="A", version=1)) if answer.delta else answer,
    "another root": lambda answer: (
        replace(answer, head=replace(answer.head, payload=answer.head.payload.replace(b'"root":"', b'"root":"0')))
        if answer.head
        else answer
    ),
}

TestSchedules = Mesh.TestCase
TestSchedules.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
