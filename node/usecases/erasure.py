"""Erasing contents behind the evidence log, by age or on a legal ground; and holds that keep them. Clauses 8.5, 11.2; PIPL §19, §47.

The log binds contents by commitments (`trust.commitment`). Erasing deletes salt and content: every proof verifies as before, and nobody
can tell any more what was committed to. What was erased, when, by whom and on what ground is an entry of the log, in the same unit.

A subject is an application (its id), else an exchange: one is erased or held whole. Not here: what else a node forgets (`forgetting`).
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from federation.model.evidence import EventType
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.contents import StoredContent
from node.ports.holds import StoredHold
from node.ports.store import Nouns, Store
from node.usecases.record import Recorder
from node.usecases.workshop.managers import Manager, Role

SLICE = 200  # contents in one unit of work, and so in one entry: their commitments take 13 KB there
MOST = 500  # contents of one subject: an application has one for each thing that was said of it
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
    """Erases, holds and releases. `digest` makes the keyed digest of a manager's account, `kept` is how long contents are kept."""

    store: Store
    recorder: Recorder
    clock: Callable[[], datetime]
    digest: Callable[[str], str]
    kept: timedelta

    async def aged(self) -> int:
        """Erase whatever is older than `kept` and not on hold; returns how many. The caller decides whether the clock may be believed.

        Raises:
            StoreError: the store refused; what was erased before stays erased and on record, the rest is for the next time.
        """
        before, done = self.clock() - self.kept, 0
        while erased := await self.store.transact(lambda nouns: self._aged(nouns, before)):
            done += erased
        return done

    def _aged(self, nouns: Nouns, before: datetime) -> int:
        old = nouns.contents.older(before, SLICE)
        members = {"ground": Ground.AGED.value, "kept_before": before.isoformat(timespec="seconds")}
        return self._erase(nouns, "aged", old, members)

    async def erase(self, manager: Manager, subject: str, ground: str, reference: str) -> Mapping[str, Any]:
        """Erase all contents of a subject; returns how many there were to erase.

        Raises:
            RefusedError: no such role; no such subject, ground or reference; on hold; or nothing of it is here.
        """
        manager.require(Role.ERASE)
        why = _ground(Ground, ground, but=Ground.AGED)
        members = {"by": self.digest(manager.account), "ground": why, "reference": _checked(reference)}

        def unit(nouns: Nouns) -> int:
            if nouns.holds.get(subject) is not None:
                raise RefusedError(Reason.CONTENT_HELD, subject)
            return self._erase(nouns, subject, nouns.contents.of(subject, MOST), members)

        self._known(subject)
        return {"subject": subject, "erased": await self.store.transact(unit)}

    def _erase(self, nouns: Nouns, name: str, contents: Sequence[StoredContent], members: Mapping[str, str]) -> int:
        """Erase these and put it on record; `name` is what the entry is found by."""
        gone = [one for one in contents if nouns.contents.erase(one.commitment)]
        if gone:
            labels = dict(sorted(Counter(one.label for one in gone).items()))
            said = {"commitments": sorted(one.commitment for one in gone), "labels": labels, **members}
            nouns.evidence.append(self.recorder.entry(EventType.ERASE, "erased", f"erase-{name}", **said))
        return len(gone)

    async def hold(self, manager: Manager, subject: str, ground: str, reference: str) -> Mapping[str, Any]:
        """Put a subject on hold; repeated, the first hold stays.

        Raises:
            RefusedError: no such role, subject, ground or reference; or nothing of it is here.
        """
        manager.require(Role.ERASE)
        why, by = _ground(HoldGround, ground), self.digest(manager.account)
        reference = _checked(reference)
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
            RefusedError: no such role or reference, or it is not on hold.
        """
        manager.require(Role.ERASE)
        by, reference = self.digest(manager.account), _checked(reference)

        def unit(nouns: Nouns) -> None:
            if not nouns.holds.release(subject):
                raise RefusedError(Reason.NO_RECORD, f"{subject} is not on hold")
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
            raise RefusedError(Reason.NO_RECORD, f"no contents of {subject[:80]!r} are here")

    def holds(self, after: str) -> Mapping[str, Any]:
        """The holds in force by subject, page by page."""
        page = self.store.read.holds.all(after, PAGE)
        return {"holds": [_hold(one) for one in page], "next": page[-1].subject if len(page) == PAGE else ""}


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
