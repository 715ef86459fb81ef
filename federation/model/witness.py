"""What provinces say when they cosign one another's evidence logs, and when they tell of one that lied. Clause 8.5, DESIGN §2.7, §7.

The semantics are those of C2SP tlog-witness, but for one thing: a witness here also sees heads in messages, and has them fitted, too.
"""

from dataclasses import dataclass

MAX_FITS = 4
MAX_HELD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The hashes that join the head offered and a head of size `size`, whichever is larger."""

    size: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpointRequest:
    """Cosign this head of my log, please: a note with my own cosignature; or, where that is "", say what you hold of it."""

    note: str
    fits: tuple[Fit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpointAnswer:
    """A cosignature line; or, where that is "", the notes of your log that I hold and that your head was not shown to fit."""

    cosignature: str = ""
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuseRequest:
    """This file proves that a member's log forked or went back; judge it yourself."""

    exhibit: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuseAnswer:
    """Whether I find it proven."""

    proven: bool
