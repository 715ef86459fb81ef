"""The zip of a proof bundle: one form, every byte of it accounted for. trust.bundle."""

import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.bundle import MAX_NAME, MAX_PARTS, read_bundle, write_bundle
from trust.errors import BundleError

PARTS = {"manifest.json": b"{}", "log/310000-7.tlog-proof": b"c2sp\n", "file.ofd": bytes(range(256)), "empty": b""}
NAME = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,8}(/[a-z0-9][a-z0-9_.-]{0,8}){0,3}", fullmatch=True)


@given(parts=st.dictionaries(NAME, st.binary(max_size=40), min_size=1, max_size=6))
def test_what_was_written_is_read_in_its_order_and_by_any_unzip(parts: dict[str, bytes]) -> None:
    data = write_bundle(parts)

    assert list(read_bundle(data).items()) == list(parts.items())
    with zipfile.ZipFile(io.BytesIO(data)) as unzipped:
        assert {one: unzipped.read(one) for one in unzipped.namelist()} == parts


def test_no_byte_can_be_changed() -> None:
    data = write_bundle(PARTS)
    for at in range(len(data)):
        for mask in (0x01, 0x20, 0xFF):
            with pytest.raises(BundleError):
                read_bundle(data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :])


def test_a_changed_byte_of_a_part_names_the_part() -> None:
    data = write_bundle(PARTS)
    at = data.index(b"c2sp")

    with pytest.raises(BundleError) as caught:
        read_bundle(data[:at] + b"C" + data[at + 1 :])

    assert caught.value.part == "log/310000-7.tlog-proof"


@given(cut=st.integers(0, len(write_bundle(PARTS)) - 1))
def test_a_zip_that_was_cut_is_refused(cut: int) -> None:
    with pytest.raises(BundleError):
        read_bundle(write_bundle(PARTS)[:cut])


def other_writer(data: bytes) -> bytes:
    """The same parts as Python's own library zips them."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as writing:
        for name, content in read_bundle(data).items():
            writing.writestr(name, content)
    return made.getvalue()


def with_count(data: bytes, count: int) -> bytes:
    end = len(data) - 22
    return data[: end + 8] + struct.pack("<2H", count, count) + data[end + 12 :]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data + b"\x00", id="something behind it"),
        pytest.param(lambda data: b"\x00" + data, id="something before it"),
        pytest.param(other_writer, id="the same parts, deflated, with dates"),
        pytest.param(lambda data: with_count(data, MAX_PARTS + 1), id="more parts than there may be"),
        pytest.param(lambda data: with_count(data, 0), id="no part"),
        pytest.param(lambda data: with_count(data, 3), id="fewer parts than there are"),
        pytest.param(lambda data: data[:-2] + b"\x01\x00" + b"x", id="a comment"),
        pytest.param(lambda _: b"", id="nothing"),
        pytest.param(lambda _: b"PK\x05\x06" + bytes(18), id="an empty zip"),
    ],
)
def test_what_is_no_bundle_is_refused(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BundleError):
        read_bundle(change(write_bundle(PARTS)))


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "../up", "a/../b", "a//b", "a/", "A", "a b", "é", "a\x00b", "a/b/c/d/e", "x" * (MAX_NAME + 1)],
)
def test_a_name_that_no_part_has_is_refused(name: str) -> None:
    with pytest.raises(BundleError):
        write_bundle({name: b""})
