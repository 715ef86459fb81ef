"""Commitments: what an entry of the evidence log binds without showing it. Clause 8.5, DESIGN §2.8.

    commitment = SM3(0x02 ‖ label ‖ 0x00 ‖ salt ‖ content)

The salt is 32 random bytes, so who has only the entry cannot try contents (an ID number has few values). Who is given salt and content
makes the commitment again and sees that the entry meant these. The byte 0x02 keeps it apart from the leaves and nodes of the log
(0x00, 0x01); the label says what the content is, so that one cannot be shown as another. Salt and content are kept outside the log;
deleting both leaves the log as it was, and nothing of them to be found.

Not encryption, and no signature: who made it is known by the entry that holds it.
"""

import hmac
import re
import secrets
from dataclasses import dataclass, field

from trust import gm
from trust.errors import EvidenceError

SALT_BYTES = 32
_PREFIX = b"\x02"
_LABEL = re.compile(r"[a-z][a-z0-9_.-]{0,63}", re.ASCII)  # never holds the 0x00 behind it


def new_salt() -> bytes:
    """32 random bytes, for one content."""
    return secrets.token_bytes(SALT_BYTES)


def commit(label: str, salt: bytes, content: bytes) -> str:
    """The commitment (64 hex digits) to a content under a label.

    Raises:
        EvidenceError: the label is none, or the salt is not of 32 bytes.
    """
    if not _LABEL.fullmatch(label) or len(salt) != SALT_BYTES:
        raise EvidenceError(f"a commitment has a label of small letters and a salt of {SALT_BYTES} bytes")
    return gm.sm3(b"".join((_PREFIX, label.encode(), b"\x00", salt, content))).hex()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Opening:
    """A content with the salt that opens a commitment to it. It can be personal data: its repr shows nothing."""

    label: str
    salt: bytes = field(repr=False)
    content: bytes = field(repr=False)

    def __repr__(self) -> str:
        return f"Opening({self.label})"

    @property
    def commitment(self) -> str:
        """The commitment that it opens.

        Raises:
            EvidenceError: as `commit`.
        """
        return commit(self.label, self.salt, self.content)

    def opens(self, commitment: object) -> bool:
        """Whether it opens this one, as an entry holds it (anything: entries are others' words)."""
        return isinstance(commitment, str) and hmac.compare_digest(self.commitment.encode(), commitment.encode())
