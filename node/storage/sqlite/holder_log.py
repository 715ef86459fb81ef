"""The holder's log in SQLite. See `node.ports.holder_log.HolderLog`."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from federation.model.holder_uses import Role
from node.ports.holder_log import HolderRow, Omission
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import from_ms, to_ms

_PUT = """
INSERT INTO holder_log (holder, exchange, role, peer, idx, at, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (holder, exchange, role, peer) DO NOTHING
"""
_ADVANCE = "UPDATE holder_log SET idx = ? WHERE holder = ? AND exchange = ? AND role = ? AND peer = ?"
_PAGE = """
SELECT exchange, role, peer, idx, at, sealed FROM holder_log
WHERE holder = ? AND role IN (SELECT value FROM json_each(?)) AND at BETWEEN ? AND ? ORDER BY at DESC, idx DESC LIMIT ?
"""
_OF_EXCHANGES = """
SELECT exchange, role, peer, idx, at, sealed FROM holder_log
WHERE holder = ? AND exchange IN (SELECT value FROM json_each(?)) ORDER BY at DESC, idx DESC
"""
_PUT_OMISSION = """
INSERT INTO holder_omission (province, exchange, accuser, asked, exhibit, found_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (province, exchange) DO NOTHING
"""
_OMITTED = "SELECT 1 FROM holder_omission WHERE province = ? AND exchange = ?"
_OMISSIONS = """
SELECT province, exchange, accuser, asked, exhibit, found_at FROM holder_omission ORDER BY seq DESC LIMIT ?
"""
_COUNTS = "SELECT province, count(*) FROM holder_omission GROUP BY province"


class SqliteHolderLog:
    """Tables holder_log and holder_omission."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, row: HolderRow) -> None:
        """Keep a row, once."""
        self._session.write(_PUT, (*_part(row), row.index, to_ms(row.at), row.sealed))

    def advance(self, row: HolderRow) -> None:
        """Let a row point to a later entry."""
        self._session.write(_ADVANCE, (row.index, *_part(row)))

    def page(
        self, key: str, roles: Collection[Role], *, since: datetime, until: datetime, limit: int
    ) -> Sequence[HolderRow]:
        """The latest rows of a time."""
        wanted = (bytes.fromhex(key), json.dumps([one.value for one in roles]), to_ms(since), to_ms(until), limit)
        return _rows(key, self._session.rows(_PAGE, wanted))

    def of_exchanges(self, key: str, exchange_ids: Collection[str]) -> Sequence[HolderRow]:
        """The rows of some exchanges."""
        return _rows(key, self._session.rows(_OF_EXCHANGES, (bytes.fromhex(key), json.dumps(list(exchange_ids)))))

    def put_omission(self, omission: Omission) -> bool:
        """Keep an omission, once."""
        one = omission
        row = (one.province, one.exchange_id, one.accuser, one.asked, one.exhibit, to_ms(one.found_at))
        return self._session.write(_PUT_OMISSION, row) == 1

    def omitted(self, province: str, exchange_id: str) -> bool:
        """Whether it is held."""
        return self._session.row(_OMITTED, (province, exchange_id)) is not None

    def omissions(self, limit: int) -> Sequence[Omission]:
        """The last ones."""
        return [
            Omission(
                province=province,
                exchange_id=exchange,
                accuser=accuser,
                asked=asked,
                exhibit=exhibit,
                found_at=from_ms(found_at),
            )
            for province, exchange, accuser, asked, exhibit, found_at in self._session.rows(_OMISSIONS, (limit,))
        ]

    def omission_counts(self) -> Mapping[str, int]:
        """How many, by province."""
        return dict(self._session.rows(_COUNTS))


def _part(row: HolderRow) -> tuple[bytes, str, str, str]:
    return bytes.fromhex(row.key), row.exchange_id, row.role.value, row.peer


def _rows(key: str, found: list[Row]) -> list[HolderRow]:
    return [
        HolderRow(
            key=key,
            exchange_id=exchange,
            role=Role(role),
            peer=peer,
            index=index,
            at=from_ms(at),
            sealed=sealed,
        )
        for exchange, role, peer, index, at, sealed in found
    ]
