"""Canonical JSON (RFC 8785, JCS) for documents that are signed or hashed. Not a general serialiser: it has no floats.

With strings, integers, booleans, null, lists and objects only, the standard library's compact output with sorted keys is JCS, but for
two things that are refused or mended here: RFC 8785 sorts keys by UTF-16 code units, and integers beyond 2^53 have no exact JSON number.
"""

import json
from collections.abc import Iterable
from typing import Any

MAX_INTEGER = 2**53 - 1  # RFC 8785 §3.2.2.3: numbers are IEEE 754 doubles
_BELOW_F0 = bytes(
    range(0xF0)
)  # what a text without characters beyond the basic multilingual plane is made of, in UTF-8
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def _check(value: Any) -> None:
    """Refuse what this profile of JCS does not hold."""
    if isinstance(value, dict):
        _check_keys(value)
        _check_each(value.values())
    elif isinstance(value, (list, tuple)):
        _check_each(value)
    elif isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise ValueError("an integer beyond 2^53-1 has no canonical form")
    elif value is not None and not isinstance(value, str):
        raise ValueError(f"{type(value).__name__} has no canonical form here")


def _check_keys(keys: Iterable[Any]) -> None:
    """All at once: an object has many, and this is done for every entry of the evidence log."""
    try:
        joined = "".join(keys)
    except TypeError:
        joined = "\U00010000"
    if not joined.isascii() and max(joined) > "\uffff":
        raise ValueError("keys are strings of the basic multilingual plane")


def _check_each(values: Iterable[Any]) -> None:
    """Strings, which are most of it, are passed over without a call."""
    for value in values:
        if type(value) is not str:
            _check(value)


def dumps(value: Any) -> bytes:
    """The canonical UTF-8 bytes of `value`.

    Raises:
        ValueError: a float, a lone surrogate, an integer beyond 2^53-1, a key beyond the BMP, another type, or nested too deep.
    """
    try:
        _check(value)
        return _encode(value).encode()
    except RecursionError as error:
        raise ValueError("JSON nested too deep") from error


def _integer(digits: str) -> int:
    """An integer that has a canonical form; at most 16 digits and a sign are looked at."""
    if len(digits) <= _SURELY_SMALL:
        return int(digits)
    value = int(digits) if len(digits) <= _INTEGER_DIGITS else MAX_INTEGER + 1
    if not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise ValueError("an integer beyond 2^53-1 has no canonical form")
    return value


def _refused(text: str) -> Any:
    raise ValueError(f"{text[:20]} has no canonical form here")


_INTEGER_DIGITS = 17
_SURELY_SMALL = 15  # characters: whatever they are, they stay below 2^53
_decode = json.JSONDecoder(parse_int=_integer, parse_float=_refused, parse_constant=_refused).decode


def loads(data: bytes) -> Any:
    """Read canonical JSON, refusing bytes that are not in canonical form (so that one value has one digest).

    What the reader lets through needs no second look at every value: it makes no floats and no large integers, and what is beyond the
    basic multilingual plane, which `dumps` looks for among the keys, has a byte of its own kind in UTF-8.

    Raises:
        ValueError: not JSON, too deep, or not canonical.
    """
    try:
        value = _decode(data.decode())
        again = dumps(value) if data.translate(None, _BELOW_F0) else _encode(value).encode()
    except RecursionError as error:
        raise ValueError("JSON nested too deep") from error
    if again != data:
        raise ValueError("not in canonical form (RFC 8785)")
    return value
