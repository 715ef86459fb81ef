"""Answers that can be leafed through, in memory and for a while: nothing of them is written down. Owned by the event loop."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.holder_uses import UsesTold

ANSWERS_KEPT = 64
LISTED_KEPT = 5_000  # uses in the lists of all answers together: each with its entry, about three kilobytes
KEPT_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    app_id: str
    key: str
    told: UsesTold
    until: datetime
    listed: int


@dataclass(frozen=True, slots=True)
class UsesPages:
    """The last answers, by exchange."""

    _kept: OrderedDict[str, _Kept] = field(default_factory=OrderedDict)

    def keep(self, app_id: str, key: str, told: UsesTold, now: datetime) -> None:
        """Hold an answer; those go whose time is over, then the oldest."""
        for exchange_id in [one for one, kept in self._kept.items() if kept.until < now]:
            del self._kept[exchange_id]
        listed = sum(len(one.said.uses) for several in told.receipt.listings.values() for one in several)
        kept = _Kept(app_id=app_id, key=key, told=told, until=now + KEPT_FOR, listed=listed)
        self._kept[told.exchange_id] = kept
        while len(self._kept) > ANSWERS_KEPT or sum(one.listed for one in self._kept.values()) > LISTED_KEPT:
            self._kept.popitem(last=False)

    def of(self, exchange_id: str, app_id: str, key: str) -> UsesTold:
        """The answer of an earlier asking of this line system for this holder.

        Raises:
            RefusedError: NO_RECORD: there is none any more.
        """
        kept = self._kept.get(exchange_id)
        if kept is None or (kept.app_id, kept.key) != (app_id, key):
            raise RefusedError(Reason.NO_RECORD, "exchangeId: no answer to this asking is held any more; ask again")
        return kept.told
