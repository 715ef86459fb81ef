"""A package read from a file: the same report as from its bytes, of any size, with no more than a piece of it in memory."""

import io
import secrets
import tracemalloc
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.node.usecases.papers import SEALS, sealed_file
from trust.errors import DocumentError
from trust.ofd import Verdict, read_package, verify_package
from trust.ofd import container as bounds
from trust.ofd.markup import MAX_TREE_ELEMENTS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MIB = 1 << 20


def on_disk(folder: Path, data: bytes) -> Path:
    path = folder / "x.ofd"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("size", [0, 3 * MIB])
def test_the_report_is_that_of_the_bytes(tmp_path: Path, size: int) -> None:
    data = sealed_file("1.2.3", size=size)
    whole = verify_package(read_package(data), trust=SEALS, at=NOW)
    with on_disk(tmp_path, data).open("rb") as file:
        read = verify_package(read_package(file), trust=SEALS, at=NOW)

    assert whole.verdict is Verdict.VALID
    assert read == whole


def test_a_changed_byte_is_found_in_the_middle_of_a_long_entry(tmp_path: Path) -> None:
    data = bytearray(sealed_file("1.2.3", size=3 * MIB))
    data[2 * MIB] ^= 1
    with on_disk(tmp_path, bytes(data)).open("rb") as file, pytest.raises(DocumentError, match="damaged"):
        read_package(file)


def test_a_long_entry_is_never_held(tmp_path: Path) -> None:
    path = on_disk(tmp_path, sealed_file("1.2.3", size=40 * MIB))
    with path.open("rb") as file:
        tracemalloc.start()
        report = verify_package(read_package(file), trust=SEALS, at=NOW)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert report.verdict is Verdict.VALID
    assert peak < 8 * MIB


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("long.xml", "XML larger", id="XML"),
        pytest.param("long.bin", "held whole", id="anything, when read"),
    ],
)
def test_an_entry_that_is_too_long_to_be_held_is_not(tmp_path: Path, name: str, said: str) -> None:
    target = io.BytesIO(sealed_file("1.2.3"))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_STORED) as container:
        container.writestr(name, b"<a>" + b" " * bounds.MAX_HELD + b"</a>")
    with on_disk(tmp_path, target.getvalue()).open("rb") as file, pytest.raises(DocumentError, match=said):
        read_package(file).read(name)


def test_a_small_file_does_not_inflate_without_end(tmp_path: Path) -> None:
    """Twice its size, or what the bytes of a package may inflate to: a bomb costs no more from a file."""
    target = io.BytesIO()
    blank = bytes(100 * MIB)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("OFD.xml", b"<a/>")
        container.writestr("random.bin", secrets.token_bytes(MIB))
        for number in range(6):
            container.writestr(f"{number}.bin", blank)
    with on_disk(tmp_path, target.getvalue()).open("rb") as file, pytest.raises(DocumentError):
        read_package(file)


def _endless_directory(entries: int, comment: int) -> bytes:
    """A package whose directory says that it has so many entries, each with a comment of so many bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as one:
        for number in range(entries):
            info = zipfile.ZipInfo(f"{number}")
            info.comment = bytes(comment)
            one.writestr(info, b"")
    return made.getvalue()


def _root(content: bytes) -> bytes:
    """A package with this in its OFD.xml."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as one:
        one.writestr("OFD.xml", b'<OFD xmlns="http://www.ofdspec.org/2016">' + content + b"</OFD>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(_endless_directory(bounds.MAX_ENTRIES + 1, 0), "entries", id="a directory of many entries"),
        pytest.param(_endless_directory(400, 65_000), "zip directory", id="a directory of long comments"),
        pytest.param(_root(b'<a b="1"/>' * MAX_TREE_ELEMENTS), "elements", id="an OFD.xml of many elements"),
        pytest.param(_root(b" " * (bounds.MAX_HELD - 100)), "larger", id="an OFD.xml of many spaces"),
    ],
)
def test_a_file_that_would_fill_the_memory_is_refused_before_it_does(tmp_path: Path, data: bytes, said: str) -> None:
    with on_disk(tmp_path, data).open("rb") as file:
        tracemalloc.start()
        try:
            with pytest.raises(DocumentError, match=said):
                read_package(file)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert peak < 4 * MIB
