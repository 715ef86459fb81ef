"""Hostile originals and changed copies: a refusal or an honest answer, and a changed byte of a copy never verifies."""

import json
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.ofd.signatures.makers import pem, pki, sealed
from tests.trust.ofd.usage_copy.makers import TERMS, a_copy, entries_of, provider, verified
from trust.errors import DocumentError
from trust.ofd import Verdict, make_usage_copy
from trust.ofd.signatures import write_package

ROOT = Path(__file__).parents[4]
SEALED, COPY = sealed(), entries_of(a_copy())
GOOD = {Verdict.VALID, Verdict.VALID_UNTRUSTED}


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_a_damaged_original_is_refused_or_copied_whole(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SEALED)))
    bad = bytearray(SEALED[name])
    at = data.draw(st.integers(0, len(bad) - 1))
    bad[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    original = write_package({**SEALED, name: bytes(bad)})
    try:
        copy = make_usage_copy(original, TERMS, provider())
    except DocumentError:
        return
    report = verified(copy)
    assert report.copy is not None
    assert report.copy.original == verified(original)


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_a_copy_with_a_damaged_entry_is_never_good(data: st.DataObject) -> None:
    name = data.draw(
        st.sampled_from(sorted(name for name in COPY if not name.startswith("UsageCopy/Signs/Sign_0/SignedV")))
    )
    bad = bytearray(COPY[name])
    at = data.draw(st.integers(0, len(bad) - 1))
    bad[at] ^= data.draw(st.integers(1, 255))
    try:
        report = verified(write_package({**COPY, name: bytes(bad)}))
    except DocumentError:
        return
    assert report.verdict not in GOOD


def test_a_changed_byte_of_a_copy_never_verifies(tmp_path: Path) -> None:
    """The short form of `scripts/tamper_ofd.py --copy` over the real files: what survives is the zip's own bookkeeping."""
    (tmp_path / "sealed.ofd").write_bytes(write_package(SEALED))
    (tmp_path / "ca.pem").write_bytes(pem(pki().ca))
    run = subprocess.run(
        [
            sys.executable,
            ROOT / "scripts/tamper_ofd.py",
            "sealed.ofd",
            "--copy",
            "--trust",
            "ca.pem",
            "--every",
            "23",
            "--json",
        ],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    _, copy = json.loads(run.stdout)

    assert copy["file"] == "copy of sealed.ofd"
    assert copy["tried"] > 400
    assert all(reason.startswith("zip bookkeeping") for reason in copy["reasons"])


def test_four_seconds_of_fuzzing_a_copy_find_nothing(tmp_path: Path) -> None:
    """As long as the test run may take: `scripts/fuzz_ofd.py --seconds 300` is the long form."""
    (tmp_path / "copy.ofd").write_bytes(a_copy())
    (tmp_path / "sealed.ofd").write_bytes(write_package(SEALED))
    run = subprocess.run(
        [sys.executable, ROOT / "scripts/fuzz_ofd.py", "copy.ofd", "sealed.ofd", "--seconds", "4"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )

    assert (run.returncode, run.stderr) == (0, "")
    assert " copied" in run.stdout
