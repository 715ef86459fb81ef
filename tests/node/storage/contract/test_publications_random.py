"""Publications at random: any schedule of staging, keeping and forgetting, against plain dicts, one for each version."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.model.publication import EntryKey
from node.ports.lists import EntryChange, Kind, Publications
from node.ports.store import Nouns, Store, StoreError
from node.storage.memory import MemoryStore
from node.storage.sqlite import open_sqlite
from tests.node.storage.samples import drop, publication, put
from trust.entry_tree import EMPTY_BUCKETS, bucket_of
from trust.merkle import leaf_hash

SHARED = [f"L{n}" for n in range(2_000) if bucket_of(f"L{n}") == 7][:3]  # of one bucket
IDS = [*SHARED, "a", "a/", "é", "\uffff", "\U0001d11e"]
EVERYTHING = 1_000

keys = st.tuples(st.sampled_from(IDS), st.integers(1, 2))
bodies = st.one_of(st.none(), st.sampled_from([b"1", b"2", b"3"]))
stagings = st.tuples(st.just("stage"), st.integers(1, 3), st.lists(st.tuples(keys, bodies), max_size=6))
steps = st.one_of(
    stagings, st.tuples(st.just("keep"), st.integers(1, 3)), st.tuples(st.just("unstage"), st.integers(1, 4))
)

State = dict[EntryKey, bytes]
Changes = Callable[[Kind, str, int, int, EntryKey | None, int], Sequence[EntryChange]]


@dataclass
class Model:
    """What the port promises. `closed` and `opened` are the staged changes, of version `staging`."""

    publisher: str
    versions: dict[int, State] = field(default_factory=lambda: {0: {}})
    newest: int = 0
    staging: int = 0
    closed: set[EntryKey] = field(default_factory=set)
    opened: State = field(default_factory=dict)

    @property
    def now(self) -> State:
        return self.versions[self.newest]

    @property
    def staged(self) -> State:
        return {**{key: body for key, body in self.now.items() if key not in self.closed}, **self.opened}

    def stage(self, version: int, changes: list[tuple[EntryKey, bytes | None]]) -> None:
        self.staging = version
        for key, body in changes:
            self.closed |= {key} & set(self.now)
            self.opened.pop(key, None)
            if body is not None:
                self.opened[key] = body

    def keep(self, version: int) -> None:
        self.versions[version], self.newest = self.staged, version
        self.forget()

    def forget(self) -> None:
        self.staging, self.closed, self.opened = 0, set(), {}

    def admits(self, version: int) -> bool:
        return not (self.closed or self.opened) or version == self.staging


def change(key: EntryKey, body: bytes | None) -> EntryChange:
    return drop(*key) if body is None else put(*key, body)


class Run:
    """One schedule on one publication of a store."""

    def __init__(self, store: Store, publisher: str) -> None:
        self.store, self.model, self.name = store, Model(publisher), (Kind.USELIST, publisher)

    async def attempt(self, version: int, unit: Callable[[Nouns], None]) -> bool:
        """Run a unit; it must fail exactly where another version is staged."""
        try:
            await self.store.transact(unit)
        except StoreError:
            assert not self.model.admits(version)
            return False
        assert self.model.admits(version)
        return True

    async def stage(self, jump: int, changes: list[tuple[EntryKey, bytes | None]]) -> None:
        version = self.model.newest + jump
        sent = [change(key, body) for key, body in changes]
        if await self.attempt(version, lambda nouns: nouns.publications.stage(*self.name, version, sent)):
            self.model.stage(version, changes)

    async def keep(self, jump: int) -> None:
        version = publication(self.model.newest + jump, kind=Kind.USELIST, publisher=self.model.publisher)
        if await self.attempt(version.version, lambda nouns: nouns.publications.keep(version, EMPTY_BUCKETS)):
            self.model.keep(version.version)

    async def unstage(self, limit: int) -> None:
        total = len(self.model.closed) + len(self.model.opened)
        while done := await self.store.transact(lambda nouns: nouns.publications.unstage(*self.name, limit)):
            assert done <= limit
            total -= done
        assert total == 0
        self.model.forget()

    def check(self) -> None:
        """All the port tells is what the model says."""
        held, model = self.store.read.publications, self.model
        for version, state in model.versions.items():
            assert dict(self.walk(held, version)) == state
            for since, before in model.versions.items():
                if since <= version:
                    assert self.applied(held.changes, before, since, version) == state
        for bucket in {bucket_of(name) for name in IDS}:
            for staged, state in ((False, model.now), (True, model.staged)):
                wanted = [leaf_hash(state[key]) for key in ordered(state) if bucket_of(key[0]) == bucket]
                assert wanted == held.leaves(*self.name, bucket, staged=staged)
        for name in IDS:
            found = [((one.id, one.version), one.body) for one in held.entry(*self.name, name)]
            assert found == [(key, model.now[key]) for key in ordered(model.now) if key[0] == name]

    def walk(self, held: Publications, version: int) -> Iterator[tuple[EntryKey, bytes]]:
        seen: list[EntryKey] = []
        while page := held.page(*self.name, version, seen[-1] if seen else None, 3):
            for one in page:
                seen.append((one.id, one.version))
                yield seen[-1], one.body
        assert seen == ordered(dict.fromkeys(seen, b""))

    def applied(self, changes: Changes, before: State, since: int, until: int) -> State:
        """What becomes of a version by the changes to a later one, read in pages and all at once."""
        state, seen = dict(before), list[EntryKey]()
        while page := changes(*self.name, since, until, seen[-1] if seen else None, 2):
            for one in page:
                seen.append((one.id, one.version))
                assert (one.bucket, one.leaf) == (
                    bucket_of(one.id),
                    leaf_hash(one.body) if one.body is not None else b"",
                )
                if one.body is None:
                    del state[seen[-1]]
                else:
                    state[seen[-1]] = one.body
        assert seen == ordered(dict.fromkeys(seen, b""))
        assert len(changes(*self.name, since, until, None, EVERYTHING)) == len(seen)
        return state


def ordered(state: State) -> list[EntryKey]:
    return sorted(state, key=lambda key: (key[0].encode(), key[1]))


def hold(run: Callable[[str], Run], runner: asyncio.Runner, examples: int) -> None:
    """Try schedules, each on a publication of its own, and look after every step."""
    numbers = count()

    @settings(max_examples=examples, deadline=None)
    @given(st.lists(steps, max_size=12))
    def schedules(schedule: list[tuple[str, ...]]) -> None:
        one = run(f"publisher {next(numbers)}")
        for name, *arguments in schedule:
            runner.run(getattr(one, name)(*arguments))
            one.check()

    schedules()


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_any_schedule_leaves_what_the_plain_model_says(kind: str, tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        path = tmp_path / "node.db"
        store: Store = MemoryStore() if kind == "memory" else runner.run(open_sqlite(path, sign_checkpoint=None))
        hold(lambda publisher: Run(store, publisher), runner, examples=60)
        runner.run(store.close())
