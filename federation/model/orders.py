"""How stop orders travel: pushed as documents, and compared by tags. The documents themselves are `trust.orders`'s. DESIGN §4."""

from dataclasses import dataclass

MAX_DOCUMENTS = 64  # in one message; the rest follows in the next
TAG_BYTES = 16
MAX_KNOWN = 200_000  # tags: more than all provinces together may have


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPush:
    """The sender has these orders."""

    documents: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPushAnswer:
    """For each document "" where it was taken or is held, otherwise the reason why not."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPull:
    """The sender's state (SM3 over its sorted tags) and, in the second question, the tags, one after the other."""

    state: bytes
    known: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPullAnswer:
    """The answerer's state, and what it has that the other lacks."""

    state: bytes
    documents: tuple[bytes, ...]
