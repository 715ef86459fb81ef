"""Retrieval of the province's own certificates by its own units: the same rules, one use, one entry, without a message. Clause 8.3.

A repeated exchange is told by its entry: it is on record again, and spends and announces nothing.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from federation.model.application import Output
from federation.model.bound import openings, salted
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import DataAnswer, DataQuery, FileQuery
from node.errors import RefusedError, refused
from node.ports.retrieving import ReceivedData, ReceivedFile
from node.ports.store import Nouns, Store
from node.usecases.contents import Keeper
from node.usecases.record import Recorder
from node.usecases.retrieval.delivery import Granted, OvertakenError, Provider, members_of
from node.usecases.retrieval.face_data import face_data, mask_digest
from node.usecases.retrieval.handout import Handout, Prepared
from node.usecases.retrieval.provider import ATTEMPTS, file_members
from node.usecases.retrieval.wish import REPLAYED, Wish
from trust import canonical

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRetrieval:
    """Retrieves from the own library of `province`."""

    province: str
    store: Store
    provider: Provider
    handout: Handout
    recorder: Recorder
    contents: Keeper

    async def data(self, wish: Wish) -> ReceivedData:
        """The allowed face data of one certificate.

        Raises:
            RefusedError: refused; on record.
        """
        query = wish.data_query()

        def unit(nouns: Nouns) -> ReceivedData | Refusal:
            granted = self._barred(nouns, wish, query) or self.provider.grant(
                nouns, consumer=self.province, query=query, output=Output.DATA, exchange_id=wish.exchange_id
            )
            members = members_of(self.provider.vault, wish.exchange_id, query, Output.DATA, granted)
            result: ReceivedData | Refusal
            if isinstance(granted, Refusal):
                result = granted
            else:
                data, columns = face_data(granted, query.fields)
                members |= {"fields": list(columns), "mask": mask_digest(columns).hex()}
                members["binds"] = self._bound(nouns, wish, DataAnswer(data=canonical.dumps(data)))
                members |= self._announced(nouns, granted, wish, query)
                result = received_data(wish, data, mask_digest(columns), disputed=granted.row.disputed)
            self._record(nouns, wish, members, granted)
            return result

        return _unless_refused(await self._commit(wish, unit), wish)

    async def file(self, wish: Wish) -> ReceivedFile:
        """The file of one certificate.

        Raises:
            RefusedError: refused, on record; or the library changes faster than a file can be prepared.
        """
        query = wish.file_query()
        for _ in range(ATTEMPTS):
            prepared = await self._prepare(wish, query)
            try:
                outcome = await self._commit(wish, partial(self._file_unit, wish, query, prepared))
            except OvertakenError:
                await self.handout.drop(prepared)
                continue
            if isinstance(outcome, Refusal):
                await self.handout.drop(prepared)
            return _unless_refused(outcome, wish)
        raise RefusedError(Reason.OVERLOADED, "the certificate is being replaced", retry_after_s=1)

    async def _prepare(self, wish: Wish, query: FileQuery) -> Prepared | Refusal | None:
        found = self.provider.find(self.store.read, consumer=self.province, query=query, output=query.output)
        if isinstance(found, Refusal):
            return None
        before = self._before(self.store.read, wish)
        if self._replayed(self.store.read, wish, query) is not None:
            return None
        if before is not None:
            return await self.handout.again(self._as_before(before, query), original=query.original)
        return await self.handout.prepare(found.row, found.verdict, query, wish.exchange_id)

    def _file_unit(
        self, wish: Wish, query: FileQuery, prepared: Prepared | Refusal | None, nouns: Nouns
    ) -> ReceivedFile | Refusal:
        granted = self._barred(nouns, wish, query) or self.provider.grant_file(
            nouns, prepared, consumer=self.province, query=query, exchange_id=wish.exchange_id
        )
        members = members_of(self.provider.vault, wish.exchange_id, query, query.output, granted)
        if isinstance(granted, Refusal):
            self._record(nouns, wish, members, granted)
            return granted
        assert isinstance(prepared, Prepared), "nothing else is granted"
        members |= file_members(prepared) | self._announced(nouns, granted, wish, query)
        self._record(nouns, wish, members, granted)
        return ReceivedFile(
            exchange_id=wish.exchange_id,
            identifier=wish.form.identifier,
            province=wish.province,
            path=prepared.file.path,
            size=prepared.file.size,
            sm3=prepared.file.sm3,
            original_sm3=prepared.original_sm3,
            format=granted.row.file_format,
            verdict=prepared.verdict,
            terms=prepared.terms,
            apply_id=wish.form.apply_id,
            disputed=granted.row.disputed,
        )

    def _before(self, nouns: Nouns, wish: Wish) -> dict[str, Any] | None:
        """The entry of this exchange's first, granted use; None the first time."""
        entries = (json.loads(one.entry) for one in nouns.evidence.of_exchange(wish.exchange_id))
        return next((one for one in entries if one["step"] == "own" and "refusal" not in one), None)

    def _bound(self, nouns: Nouns, wish: Wish, answer: DataAnswer) -> dict[str, str]:
        """By what the entry binds the data that are handed out."""
        opened = openings(salted(answer))
        return self.contents.keep(nouns, opened, subject=wish.form.apply_id, exchange_id=wish.exchange_id)

    def _barred(self, nouns: Nouns, wish: Wish, query: DataQuery | FileQuery) -> Refusal | None:
        """Why the exchange of the wish is another one's; where nothing is, it begins."""
        return wish.begin(nouns) or self._replayed(nouns, wish, query)

    def _replayed(self, nouns: Nouns, wish: Wish, query: DataQuery | FileQuery) -> Refusal | None:
        """Whether the key stands for another wish already."""
        before = self._before(nouns, wish)
        return None if before is None or before["intent"] == self._intent(query) else REPLAYED

    def _intent(self, query: DataQuery | FileQuery) -> str:
        """What a wish asks beyond what its exchange id stands for."""
        asked = query.fields if isinstance(query, DataQuery) else (str(query.expires),)
        return self.provider.vault.digest("intent", *asked)

    def _as_before(self, entry: dict[str, Any], query: FileQuery) -> Prepared:
        """What an entry says was handed out (`file_members`)."""
        file = self.handout.handed_out(entry["file"], entry["size"], original=query.original)
        return Prepared(file=file, original_sm3=entry["original"], verdict=entry["verdict"], repeated=True)

    def _announced(self, nouns: Nouns, granted: Granted, wish: Wish, query: DataQuery | FileQuery) -> dict[str, Any]:
        intent = {"intent": self._intent(query)}
        if self._before(nouns, wish) is not None:
            return intent | {"repeated": True}
        ids = self.provider.announce(
            nouns, granted, consumer=self.province, output=wish.output, exchange_id=wish.exchange_id
        )
        return intent | {"notices": ids}

    def _record(self, nouns: Nouns, wish: Wish, members: dict[str, Any], granted: Granted | Refusal) -> None:
        index = nouns.evidence.append(self.recorder.entry(EventType.RETRIEVE, "own", wish.exchange_id, **members))
        if isinstance(granted, Granted):
            self.provider.listed(granted, consumer=self.province, output=wish.output, exchange_id=wish.exchange_id)(
                nouns, index
            )

    async def _commit(self, wish: Wish, unit: Callable[[Nouns], T]) -> T:
        """Commit a use of our own library, and then have its notices delivered."""
        try:
            return await self.store.transact(unit)
        finally:
            self.provider.wake(wish.exchange_id)


def _unless_refused(outcome: T | Refusal, wish: Wish) -> T:
    if isinstance(outcome, Refusal):
        raise refused(outcome, wish.exchange_id)
    return outcome


def received_data(wish: Wish, data: dict[str, object], mask: bytes, *, disputed: bool) -> ReceivedData:
    """Face data as the edge hands them on."""
    return ReceivedData(
        exchange_id=wish.exchange_id,
        identifier=wish.form.identifier,
        province=wish.province,
        data=data,
        mask_digest=mask.hex(),
        disputed=disputed,
    )
