"""Nonces and answers in memory. See `node.ports.exchanges.Exchanges`."""

from datetime import datetime

from node.ports.exchanges import StoredAnswer
from node.storage.memory.journal import Journal, Table


class MemoryExchanges:
    """Nonces keep only their expiry."""

    def __init__(self, journal: Journal) -> None:
        self._nonces = Table[tuple[str, bytes], datetime](journal)
        self._answers = Table[tuple[str, str, str], StoredAnswer](journal)

    def use_nonce(self, sender: str, nonce: bytes, expires_at: datetime) -> bool:
        """True the first time."""
        if (sender, nonce) in self._nonces:
            return False
        self._nonces.put((sender, nonce), expires_at)
        return True

    def put_answer(self, answer: StoredAnswer) -> None:
        """Keep an answer."""
        self._answers.insert((answer.sender, answer.exchange_id, answer.method), answer, "an answer to this exchange")

    def answer(self, sender: str, exchange_id: str, method: str) -> StoredAnswer | None:
        """The answer given before."""
        return self._answers.get((sender, exchange_id, method))

    def erase(self, exchange_id: str) -> int:
        """Forget the answers."""
        return self._answers.drop(lambda answer: answer.exchange_id == exchange_id)

    def purge(self, before: datetime, limit: int = 2_000) -> int:
        """Forget what expired."""
        nonces = self._nonces.drop(lambda expires_at: expires_at < before, limit)
        return nonces + self._answers.drop(lambda answer: answer.expires_at < before, limit)
