"""Keeping what entries bind by commitments, sealed, and opening it again. Clause 8.5, DESIGN §2.8; the contents: `federation.model.bound`.

A content is kept in the unit of work that appends the entry. Erasing is somebody else's matter, and so is when.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from federation.model.application import Application
from federation.model.bound import binds
from federation.model.info_verification import InfoQuery
from federation.model.retrieval import DataQuery, FileQuery
from federation.model.search import Query
from node.ports.contents import StoredContent
from node.ports.store import Nouns
from node.vault import Vault
from trust.commitment import SALT_BYTES, Opening
from trust.errors import DecryptionError

MOST = 256  # contents of one subject that are looked at, the newest: an application goes to 64 provinces, and perhaps again
_UNDER = (Application, Query, DataQuery, FileQuery, InfoQuery)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Keeps and opens contents for one node. `clock` is UTC."""

    vault: Vault
    clock: Callable[[], datetime]

    def keep(self, nouns: Nouns, opened: Iterable[Opening], *, subject: str, exchange_id: str) -> dict[str, str]:
        """Keep what opens the commitments of an entry, and whose the exchange is; returns its member `binds`, {} for nothing."""
        contents = tuple(opened)
        if subject != exchange_id:
            nouns.contents.belong(subject, exchange_id)
        for one in contents:
            commitment = one.commitment
            stored = StoredContent(
                commitment=commitment,
                label=one.label,
                subject=subject,
                exchange_id=exchange_id,
                sealed=self.vault.seal(one.salt + one.content, _place(commitment)),
                kept_at=self.clock(),
            )
            nouns.contents.put(stored)
        return binds(contents)

    def open(self, stored: StoredContent) -> Opening | None:
        """Salt and content; None where they were erased.

        Raises:
            DecryptionError: the row was changed, or sealed by another node.
        """
        if not stored.sealed:
            return None
        plain = self.vault.open(stored.sealed, _place(stored.commitment))
        opening = Opening(label=stored.label, salt=plain[:SALT_BYTES], content=plain[SALT_BYTES:])
        if not opening.opens(stored.commitment):
            raise DecryptionError("a content that was kept does not open its commitment")
        return opening


def subject_of(message: object, exchange_id: str) -> str:
    """Under what the contents of a request and its answer are kept: the application that it is made under, else the exchange."""
    return message.apply_id if isinstance(message, _UNDER) else exchange_id


def _place(commitment: str) -> bytes:
    return b"content\x1f" + commitment.encode()
