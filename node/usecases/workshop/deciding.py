"""What this province, as a provider, says to the lines of other provinces that name it. Clause 6.1 step 4, REQUIREMENTS C9-2.

A decision by hand is a draft as any other, published by a second person. It binds to the content it was made on: a line that says something
else since waits again. Decisions on lines that are gone or withdrawn go at the next publishing. Deciding by policy is `conforming`'s.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from federation.model.decision import Decision, Ruling, decision_id
from federation.model.publication import EntryKey
from federation.model.uselist import LineStatus, UseListLine
from node.ports.lists import DraftState, Kind, StoredDraft, StoredEntry
from node.ports.store import Nouns
from node.usecases.lists import Lists, PublishedLine, read_decision, read_line
from node.usecases.publication.own import Change
from node.usecases.workshop.desk import SLICE, Desk, breathing
from node.usecases.workshop.editing import Taken, drafted, reason_faults, refuse_in_review
from node.usecases.workshop.managers import Manager, Role
from node.usecases.workshop.refused import Fault, Faults, ListRefusedError, faults_of, refused

BY_HAND = "hand"
MAX_REASONS = 10
_VERSIONS = 20  # decisions on one line that are read at a time
SCANNED = 50  # lines read and digested without giving way


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a LIMITED ruling narrows; empty, "" and 0 leave the line's own."""

    type_codes: tuple[str, ...] = ()
    output_modes: tuple[str, ...] = ()
    allowed_fields: tuple[str, ...] = ()
    daily_limit: int = 0
    rate_per_minute: int = 0
    valid_to: str = ""
    review: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A ruling with its reasons and limits."""

    ruling: Ruling
    reasons: tuple[str, ...] = ()
    limits: Limits = Limits()


class Deciding:
    """The provider's side of the use lists."""

    def __init__(self, desk: Desk, lists: Lists, *, provinces: Callable[[], Collection[str]]) -> None:
        """`provinces` are the members of the mesh."""
        self._desk = desk
        self._lists = lists
        self._provinces = provinces

    async def waiting(
        self, consumer: str | None = None, after: str = "", limit: int = SLICE
    ) -> Sequence[PublishedLine]:
        """Lines that name this province and have no decision of it, of one consumer or of all; `after` is the decision id last seen."""
        found: list[PublishedLine] = []
        last, name, version = parts(after)
        for province in sorted(one for one in self._consumers(consumer) if one >= last):
            async for line in self._lines(province, (name, version) if province == last else None):
                if self.undecided(line):
                    found.append(line)
                    if len(found) == limit:
                        return found
        return found

    def undecided(self, line: PublishedLine) -> bool:
        """Whether this province has to decide the line and has not."""
        asked = self._desk.province in line.line.provider_provinces and line.line.status != LineStatus.WITHDRAWN
        return asked and self._lists.decision(self._desk.province, line) is None

    def _consumers(self, consumer: str | None) -> Collection[str]:
        others = {one for one in self._provinces() if one != self._desk.province}
        if consumer is None:
            return others
        if consumer not in others:
            raise refused("is not another member province", "不是其他成员省（市）", entry_id=consumer)
        return {consumer}

    async def _lines(self, province: str, after: EntryKey | None = None) -> AsyncIterator[PublishedLine]:
        """Every readable line version of a consumer behind this one, in order; gives way as it goes."""
        publications = self._desk.store.read.publications
        latest = publications.latest(Kind.USELIST, province)
        while latest and (page := publications.page(Kind.USELIST, province, latest.version, after, SCANNED)):
            after = (page[-1].id, page[-1].version)
            for one in page:
                line = readable(one)
                if line is not None:
                    yield line
            await asyncio.sleep(0)

    async def decide(
        self, manager: Manager, consumer: str, use_list_id: str, verdict: Verdict, *, line_version: int | None = None
    ) -> StoredDraft:
        """Draft a decision on a line: the version that is named, or the newest. A ruling made before may be changed.

        Raises:
            RefusedError: NOT_AUTHORISED, or LIST_REFUSED: no such line, or a ruling without what it needs.
        """
        manager.require(Role.EDIT)
        self._consumers(consumer)
        versions = self._lists.line_versions(consumer, use_list_id)
        chosen = [one for one in versions if line_version in (None, one.line.version)]
        where = f"{consumer}/{use_list_id}"
        if not chosen:
            raise refused("there is no such line here", "没有该用证清单", entry_id=where)
        async with self._desk.lock(Kind.DECISIONS):
            return await self._desk.store.transact(lambda nouns: self._draft(nouns, chosen[-1], verdict, manager))

    async def decide_all(self, manager: Manager, consumer: str, verdict: Verdict) -> Taken:
        """Draft the same ruling for every line of a consumer that waits; lines that have a draft keep it and are counted in `left`.

        Raises:
            RefusedError: NOT_AUTHORISED, or LIST_REFUSED: nothing waits, or a ruling without what it needs.
        """
        manager.require(Role.EDIT)
        ids: list[str] = []
        async with self._desk.lock(Kind.DECISIONS):
            waiting = [
                line for one in self._consumers(consumer) async for line in self._lines(one) if self.undecided(line)
            ]
            read = self._desk.store.read.drafts
            open_ = {key_of(line) for line in waiting if read.get(Kind.DECISIONS, key_of(line)) is not None}
            chosen, left = [line for line in waiting if key_of(line) not in open_], len(open_)
            if not chosen:
                raise refused("no line waits for a decision", "没有待审定的用证清单", entry_id=consumer)
            await self._refuse_any(chosen, verdict)
            for start in range(0, len(chosen), SLICE):
                step = partial(self._drafts, chosen[start : start + SLICE], verdict, manager)
                ids += [one.id for one in await self._desk.store.transact(step)]
        return Taken(ids=tuple(ids), left=left)

    async def _refuse_any(self, lines: Sequence[PublishedLine], verdict: Verdict) -> None:
        """Go on only where the ruling can be drafted on every line: before it is on any."""
        faults = Faults()
        async for line in breathing(lines):
            faults.add(self._faults(line, verdict))
        faults.refuse()

    def _drafts(
        self, lines: Sequence[PublishedLine], verdict: Verdict, manager: Manager, nouns: Nouns
    ) -> list[StoredDraft]:
        return [self._draft(nouns, line, verdict, manager) for line in lines]

    def _draft(self, nouns: Nouns, line: PublishedLine, verdict: Verdict, manager: Manager) -> StoredDraft:
        """Draft a ruling.

        Raises:
            ListRefusedError: it breaks a rule, or a decision on the line is handed in.
        """
        desk = self._desk
        if faults := self._faults(line, verdict):
            raise ListRefusedError(faults)
        refuse_in_review(nouns.drafts.get(Kind.DECISIONS, key_of(line)))
        draft = drafted(Kind.DECISIONS, key_of(line), made(line, verdict).to_dict(), manager, desk.clock())
        draft = replace(draft, state=DraftState.SUBMITTED)
        nouns.drafts.put(draft)
        desk.note(nouns, draft, line.line.version, "DRAFTED", manager.account, ruling=verdict.ruling.value)
        return draft

    def _faults(self, line: PublishedLine, verdict: Verdict) -> Sequence[Fault]:
        """Everything that is wrong with a ruling on a line, its limits included."""
        faults = verdict_faults(line, verdict, self._desk.province)
        rules = [] if faults else self._desk.check(Kind.DECISIONS, made(line, verdict).to_dict())
        return faults or faults_of(rules, entry_id=key_of(line))

    def plan(self, draft: StoredDraft, approvals: Sequence[Mapping[str, str]]) -> Sequence[Change]:
        """What publishing a decision changes.

        Raises:
            ListRefusedError: the line it was made on is gone, or says something else since.
        """
        raw: dict[str, Any] = json.loads(draft.body)
        lines = self._lists.line_versions(raw["consumer"], raw["use_list_id"])
        stands = {(one.line.version, one.digest) for one in lines if one.line.status != LineStatus.WITHDRAWN}
        if (raw["line_version"], raw["line_digest"]) not in stands:
            message = "the line has changed since; drop this decision and decide anew"
            raise refused(message, "该用证清单已变更，请撤销本草稿后重新审定", entry_id=draft.id)
        return [Change(entry={**raw, "approvals": list(approvals)}, id=draft.id, version=1)]

    def reserved(self, line: UseListLine) -> bool:
        """Whether the newest decision that a person made here on any version of the line is other than a plain acceptance.

        Such a decision is never dropped: the consumer who publishes the line anew, as it was or changed, meets a person again.
        """
        publications, province = self._desk.store.read.publications, self._desk.province
        prefix = f"{line.consumer_province}/{line.use_list_id}/"
        latest, after = publications.latest(Kind.DECISIONS, province), (prefix, 0)
        newest: Decision | None = None
        while latest and (page := publications.page(Kind.DECISIONS, province, latest.version, after, _VERSIONS)):
            after = (page[-1].id, page[-1].version)
            of_line = [read_decision(one.body) for one in page if one.id.startswith(prefix)]
            for one in of_line:
                if one.basis == BY_HAND and (newest is None or one.line_version > newest.line_version):
                    newest = one
            if len(of_line) < len(page):
                break
        return newest is not None and stays(newest)

    async def obsolete(self) -> Sequence[Change]:
        """Own decisions on lines that are gone or withdrawn, but for those that stay."""
        publications, province = self._desk.store.read.publications, self._desk.province
        latest, after = publications.latest(Kind.DECISIONS, province), None
        gone: list[Change] = []
        while latest and (page := publications.page(Kind.DECISIONS, province, latest.version, after, SCANNED)):
            after = (page[-1].id, page[-1].version)
            gone += [Change(entry=None, id=one.id, version=one.version) for one in page if self._is_gone(one)]
            await asyncio.sleep(0)
        return gone

    def _is_gone(self, stored: StoredEntry) -> bool:
        consumer, use_list_id, version = parts(stored.id)
        lines = self._lists.line_versions(consumer, use_list_id)
        ruling = self._lists.ruling(self._desk.province, consumer, use_list_id, version)
        if ruling is not None and stays(ruling):
            return False
        return not any(one.line.version == version and one.line.status != LineStatus.WITHDRAWN for one in lines)


