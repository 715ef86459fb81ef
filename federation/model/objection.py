"""What provinces tell one another of an objection (异议): its signed documents, and to the owner what is claimed. P5.

What the documents say, and how they follow from one another: `trust.objection`.
"""

from dataclasses import dataclass, field

from federation.model.refusal import Refusal

MAX_CONTENT_BYTES = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionTell:
    """What the sender holds of one case; salt and content open the claim, where it is told to the owner. Personal data."""

    documents: tuple[bytes, ...]
    salt: bytes = field(default=b"", repr=False)
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionTold:
    """How many documents of the case are held now; or why the case is not taken."""

    held: int = 0
    refusal: Refusal | None = None
