"""How Python values stand in columns: times as milliseconds since 1970 in UTC, tuples of text as JSON arrays."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_encode = json.JSONEncoder(ensure_ascii=False).encode  # `json.dumps` would make an encoder for every call


def to_ms(time: datetime) -> int:
    """Milliseconds since the epoch, rounded down."""
    return (time - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC time."""
    return _EPOCH + milliseconds * _MILLISECOND


def to_array(texts: Iterable[str]) -> str:
    """A JSON array."""
    return _encode(list(texts))


@lru_cache(maxsize=1024)  # the same few lists of types, outputs and fields are read again and again
def from_array(text: str) -> tuple[str, ...]:
    """The texts of a JSON array."""
    return tuple(json.loads(text))