def stays(decision: Decision) -> bool:
    """A person's limits, rejection or suspension outlives the version of the line that it was made on."""
    return decision.basis == BY_HAND and decision.status != Ruling.ACCEPTED


def parts(key: str) -> tuple[str, str, int]:
    """Consumer, line and line version of a decision id."""
    consumer, _, rest = key.partition("/")
    use_list_id, _, version = rest.rpartition("/")
    return consumer, use_list_id, int(version) if version.isdecimal() else 0


def readable(stored: StoredEntry) -> PublishedLine | None:
    """A consumer's line, None where this version of the software cannot read it."""
    try:
        return read_line(stored.body)
    except (TypeError, ValueError, RecursionError):
        return None


def made(line: PublishedLine, verdict: Verdict, *, basis: str = BY_HAND) -> Decision:
    """The decision that says this of the line."""
    one, limits = line.line, verdict.limits
    return Decision(
        decision_id=key_of(line),
        status=verdict.ruling.value,
        consumer=one.consumer_province,
        use_list_id=one.use_list_id,
        line_version=one.version,
        line_digest=line.digest,
        reasons=verdict.reasons,
        type_codes=limits.type_codes,
        output_modes=limits.output_modes,
        allowed_fields=limits.allowed_fields,
        daily_limit=limits.daily_limit,
        rate_per_minute=limits.rate_per_minute,
        valid_to=limits.valid_to,
        review=limits.review,
        basis=basis,
    )


