"""Erasing contents behind the evidence log, by age or on a legal ground; and holds that keep them. Clauses 8.5, 11.2; PIPL §19, §47.

The log binds contents by commitments (`trust.commitment`). Erasing deletes salt and content: every proof verifies as before, and nobody
can tell any more what was committed to. What was erased, when, by whom and on what ground is an entry of the log, in the same unit.

A subject is an application (its id), else an exchange or an objection: one is erased or held whole, with what is kept of it beside the
contents (`beside`). Not here: what else a node forgets (`forgetting`).
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from federation.model.evidence import EventType
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.contents import StoredContent
from node.ports.holds import StoredHold
from node.ports.objections import WAITING
from node.ports.store import Nouns, Store
from node.usecases.beside import erase_beside
from node.usecases.on_record import on_record
from node.usecases.record import Recorder
from node.usecases.workshop.managers import Manager, Role

SLICE = 200  # contents in one unit of work, and so in one entry: their commitments take 13 KB there
AT_ONCE = 20  # applications that end in one unit of work
MOST = 500  # contents of one subject that are shown, the newest
PAGE = 200  # holds
_SUBJECT = re.compile(r"[0-9A-Za-z-]{1,80}", re.ASCII)
# The number of a case or a letter, such as （2026）沪01行终12号; never 11 digits on end, which may be somebody's.
_REFERENCE = re.compile(r"(?!.*[0-9]{11})[0-9A-Za-z\u4e00-\u9fff()（）〔〕\[\]/.-]{0,64}")


class Ground(StrEnum):
    """Why contents go. PIPL is the law on personal information (个人信息保护法)."""

    AGED = "AGED"
    """保存期限届满: their time is over (PIPL §19, §47.1.2)."""
    WITHDRAWN = "WITHDRAWN"
    """撤回同意: the holder took the consent back (§47.1.3)."""
    REQUESTED = "REQUESTED"
    """个人请求删除: the purpose is fulfilled, or cannot be, and the holder asks (§47.1.1)."""
    UNLAWFUL = "UNLAWFUL"
    """违法处理: they should never have been processed (§47.1.4)."""
    ORDERED = "ORDERED"
    """司法、监管机关决定: a court or an authority decided."""


class HoldGround(StrEnum):
    """Why contents stay."""

    LITIGATION = "LITIGATION"
    """诉讼、仲裁、复议."""
    OBJECTION = "OBJECTION"
    """异议处理中."""
    AUDIT = "AUDIT"
    """审计、督查."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Erases, holds and releases. `digest` makes the keyed digest of a manager's account, `kept` is how long contents are kept.

    `sweep` forgets the files that no address leads to any more.
    """

    store: Store
    recorder: Recorder
    clock: Callable[[], datetime]
    digest: Callable[[str], str]
    kept: timedelta
    sweep: Callable[[], Awaitable[object]]

    async def aged(self) -> int:
        """Erase whatever is older than `kept` and not on hold; returns how many. The caller decides whether the clock may be believed.

        The age of a content is its own; what is kept beside the contents of an application is as old as the application's end.

        Raises:
            StoreError: the store refused; what was erased before stays erased and on record, the rest is for the next time.
        """
        before, done = self.clock() - self.kept, 0
        for step in (self._aged, self._ended):
            while erased := await self.store.transact(partial(step, before=before)):
                done += erased
        await self.sweep()
        return done

    def _aged(self, nouns: Nouns, before: datetime) -> int:
        return self._erase(nouns, "aged", nouns.contents.older(before, SLICE), Counter(), _of_age(before))

    def _ended(self, nouns: Nouns, before: datetime) -> int:
        ended = nouns.applications.ended(before, AT_ONCE)
        gone: Counter[str] = Counter()
        for apply_id in ended:
            gone += erase_beside(nouns, apply_id, self.clock())
        return self._erase(nouns, "aged", (), gone, _of_age(before) | {"applications": list(ended)})

    async def erase(self, manager: Manager, subject: str, ground: str, reference: str) -> Mapping[str, Any]:
        """Erase all contents of a subject, and what is kept beside them; how many there were to erase, and how much of which kind.

        Raises:
            RefusedError: no such role; no such subject, ground or reference; on hold; or nothing of it is here. On record.
        """
        async with self._on_record(manager):
            why = _ground(Ground, ground, but=Ground.AGED)
            members = {"by": self.digest(manager.account), "ground": why, "reference": _checked(reference)}
            self._known(subject)
            beside, done, more = Counter[str](), 0, True
            while more:  # the first unit takes what is beside the contents
                number, kinds = await self.store.transact(lambda nouns: self._all_of(nouns, subject, members))
                done, beside, more = done + number, beside + kinds, number == SLICE
        await self.sweep()
        return {"subject": subject, "erased": done, "kinds": dict(sorted(beside.items()))}

    def _all_of(self, nouns: Nouns, subject: str, members: Mapping[str, Any]) -> tuple[int, Counter[str]]:
        self._free(nouns, subject)
        contents, beside = nouns.contents.left(subject, SLICE), erase_beside(nouns, subject, self.clock())
        self._erase(nouns, subject, contents, beside, members)
        return len(contents), beside

    def _free(self, nouns: Nouns, subject: str) -> None:
        """Go on only with what nobody needs any more.

        Raises:
            RefusedError: CONTENT_HELD: on hold, or an objection that waits: it is decided by its claim, and told to whom that names.
        """
        if nouns.holds.get(subject) is not None:
            raise RefusedError(Reason.CONTENT_HELD, subject)
        case = nouns.objections.get(subject)
        if case is not None and case.state in WAITING:
            raise RefusedError(Reason.CONTENT_HELD, f"{subject}: an objection that waits for its answer; that ends it")

    def _erase(
        self,
        nouns: Nouns,
        name: str,
        contents: Sequence[StoredContent],
        beside: Counter[str],
        members: Mapping[str, Any],
    ) -> int:
        """Erase these, and put that and what went `beside` on record; `name` is what the entry is found by. Returns how many of both."""
        gone = [one for one in contents if nouns.contents.erase(one.commitment)]
        said: dict[str, Any] = {"kinds": dict(sorted(beside.items()))} if beside else {}
        if gone:
            labels = dict(sorted(Counter(one.label for one in gone).items()))
            said |= {"commitments": sorted(one.commitment for one in gone), "labels": labels}
        if said:
            nouns.evidence.append(self.recorder.entry(EventType.ERASE, "erased", f"erase-{name}", **said, **members))
        return len(gone) + beside.total()

    @asynccontextmanager
    async def _on_record(self, manager: Manager) -> AsyncIterator[None]:
        """Go on only with the role; a refusal is on record, without what the manager wrote."""
        by = self.digest(manager.account)
        async with on_record(self.store, self.recorder, EventType.ERASE, "", by=by):
            manager.require(Role.ERASE)
            yield

    async def hold(self, manager: Manager, subject: str, ground: str, reference: str) -> Mapping[str, Any]:
        """Put a subject on hold; repeated, the first hold stays.

        Raises:
            RefusedError: no such role, subject, ground or reference; or nothing of it is here. On record.
        """
        by = self.digest(manager.account)
        async with self._on_record(manager):
            why, reference = _ground(HoldGround, ground), _checked(reference)
            self._known(subject)
            hold = StoredHold(subject=subject, ground=f"{why} {reference}".strip(), by=by, since=self.clock())

            def unit(nouns: Nouns) -> None:
                if nouns.holds.put(hold):
                    self._note(nouns, subject, "held", by=by, ground=why, reference=reference)

            await self.store.transact(unit)
        return {"subject": subject, "held": True}

    async def release(self, manager: Manager, subject: str, reference: str) -> Mapping[str, Any]:
        """End a hold.

        Raises:
            RefusedError: no such role or reference, or it is not on hold. On record.
        """
        by = self.digest(manager.account)
        async with self._on_record(manager):
            reference = _checked(reference)

            def unit(nouns: Nouns) -> None:
                if not nouns.holds.release(subject):
                    raise RefusedError(Reason.NO_RECORD, "no hold on this subject")
                self._note(nouns, subject, "released", by=by, reference=reference)

            await self.store.transact(unit)
        return {"subject": subject, "held": False}

    def _note(self, nouns: Nouns, subject: str, step: str, **members: str) -> None:
        nouns.evidence.append(self.recorder.entry(EventType.ERASE, step, f"erase-{subject}", **members))

    def of(self, subject: str) -> Mapping[str, Any]:
        """What is behind a subject: commitments with their labels, since when, and whether they are erased; and the hold on it.

        Raises:
            RefusedError: nothing of it was ever here.
        """
        self._known(subject)
        held = self.store.read.holds.get(subject)
        return {
            "subject": subject,
            "hold": None if held is None else _hold(held),
            "contents": [
                {
                    "commitment": one.commitment,
                    "label": one.label,
                    "exchange": one.exchange_id,
                    "kept_at": one.kept_at.isoformat(timespec="seconds"),
                    "erased": not one.sealed,
                }
                for one in self.store.read.contents.of(subject, MOST)
            ],
        }

    def _known(self, subject: str) -> None:
        if not _SUBJECT.fullmatch(subject) or not self.store.read.contents.of(subject, 1):
            raise RefusedError(Reason.NO_RECORD, "no contents of this subject are here")

    def holds(self, after: str) -> Mapping[str, Any]:
        """The holds in force by subject, page by page."""
        page = self.store.read.holds.all(after, PAGE)
        return {"holds": [_hold(one) for one in page], "next": page[-1].subject if len(page) == PAGE else ""}


def _of_age(before: datetime) -> dict[str, Any]:
    return {"ground": Ground.AGED.value, "kept_before": before.isoformat(timespec="seconds")}


def _hold(held: StoredHold) -> dict[str, str]:
    since = held.since.isoformat(timespec="seconds")
    return {"subject": held.subject, "ground": held.ground, "by": held.by, "since": since}


def _ground(grounds: type[StrEnum], word: str, *, but: StrEnum | None = None) -> str:
    known = [one.value for one in grounds if one is not but]
    if word.upper() not in known:
        raise RefusedError(Reason.BAD_PARAMETER, f"ground: one of {', '.join(known)}")
    return word.upper()


def _checked(reference: str) -> str:
    """The reference, where it can stand in the log."""
    if not _REFERENCE.fullmatch(reference):
        raise RefusedError(
            Reason.BAD_PARAMETER, "reference: the number of a case or letter, up to 64 characters; no person's number"
        )
    return reference
