"""Nonces and answers in SQLite. See `node.ports.exchanges.Exchanges`."""

from datetime import datetime

from node.ports.exchanges import StoredAnswer
from node.ports.store import StoreError
from node.storage.sqlite.session import Session
from node.storage.sqlite.values import from_ms, to_ms

_USE_NONCE = "INSERT OR IGNORE INTO nonce (sender, nonce, expires_at) VALUES (?, ?, ?)"
_PUT_ANSWER = """
INSERT OR IGNORE INTO answer (sender, exchange_id, method, intent, body, expires_at, keyed) VALUES (?, ?, ?, ?, ?, ?, 1)
"""
_ANSWER = "SELECT intent, body, expires_at FROM answer WHERE sender = ? AND exchange_id = ? AND method = ?"
_PURGE_NONCES = "DELETE FROM nonce WHERE rowid IN (SELECT rowid FROM nonce WHERE expires_at < ? LIMIT ?)"
_PURGE_ANSWERS = "DELETE FROM answer WHERE rowid IN (SELECT rowid FROM answer WHERE expires_at < ? LIMIT ?)"
_ERASE = "DELETE FROM answer WHERE exchange_id = ?"


class SqliteExchanges:
    """Tables nonce and answer."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def use_nonce(self, sender: str, nonce: bytes, expires_at: datetime) -> bool:
        """True the first time."""
        return self._session.write(_USE_NONCE, (sender, nonce, to_ms(expires_at))) == 1

    def put_answer(self, answer: StoredAnswer) -> None:
        """Keep an answer."""
        a = answer
        row = (a.sender, a.exchange_id, a.method, a.intent, a.body, to_ms(a.expires_at))
        if not self._session.write(_PUT_ANSWER, row):
            raise StoreError("an answer to this exchange is held already")

    def answer(self, sender: str, exchange_id: str, method: str) -> StoredAnswer | None:
        """The answer given before."""
        row = self._session.row(_ANSWER, (sender, exchange_id, method))
        if row is None:
            return None
        intent, body, expires_at = row
        return StoredAnswer(
            sender=sender,
            exchange_id=exchange_id,
            method=method,
            intent=intent,
            body=body,
            expires_at=from_ms(expires_at),
        )

    def erase(self, exchange_id: str) -> int:
        """Forget the answers."""
        return self._session.write(_ERASE, (exchange_id,))

    def purge(self, before: datetime, limit: int = 2_000) -> int:
        """Forget what expired."""
        parameters = (to_ms(before), limit)
        return self._session.write(_PURGE_NONCES, parameters) + self._session.write(_PURGE_ANSWERS, parameters)
