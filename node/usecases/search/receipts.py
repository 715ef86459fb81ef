"""Gathering the completeness receipt of a search out of this node's log and the proofs that were kept. Clause 8.2, DESIGN §6.3.

What it proves is judged elsewhere, from the file alone: `federation.receipt`. Each proof is under a cosigned head, where there is one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from federation.model.refusal import Reason
from federation.model.search import Outcome
from federation.receipt import Receipt, Rejection, publisher_of
from node.errors import RefusedError
from node.ports.evidence import LogEntry
from node.ports.lists import Kind
from node.ports.services import Caller
from node.ports.store import Store
from node.usecases.shown import ShownExchange
from trust.envelope import LogProof


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """Implements `services.SearchReceipts`."""

    province: str
    store: Store

    async def receipt(self, exchange_id: str, caller: Caller | None = None) -> Receipt:
        """The receipt of a search; with `caller`, only of one of its own.

        Raises:
            RefusedError: NO_RECORD: no search of this node (and caller) that has ended.
        """
        mine = self._entries(exchange_id, "SEARCH")
        asked = [one for one in mine if one[1]["step"] == "asked"]
        answered = next((one for one in mine if one[1]["step"] == "answered"), None)
        if answered is None or not asked or (caller is not None and asked[0][1].get("app") != caller.app_id):
            raise RefusedError(Reason.NO_RECORD, "exchangeId: no search of yours that has ended")
        outcomes = answered[1]["outcomes"]
        denied = [one["province"] for one in outcomes if one["outcome"] == Outcome.DENIED and "answer" not in one]
        shown = ShownExchange(province=self.province, store=self.store)
        return Receipt(
            consumer=self.province,
            exchange_id=exchange_id,
            requests=tuple([await shown.own(index) for index, _ in asked]),
            answered=await shown.own(answered[0]),
            answers={
                code: shown.strengthened(code, one) for code, one in self.store.read.receipts.of(exchange_id).items()
            },
            rejections=await self._rejections(answered[1]["apply"], denied),
            stops=self.store.read.receipts.stops(exchange_id),
            lists=self._lists(outcomes),
        )

    def _lists(self, outcomes: Sequence[Mapping[str, Any]]) -> dict[str, tuple[bytes, ...]]:
        """The signed heads of the lists by which provinces were not asked, by publisher."""
        named = {
            (publisher_of(kind, one["province"], self.province), kind, version)
            for one in outcomes
            for kind, version in one.get("lists", {}).items()
        }
        found: dict[str, tuple[bytes, ...]] = {}
        for publisher, kind, version in sorted(named):
            held = self.store.read.publications.at(Kind(kind), publisher, version)
            if held is not None:
                found[publisher] = (*found.get(publisher, ()), held.document)
        return found

    async def _rejections(self, apply_id: str, provinces: Sequence[str]) -> Mapping[str, Rejection]:
        """Of these provinces, those that turned the application down: their word, and that they were asked for it."""
        kept = self.store.read.receipts.of(apply_id) if provinces else {}
        found = {}
        for code in provinces:
            request = self._request_of(kept[code]) if code in kept else None
            if request is not None:
                found[code] = Rejection(request=await self.store.prove(request), answer=kept[code])
        return found

    def _request_of(self, answer: LogProof) -> int | None:
        """Where our entry of the question stands that this entry of a peer answers."""
        entry = json.loads(answer.entry)
        mine = self.store.read.evidence.of_exchange(str(entry.get("exchange", "")))
        return next((one.index for one in mine if _asks(one, entry.get("request"))), None)

    def _entries(self, exchange_id: str, event: str) -> list[tuple[int, dict[str, Any]]]:
        found = [(one.index, json.loads(one.entry)) for one in self.store.read.evidence.of_exchange(exchange_id)]
        return [
            (index, entry) for index, entry in found if entry["type"] == event and entry.get("peer") is None
        ]  # an entry with a peer is of an answer to it


def _asks(one: LogEntry, digest: object) -> bool:
    entry = json.loads(one.entry)
    return bool(entry.get("step") == "asked" and entry.get("request") == digest)