def key_of(line: PublishedLine) -> str:
    """The id of the decision on this version of a line."""
    one = line.line
    return decision_id(one.consumer_province, one.use_list_id, one.version)


def verdict_faults(line: PublishedLine, verdict: Verdict, province: str) -> list[Fault]:
    """What a ruling on this line lacks, or has beyond what the line asks."""
    faults: list[Fault] = []
    limited, key = verdict.limits != Limits(), key_of(line)
    if province not in line.line.provider_provinces or line.line.status == LineStatus.WITHDRAWN:
        faults.append(Fault(id=key, message="the line does not ask this province", zh="该用证清单不需本省（市）审定"))
    if verdict.ruling in (Ruling.REJECTED, Ruling.SUSPENDED) and not verdict.reasons:
        faults.append(Fault(id=key, field="reasons", message="say why", zh="请填写理由"))
    if limited != (verdict.ruling is Ruling.LIMITED):
        message = "a LIMITED ruling has limits, others have none"
        faults.append(Fault(id=key, field="limits", message=message, zh="限制条件与审定结果不符"))
    for field in ("type_codes", "output_modes", "allowed_fields"):
        beyond = set(getattr(verdict.limits, field)) - set(getattr(line.line, field))
        if beyond:
            message = f"not in the line: {', '.join(sorted(beyond))}"
            faults.append(Fault(id=key, field=field, message=message, zh="超出用证清单范围"))
    if len(verdict.reasons) > MAX_REASONS:
        faults.append(Fault(id=key, field="reasons", message=f"at most {MAX_REASONS}", zh="理由过多"))
    return faults + [fault for reason in verdict.reasons for fault in reason_faults(reason)]
