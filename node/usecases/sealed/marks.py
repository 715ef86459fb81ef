"""How a row is keyed and sealed: one label per kind of row and place. Clause 8.4, DESIGN §2.8."""

from dataclasses import dataclass

from node.ports.store import StoreError
from node.ports.unsealed import Kept
from node.vault import Vault
from trust.errors import DecryptionError

_END = b"\x00"  # of the handle in front of a consent: neither is known without the key


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Keys and seals the rows of one node."""

    vault: Vault

    def person(self, kept: Kept, handle: str) -> str:
        """What a row about this person is found by (hex); another one for each kind of row."""
        return self.vault.digest(f"person of {kept.value}", handle)

    def seal(self, kept: Kept, place: tuple[str, ...], plain: bytes) -> bytes:
        """Seal the content of a row, bound to its place."""
        return self.vault.seal(plain, _label(kept, place))

    def open(self, kept: Kept, place: tuple[str, ...], sealed: bytes) -> bytes:
        """Open the content of a row.

        Raises:
            StoreError: it was changed or moved, or another node's key sealed it.
        """
        try:
            return self.vault.open(sealed, _label(kept, place))
        except DecryptionError as error:
            raise StoreError(
                f"a row of {kept.value} does not open with this node's key: it was changed, moved, or is of another node's database; "
                "restore the database that belongs to these keys"
            ) from error

    def intent(self, digest: bytes) -> bytes:
        """What an answer is kept under of a request's digest: the digest alone would tell the number that was asked for, by trying all."""
        return bytes.fromhex(self.vault.digest("intent of an answer", digest.hex()))


def with_grantor(grantor: str, document: bytes) -> bytes:
    """A consent as it is sealed, with the handle that its row no longer shows."""
    return grantor.encode() + _END + document


def of_grantor(plain: bytes) -> tuple[str, bytes]:
    """Handle and document."""
    grantor, _, document = plain.partition(_END)
    return grantor.decode(), document


def _label(kept: Kept, place: tuple[str, ...]) -> bytes:
    return "\x1f".join((f"row of {kept.value}", *place)).encode()
