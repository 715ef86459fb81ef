"""The index by holder: a use is noted beside its entry, in the same unit of work. Clause 8.4, DESIGN §2.1, §2.8.

The key is an HMAC-SM3 of the holder's handle (which is made of normal type and number) under a key of the vault's own. What stands beside
the pointer is sealed: names of units and matters are no secret, but who reads the file must not learn that they belong to one person.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from federation.model.holder_uses import Role, UseFacts
from node.ports.holder_log import HolderRow
from node.ports.store import Nouns
from node.vault import Vault

_PARTS, _SERIAL, _SHOWN = (
    10,
    -3,
    4,
)  # parts of an identifier, which of them is the serial, characters shown of it (GB/T 36904)
_DIGEST_SHOWN = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part in one use: who is meant (by handle), which exchange, in which role, with whom."""

    handle: str
    exchange_id: str
    role: Role
    peer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderIndex:
    """Notes uses, and finds them again."""

    vault: Vault

    def begun(self, nouns: Nouns, part: Part, index: int, at: datetime, facts: UseFacts, apply_id: str = "") -> None:
        """Note a use whose entry stands at `index`; one that is noted already, as when an exchange is repeated, stays as it is.

        `apply_id`: the application that it rests on, by which a deferral may name it.
        """
        sealed = self.vault.seal(json.dumps([asdict(facts), apply_id]).encode(), self._label(part))
        nouns.holder_log.put(self._row(part, index, at, sealed))

    def ended(self, nouns: Nouns, part: Part, index: int, at: datetime) -> None:
        """A later entry stands for the use from here on: what came of it."""
        nouns.holder_log.advance(self._row(part, index, at, b""))

    def key(self, handle: str) -> str:
        """The key (hex) of a holder's rows."""
        return self.vault.holder_log(handle)

    def beside(self, handle: str, row: HolderRow) -> tuple[UseFacts, str]:
        """What stands beside a row of this holder: the use in words, and its application.

        Raises:
            DecryptionError: changed, moved, or sealed by another node.
        """
        part = Part(handle=handle, exchange_id=row.exchange_id, role=row.role, peer=row.peer)
        facts, apply_id = json.loads(self.vault.open(row.sealed, self._label(part)))
        return UseFacts(**facts), apply_id

    def _row(self, part: Part, index: int, at: datetime, sealed: bytes) -> HolderRow:
        return HolderRow(
            key=self.key(part.handle),
            exchange_id=part.exchange_id,
            role=part.role,
            peer=part.peer,
            index=index,
            at=at,
            sealed=sealed,
        )

    def _label(self, part: Part) -> bytes:
        """What binds sealed facts to their place."""
        place = ("holder log", self.key(part.handle), part.exchange_id, part.role.value, part.peer)
        return "\x1f".join(place).encode()


def masked(reference: str) -> str:
    """A certificate as a holder is shown it: who issued it and of what kind, and the end of its serial alone. REQUIREMENTS 8.4.

    `reference` is `Vault.reference`: of an identifier that holds a person's number it is a digest, of which the beginning is shown.
    """
    parts = reference.split(".")
    if len(parts) != _PARTS:
        return reference[:_DIGEST_SHOWN] + "…" if len(reference) > _DIGEST_SHOWN else reference
    serial = parts[_SERIAL]
    parts[_SERIAL] = "…" + serial[-_SHOWN:] if len(serial) > _SHOWN else "…"
    return ".".join(parts)
