"""The province's own certificates as the store keeps them. Clause 6. Part of the store port: `node.ports.store`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCertificate:
    """One certificate of the province's own library.

    The clear columns are list metadata, none of it personal; `sealed` holds the whole record (holders, face data) under the node's
    storage key, and `holder_digests` are keyed digests of (holder type, holder code). `disputed`: somebody objects to it; an import does
    not change that.
    """

    identifier: str
    holder_digests: tuple[str, ...]
    name: str
    type_name: str
    type_code: str
    number: str
    area_code: str
    issuer_name: str
    issuer_code: str
    issued: str
    valid_from: str
    valid_until: str
    status: str
    superseded_by: str
    file_sm3: str
    file_size: int
    file_format: str
    sealed: bytes
    disputed: bool = False


class Certificates(Protocol):
    """The province's own certificates."""

    def stage(self, import_id: str, certificates: Iterable[StoredCertificate]) -> None:
        """Put rows of a running import aside; they are not visible to look-ups."""

    def publish(self, import_id: str) -> tuple[int, int]:
        """Make all staged rows of that import visible at once; returns (new, replaced). Same identifier: the new row replaces."""

    def drop_staged(self, import_id: str | None = None) -> int:
        """Forget the staged rows of one import, or of all (left over from a crash); returns how many."""

    def by_holder(
        self, holder_digest: str, type_codes: Sequence[str], limit: int, number: str = "", valid_on: str = ""
    ) -> Sequence[StoredCertificate]:
        """Certificates of a holder with one of these types, and this number ("" for any), newest issue date first.

        `valid_on`: only those that are VALID on this ISO day; "": whatever their status. `limit` bounds the rows that come, not those
        that are looked through.
        """

    def get(self, identifier: str) -> StoredCertificate | None:
        """One certificate. Not for who may not know whether there is one: see `of_holder`."""

    def of_holder(self, holder_digest: str, type_codes: Sequence[str], identifier: str) -> StoredCertificate | None:
        """The certificate of this holder, and of one of these types, that has this identifier.

        An adapter that holds more than tests do looks through the holder's own certificates, so that the time it takes says nothing about
        certificates of others.
        """

    def dispute(self, identifier: str, *, disputed: bool) -> bool:
        """Mark a certificate as one that somebody objects to, or take the mark away; False where there is no such certificate."""

    def supersede(self, identifier: str, by: str) -> bool:
        """Point from a certificate to the one that counts instead; False where there is no such certificate. An import may point anew."""

    def count(self) -> int:
        """How many certificates the library holds."""
