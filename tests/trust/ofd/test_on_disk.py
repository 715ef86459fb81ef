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


def test_an_entry_that_would_have_to_be_held_whole_is_refused_where_it_is_too_long(tmp_path: Path) -> None:
    target = io.BytesIO(sealed_file("1.2.3"))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_STORED) as container:
        container.writestr("Doc_0/long.xml", b"<a>" + b" " * bounds.MAX_HELD + b"</a>")
    with on_disk(tmp_path, target.getvalue()).open("rb") as file, pytest.raises(DocumentError, match="held whole"):
        read_package(file)


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
