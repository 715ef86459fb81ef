"""Small conversions every codec module needs: times, refusals, bounded lists and texts."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from certmesh.v1 import envelope_pb2

from federation.model.refusal import Refusal, from_word
from trust.commitment import SALT_BYTES

# A message's model, its encoder and its decoder, by the name of its kind.
Kinds = dict[str, tuple[type, Callable[[Any], bytes], Callable[[bytes], Any]]]

MAX_LIST = 1000
MAX_TEXT = 2000
MAX_NUMBER = 2**53 - 1  # what canonical JSON holds (RFC 8785 §3.2.2.3); protobuf's uint64 goes further


def to_ms(moment: datetime) -> int:
    """Milliseconds since the epoch."""
    return round(moment.timestamp() * 1000)


def from_ms(value: int) -> datetime:
    """An aware UTC time; values outside the years 1970 to 2100 are refused.

    Raises:
        ValueError: out of range.
    """
    if not 0 <= value <= 4_102_444_800_000:  # noqa: PLR2004 - 2100-01-01T00:00:00Z
        raise ValueError("a time outside 1970 to 2100")
    return datetime.fromtimestamp(value / 1000, UTC)


def maybe_ms(moment: datetime | None) -> int:
    """The same; 0 for None."""
    return to_ms(moment) if moment is not None else 0


def maybe_from_ms(value: int) -> datetime | None:
    """The same; None for 0.

    Raises:
        ValueError: out of range.
    """
    return from_ms(value) if value else None


def texts(values: Iterable[str]) -> tuple[str, ...]:
    """A bounded list of bounded texts.

    Raises:
        ValueError: too many, or too long.
    """
    listed = tuple(values)
    if len(listed) > MAX_LIST:
        raise ValueError(f"more than {MAX_LIST} values in a list")
    for one in listed:
        text(one)
    return listed


def text(value: str, limit: int = MAX_TEXT) -> str:
    """A bounded text.

    Raises:
        ValueError: longer than `limit` characters.
    """
    if len(value) > limit:
        raise ValueError(f"a text longer than {limit} characters")
    return value


def number(value: int) -> int:
    """A version, offset or index that evidence and stores can hold.

    Raises:
        ValueError: negative, or beyond 2^53-1.
    """
    if not 0 <= value <= MAX_NUMBER:
        raise ValueError("a number beyond 2^53-1")
    return value


def digest(value: bytes) -> bytes:
    """An SM3 digest, or b"" for none.

    Raises:
        ValueError: of another length.
    """
    if len(value) not in {0, 32}:
        raise ValueError("a digest that is not 32 bytes")
    return value


def salt(value: bytes) -> bytes:
    """The salt of a commitment, or b"" for none.

    Raises:
        ValueError: of another length.
    """
    if len(value) not in {0, SALT_BYTES}:
        raise ValueError(f"a salt that is not {SALT_BYTES} bytes")
    return value


def refusal_to_proto(refusal: Refusal | None) -> envelope_pb2.Refusal | None:
    """None stays None."""
    if refusal is None:
        return None
    return envelope_pb2.Refusal(
        code=refusal.code, reason=refusal.reason.value, detail=refusal.detail, retry_after_s=refusal.retry_after_s
    )


def refusal_from_proto(message: envelope_pb2.Refusal) -> Refusal | None:
    """None for an absent refusal."""
    return from_word(message.reason, text(message.detail), message.retry_after_s) if message.reason else None
