"""Applications, verdicts and spent uses in memory. See `node.ports.applications.Applications`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from node.ports.applications import Begun, GivenVerdict, OwnApplication, ReceivedVerdict
from node.ports.store import StoreError
from node.storage.memory.holds import MemoryHolds
from node.storage.memory.journal import Journal, Table


class MemoryApplications:
    """One table per record; a spent use is keyed by the use."""

    def __init__(self, journal: Journal, holds: MemoryHolds) -> None:
        self._holds = holds
        self._own = Table[str, OwnApplication](journal)
        self._given = Table[tuple[str, str], GivenVerdict](journal)
        self._received = Table[tuple[str, str], ReceivedVerdict](journal)
        self._spent = Table[tuple[str, str, int, str, str], str](journal)
        self._made = Table[tuple[str, str, str, str, str], int](journal)
        self._begun = Table[str, Begun](journal)
        self._users = Table[tuple[str, str], tuple[str, str]](journal)
        self._found = Table[tuple[str, str, str], tuple[str, str, str]](journal)

    def put_own(self, application: OwnApplication) -> None:
        """Keep an application."""
        self._own.insert(application.apply_id, application, "this application")

    def own(self, apply_id: str) -> OwnApplication | None:
        """An application of ours."""
        return self._own.get(apply_id)

    def prolong(self, apply_id: str, until: datetime) -> None:
        """Let an application hold longer."""
        held = self.own(apply_id)
        if held is not None and held.expires_at < until:
            self._own.put(apply_id, replace(held, expires_at=until))

    def put_given(self, verdict: GivenVerdict) -> None:
        """Keep a verdict we gave."""
        key = verdict.consumer, verdict.apply_id
        before = self._given.get(key)
        if before is not None and before.period != verdict.period - 1:
            raise StoreError("a verdict for this application is held already")
        self._given.put(key, verdict)

    def given(self, consumer: str, apply_id: str) -> GivenVerdict | None:
        """The verdict we gave."""
        return self._given.get((consumer, apply_id))

    def put_received(self, verdict: ReceivedVerdict) -> None:
        """Keep or replace a verdict we were given."""
        self._received.put((verdict.apply_id, verdict.provider), verdict)

    def received(self, apply_id: str) -> Sequence[ReceivedVerdict]:
        """The verdicts we were given."""
        return sorted((row for row in self._received if row.apply_id == apply_id), key=lambda row: row.provider)

    def redeem(
        self, *, consumer: str, apply_id: str, period: int, identifier: str, output: str, exchange_id: str
    ) -> str:
        """Spend one use, or say which exchange spent it."""
        use = (consumer, apply_id, period, identifier, output)
        holder = self._spent.get(use)
        if holder is not None:
            return holder
        made = (consumer, apply_id, identifier, output, exchange_id)
        if self._made.get(made) is not None:
            return ""
        self._spent.put(use, exchange_id)
        self._made.put(made, period)
        self._users.put((identifier, consumer), (identifier, consumer))
        return exchange_id

    def erase(self, apply_id: str, now: datetime) -> Mapping[str, int]:
        """Empty or forget the rows."""
        gone = {
            "application": self._empty_own(apply_id, now),
            "given": self._empty_given(apply_id, now),
            "received": self._received.drop(lambda one: one.apply_id == apply_id),
            "found": self._found.drop(lambda one: one[0] == apply_id),
        }
        return {kind: number for kind, number in gone.items() if number}

    def _empty_own(self, apply_id: str, now: datetime) -> int:
        own = self.own(apply_id)
        if own is None or not own.sealed:
            return 0
        self._own.put(apply_id, replace(own, sealed=b"", holder_digest="", expires_at=min(own.expires_at, now)))
        return 1

    def _empty_given(self, apply_id: str, now: datetime) -> int:
        doomed = [one for one in self._given if one.apply_id == apply_id and one.holder_digest]
        for one in doomed:
            bare = replace(
                one,
                holder_digest="",
                use_code_digest="",
                use_cause="",
                operator="",
                consent_id="",
                consent_key="",
                consent_home="",
                expires_at=min(one.expires_at, now),
            )
            self._given.put((one.consumer, apply_id), bare)
        return len(doomed)

    def ended(self, before: datetime, limit: int) -> Sequence[str]:
        """Those that may go."""
        own = {one.apply_id for one in self._own if one.sealed and one.expires_at < before}
        given = {one.apply_id for one in self._given if one.holder_digest and one.expires_at < before}
        return sorted(one for one in own | given if self._holds.get(one) is None)[:limit]

    def held_consents(self) -> frozenset[str]:
        """The consents that verdicts on applications on hold rest on."""
        return frozenset(one.consent_id for one in self._given if self._holds.get(one.apply_id) is not None)

    def consumers_of(self, identifier: str) -> Sequence[str]:
        """Who made a use of this certificate."""
        return sorted(consumer for used, consumer in self._users if used == identifier)

    def begin(self, exchange_id: str, begun: Begun) -> None:
        """Remember what an exchange began with."""
        if exchange_id not in self._begun:
            self._begun.put(exchange_id, begun)

    def begun(self, exchange_id: str) -> Begun | None:
        """What an exchange began with."""
        return self._begun.get(exchange_id)

    def put_found(self, apply_id: str, found: Iterable[tuple[str, str]]) -> None:
        """Remember what a search named."""
        for identifier, province in found:
            self._found.put((apply_id, identifier, province), (apply_id, identifier, province))

    def found(self, apply_id: str, identifier: str) -> Sequence[str]:
        """The provinces that named this identifier."""
        return sorted(province for *key, province in self._found if key == [apply_id, identifier])
