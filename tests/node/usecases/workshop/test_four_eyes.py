"""Whatever managers try, in whatever order and through whatever restarts, nothing is published by one person. Clause 6.1, C9-1.

A state machine over one workshop, for lines and for the catalogue: every step is tried by anybody at any time; refusals are fine, what
they leave must hold.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from federation.model.uselist import utc_text
from node.errors import RefusedError
from node.ports.lists import Action, DraftState, Kind
from node.ports.store import StoreError
from node.usecases.workshop.ending import Which
from node.usecases.workshop.managers import Manager
from tests.node.usecases.workshop.room import HOME, MANAGERS, OTHER_TYPE, TYPE, Room, SheetRow, digest_of, entry, line

PURPOSES = ("核验", "查询", "比对")
DIGESTS = {digest_of(one.account) for one in MANAGERS}
managers = st.sampled_from(MANAGERS)
STEPS = (
    *("draft", "submit", "review", "publish") * 3,
    *("mark", "bring", "drop", "wait", "restart"),
)
FAULTS = ("", "", "", "before", "after")


class Life(RuleBasedStateMachine):
    """Three managers, each with every role, and three lines."""

    kind = Kind.USELIST
    names: tuple[str, ...] = ("JS-1", "JS-2", "JS-3")

    def make(self, name: str, purpose: str, **members: Any) -> dict[str, Any]:
        """An entry as a manager writes it."""
        return line(name, provider_provinces=(HOME,), purpose=purpose, **members)

    def held(self, name: str) -> object | None:
        """What counts now of an entry."""
        return self.room.lists.line(HOME, name, self.room.clock())

    @initialize()
    def open(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.room = Room()
        self.highest: dict[str, int] = {}
        self.withdrawn: set[tuple[str, int]] = set()

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.close()

    def _try(self, step: Callable[[], Awaitable[Any]]) -> None:
        async def taken() -> None:
            with contextlib.suppress(RefusedError, StoreError):
                await step()

        self.loop.run_until_complete(taken())

    @rule(data=st.data(), who=managers, step=st.sampled_from(STEPS))
    def take(self, data: st.DataObject, who: Manager, step: str) -> None:
        """One rule for all steps: each example mixes all of them."""
        getattr(self, step)(data, who)

    def draft(self, data: st.DataObject, who: Manager) -> None:
        name, purpose, hours = (
            data.draw(st.sampled_from(self.names)),
            data.draw(st.sampled_from(PURPOSES)),
            data.draw(st.integers(0, 3)),
        )
        effective = utc_text(self.room.clock() + timedelta(hours=hours)) if hours else ""
        raw = self.make(name, purpose, effective=effective)
        self._try(lambda: self.room.shop.editing.draft(self.kind, raw, who))

    def _ids(self, data: st.DataObject, *states: DraftState) -> list[str] | None:
        """Some entries with which the step can be taken, or all: nothing is learnt from what does not exist."""
        drafts = self.room.store.read.drafts.page(self.kind, None, "", 9)
        found = [one.id for one in drafts if one.state in states]
        return data.draw(st.one_of(st.none(), st.lists(st.sampled_from(found), min_size=1))) if found else None

    def submit(self, data: st.DataObject, who: Manager) -> None:
        ids = self._ids(data, DraftState.DRAFT)
        self._try(lambda: self.room.shop.editing.submit(self.kind, ids, who))

    def review(self, data: st.DataObject, who: Manager) -> None:
        approve = data.draw(st.sampled_from([True, True, False]))
        ids = self._ids(data, DraftState.SUBMITTED)
        self._try(lambda: self.room.shop.editing.review(self.kind, ids, who, approve=approve, reason="依据不足"))

    def publish(self, data: st.DataObject, who: Manager) -> None:
        submitted, fails = data.draw(st.booleans()), data.draw(st.sampled_from(FAULTS))
        self.room.publisher.fails_before = fails == "before"
        self.room.publisher.fails_after = fails == "after"
        ids = self._ids(data, DraftState.SUBMITTED, DraftState.APPROVED)
        self._try(lambda: self.room.shop.publishing.publish(self.kind, ids, who, submitted=submitted))
        self.room.publisher.fails_before = self.room.publisher.fails_after = False

    def mark(self, data: st.DataObject, who: Manager) -> None:
        action = data.draw(st.sampled_from(list(Action)[1:]))
        published = [name for name in self.names if self.room.standing(self.kind, name)]
        which = Which(ids=tuple(data.draw(st.lists(st.sampled_from(published), min_size=1)))) if published else Which()
        self._try(lambda: self.room.shop.ending.mark(self.kind, action, which, who, "样例"))

    def bring(self, data: st.DataObject, who: Manager) -> None:
        purposes = data.draw(st.lists(st.sampled_from(PURPOSES), min_size=1, max_size=3))
        raws = [self.make(name, one) for name, one in zip(self.names, purposes, strict=False)]
        rows = [SheetRow(number=number + 2, raw=raw) for number, raw in enumerate(raws)]
        self._try(lambda: self.room.shop.importing.import_rows(self.kind, rows, who, sheet="ab" * 32))

    def drop(self, data: st.DataObject, who: Manager) -> None:
        name = data.draw(st.sampled_from(self.names))
        self._try(lambda: self.room.shop.editing.drop(self.kind, [name], who))

    def wait(self, data: st.DataObject, _who: Manager) -> None:
        self.room.clock.move(hours=data.draw(st.integers(1, 3)))

    def restart(self, _data: st.DataObject, _who: Manager) -> None:
        self.room.reopen()
        self.loop.run_until_complete(self.room.shop.settling.settle())

    @invariant()
    def two_persons_stand_behind_everything_published(self) -> None:
        for name in self.names:
            for one in self.room.standing(self.kind, name) if hasattr(self, "room") else ():
                by = {step["step"]: step["by"] for step in one["approvals"]}
                assert by["drafted"] not in (by["approved"], by["published"])
                assert set(by.values()) <= DIGESTS

    @invariant()
    def versions_only_grow_and_each_stands_once(self) -> None:
        for name in self.names if hasattr(self, "room") else ():
            versions = [one["version"] for one in self.room.standing(self.kind, name)]
            assert versions == sorted(set(versions))
            assert max(versions, default=0) >= self.highest.get(name, 0)
            self.highest[name] = max(versions, default=0)

    @invariant()
    def what_is_withdrawn_stays_withdrawn(self) -> None:
        for name in self.names if hasattr(self, "room") else ():
            for one in self.room.standing(self.kind, name):
                assert (name, one["version"]) not in self.withdrawn or one["status"] == "WITHDRAWN"
                self.withdrawn |= {(name, one["version"])} if one["status"] == "WITHDRAWN" else set()

    @invariant()
    def every_move_is_in_evidence_without_an_account(self) -> None:
        if not hasattr(self, "room"):
            return
        log = list(self.room.evidence())
        for name in self.names:
            moves = [one.move.lower() for one in self.room.store.read.drafts.moves(self.kind, name, 10_000)]
            assert moves == [one["step"] for one in log if one["exchange"] == f"{self.kind.value}-{name}"]
        told = json.dumps(log, ensure_ascii=False)
        assert not any(one.account in told or one.name in told for one in MANAGERS)

    @invariant()
    def the_newest_version_that_holds_is_found(self) -> None:
        for name in self.names if hasattr(self, "room") else ():
            if self.room.standing(self.kind, name):
                first = self.room.standing(self.kind, name)[0]
                assert self.held(name) is not None or first["effective"] > utc_text(self.room.clock())


class TypeLife(Life):
    """The same with three types of the catalogue, which come back after a withdrawal."""

    kind = Kind.CATALOGUE
    names = (TYPE, OTHER_TYPE, f"{TYPE[:-1]}3")

    def make(self, name: str, purpose: str, **members: Any) -> dict[str, Any]:
        """An entry as a manager writes it."""
        return entry(name, type_name=purpose, **members)

    def held(self, name: str) -> object | None:
        """What counts now of an entry."""
        return self.room.lists.entry(HOME, name, self.room.clock())


TestLife = Life.TestCase
TestTypeLife = TypeLife.TestCase
for case in (TestLife, TestTypeLife):
    case.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
