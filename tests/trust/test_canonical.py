"""trust.canonical against rfc8785, another implementation by other authors, and the vectors of RFC 8785."""

from types import MappingProxyType
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from trust import canonical

keys = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=8)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=20
)


@settings(deadline=None, max_examples=300)
@given(values)
def test_it_writes_what_the_oracle_writes_and_reads_it_back(value: Any) -> None:
    data = canonical.dumps(value)

    assert rfc8785.dumps(value) == data
    assert value == canonical.loads(data)


def test_the_sorting_example_of_the_rfc_within_the_basic_plane() -> None:
    """RFC 8785 §3.2.3, without its key beyond the BMP, which this profile refuses."""
    value = {"€": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew", "1": "One", "\x80": "Control", "ö": "Latin"}

    assert list(canonical.loads(canonical.dumps(value)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin",
        "Euro Sign",
        "Hebrew",
    ]
    assert rfc8785.dumps(value) == canonical.dumps(value)


def test_the_string_example_of_the_rfc() -> None:
    """RFC 8785 §3.2.2, its string member."""
    assert '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode() == canonical.dumps('€$\u000f\nA\'B"\\\\"/')


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(1.0, id="a float"),
        pytest.param([0.5], id="a float in a list"),
        pytest.param({"a": float("nan")}, id="not a number"),
        pytest.param(2**53, id="an integer beyond 2^53-1"),
        pytest.param(-(2**53), id="an integer below -(2^53-1)"),
        pytest.param("\ud800", id="a lone surrogate"),
        pytest.param({"\ud800": 1}, id="a lone surrogate as a key"),
        pytest.param({"\U0001f600": 1}, id="a key beyond the basic plane"),
        pytest.param({1: 1}, id="a key that is a number"),
        pytest.param({None: 1}, id="a key that is null"),
        pytest.param(b"bytes", id="bytes"),
        pytest.param({"a": {1}}, id="a set"),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the error for callers
        canonical.dumps(value)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="an open brace"),
        pytest.param(b'{"a": 1}', id="a space"),
        pytest.param(b'{"b":1,"a":2}', id="keys out of order"),
        pytest.param(b'{"a":1,"a":1}', id="a key twice"),
        pytest.param(b'"\\u0041"', id="an escape that is not needed"),
        pytest.param(b'"\\u000A"', id="an escape in capitals"),
        pytest.param(b"1.0", id="a float"),
        pytest.param(b"1e2", id="an exponent"),
        pytest.param(b"-0", id="minus zero"),
        pytest.param(b"9007199254740993", id="an integer beyond 2^53-1"),
        pytest.param(b"NaN", id="not a number"),
        pytest.param(b"\xef\xbb\xbf1", id="a byte order mark"),
        pytest.param('"a"'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'"\xff"', id="bytes that are no UTF-8"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="nested a hundred thousand deep"),
    ],
)
def test_bytes_that_are_not_canonical_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the error for callers
        canonical.loads(data)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:01ae. ntrufls\\', max_size=30).map(str.encode))
def test_any_bytes_are_canonical_or_refused(data: bytes) -> None:
    try:
        value = canonical.loads(data)
    except ValueError:
        return

    assert data == canonical.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(MappingProxyType({"a": 1}), id="a mapping that is no dict"),
        pytest.param({"a": {1, 2}}, id="a set"),
        pytest.param({1: "a"}, id="a key that is no text"),
    ],
)
def test_a_value_of_another_type_is_refused_as_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r"form|keys"):
        canonical.dumps(value)


@pytest.mark.parametrize("depth", [990, 5_000, 100_000])
def test_deep_nesting_is_refused_as_a_value_error_or_read(depth: int) -> None:
    data = b"[" * depth + b"]" * depth
    try:
        value = canonical.loads(data)
    except ValueError:
        return

    assert data == canonical.dumps(value)
