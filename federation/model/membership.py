"""What provinces tell one another about the membership document. The document itself and its rules are in `trust.membership`."""

from dataclasses import dataclass

MAX_DOCUMENTS = 16  # in one answer
MAX_ANSWER_BYTES = 4 << 20  # of documents in one answer


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipHead:
    """The newest version held, and the SM3 (hex) of its payload."""

    version: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Poke:
    """The sender holds this version."""

    head: MembershipHead


@dataclass(frozen=True, slots=True, kw_only=True)
class PokeAnswer:
    """What the receiver holds."""

    held: MembershipHead


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRequest:
    """Send me the versions above this one."""

    after_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainAnswer:
    """The newest version held, and the signed documents that follow the asker's, in order; fewer than there are, where they are many."""

    head: MembershipHead
    documents: tuple[bytes, ...]
