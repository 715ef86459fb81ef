"""The holder's log in memory. See `node.ports.holder_log.HolderLog`."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from federation.model.holder_uses import Role
from node.ports.holder_log import HolderRow, Omission
from node.storage.memory.journal import Journal, Table

_Part = tuple[str, str, str, str]


class MemoryHolderLog:
    """Rows by key, exchange, role and peer; omissions by province and exchange."""

    def __init__(self, journal: Journal) -> None:
        self._rows = Table[_Part, HolderRow](journal)
        self._omissions = Table[tuple[str, str], Omission](journal)

    def put(self, row: HolderRow) -> None:
        """Keep a row, once."""
        if _part(row) not in self._rows:
            self._rows.put(_part(row), row)

    def advance(self, row: HolderRow) -> None:
        """Let a row point to a later entry."""
        held = self._rows.get(_part(row))
        if held is not None:
            self._rows.put(_part(row), replace(held, index=row.index))

    def page(
        self, key: str, roles: Collection[Role], *, since: datetime, until: datetime, limit: int
    ) -> Sequence[HolderRow]:
        """The latest rows of a time."""
        mine = (one for one in self._rows if one.key == key and one.role in roles)
        return _latest(one for one in mine if since <= one.at <= until)[:limit]

    def of_exchanges(self, key: str, exchange_ids: Collection[str]) -> Sequence[HolderRow]:
        """The rows of some exchanges."""
        return _latest(one for one in self._rows if one.key == key and one.exchange_id in exchange_ids)

    def put_omission(self, omission: Omission) -> bool:
        """Keep an omission, once."""
        key = (omission.province, omission.exchange_id)
        if key in self._omissions:
            return False
        self._omissions.put(key, omission)
        return True

    def omitted(self, province: str, exchange_id: str) -> bool:
        """Whether it is held."""
        return (province, exchange_id) in self._omissions

    def omissions(self, limit: int) -> Sequence[Omission]:
        """The last ones."""
        return list(self._omissions)[::-1][:limit]

    def omission_counts(self) -> Mapping[str, int]:
        """How many, by province."""
        return Counter(one.province for one in self._omissions)


def _part(row: HolderRow) -> _Part:
    return row.key, row.exchange_id, row.role, row.peer


def _latest(rows: Iterable[HolderRow]) -> list[HolderRow]:
    return sorted(rows, key=lambda one: (one.at, one.index), reverse=True)
