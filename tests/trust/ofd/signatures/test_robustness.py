"""Hostile signatures: every input gives a report or a DocumentError, within bounds, and a changed byte of a sealed file never verifies."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.ofd.signatures.makers import (
    LISTING,
    NOW,
    SIGNATURE,
    VALUE,
    Entries,
    changed,
    crl,
    pem,
    pki,
    sealed,
    sealer,
    verified,
)
from trust.errors import DocumentError
from trust.ofd import Mathematics, Trust, Verdict, verify_document
from trust.ofd.signatures import Signer, der, read_seal, write_package
from trust.ofd.signatures.certificate import read_certificate
from trust.ofd.signatures.listing import MAX_REFERENCES, MAX_SIGNATURE_FILE, MAX_SIGNATURES
from trust.ofd.signatures.opened import open_value
from trust.ofd.signatures.paths import Paths
from trust.ofd.signatures.revocation import read_crl

ROOT = Path(__file__).parents[4]
SEALED = sealed(sealer(), Signer(certificate=pki().signer, key=pki().signer_key))
LARGE = b"<!--" + random.Random(1).randbytes(MAX_SIGNATURE_FILE // 2).hex().encode() + b"-->"
VALUES = [data for name, data in SEALED.items() if name.endswith("Value.dat")]
READERS: list[tuple[Callable[[bytes], object], bytes]] = [
    (read_certificate, pki().signer),
    (read_crl, crl(pki(), {pki().signer: (NOW, 1)})),
    (read_seal, sealer().seal or b""),
]
PARTS = [*sorted(name for name in SEALED if name.startswith("Doc_0/Signs")), "OFD.xml"]


def _damaged(data: st.DataObject, good: bytes) -> bytes:
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(bad) - 1))
        bad[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
        if not bad:
            break
    return bytes(bad)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_damaged_parts_give_a_report_or_a_document_error(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(PARTS))
    entries = {**SEALED, name: _damaged(data, SEALED[name])}
    try:
        report = verified(entries)
    except DocumentError:
        return
    assert report.as_json("x")["verdict"] == report.verdict


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_damaged_signature_values_give_findings(data: st.DataObject) -> None:
    opened = open_value(_damaged(data, data.draw(st.sampled_from(VALUES))), SEALED[SIGNATURE], ())

    assert opened.findings


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=200)
def test_any_bytes_as_signature_value_give_findings(value: bytes) -> None:
    assert open_value(value, b"", ()).findings


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_damaged_certificates_lists_and_seals_are_read_or_refused(data: st.DataObject) -> None:
    reader, good = data.draw(st.sampled_from(READERS))
    try:
        reader(_damaged(data, good))
    except DocumentError:
        return


@given(st.recursive(st.binary(max_size=8), lambda inner: st.lists(inner, max_size=4), max_leaves=20))
@settings(deadline=None, max_examples=100)
def test_what_is_encoded_is_read_back(tree: bytes | list[object]) -> None:
    def encode(node: bytes | list[object]) -> bytes:
        if isinstance(node, bytes):
            return der.encode(der.OCTET_STRING, node)
        return der.encode(der.SEQUENCE, *map(encode, node))  # type: ignore[arg-type]

    def decode(node: der.Node) -> bytes | list[object]:
        return node.content if node.tag == der.OCTET_STRING else [decode(child) for child in node.children()]

    assert tree == decode(der.read(encode(tree)))


@given(st.lists(st.integers(0, 2**40), max_size=6), st.integers(0, 2), st.integers(0, 39))
@settings(deadline=None, max_examples=100)
def test_object_identifiers_are_read_back(rest: list[int], first: int, second: int) -> None:
    dotted = ".".join(map(str, (first, second, *rest)))

    assert dotted == der.oid(der.read(der.encode_oid(dotted)))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x1f\x81\x01\x00", id="a tag above 30"),
        pytest.param(b"\x30\x85\x01\x01\x01\x01\x01", id="a length of five bytes"),
        pytest.param(b"\x30\x05\x01", id="longer than what holds it"),
        pytest.param(b"\x04\x80\x00\x00", id="a primitive without a length"),
        pytest.param(b"\x30\x80" * 100_000, id="a hundred thousand levels without lengths"),
        pytest.param(b"\x30\x80" + b"\x05\x00" * 50_000 + b"\0\0", id="fifty thousand elements without a length"),
        pytest.param(b"\x30\x80\x05\x00", id="no end"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_asn1_out_of_bounds_is_refused_quickly(data: bytes) -> None:
    with pytest.raises(DocumentError, match="ASN"):
        der.read(data)


def _listing(lines: int) -> Entries:
    line = b'<ofd:Signature ID="%d" BaseLoc="/Doc_0/none-%d.xml"/>'
    body = b"".join(line % (number, number) for number in range(lines))
    return changed(SEALED, LISTING, b"</ofd:Signatures>", body + b"</ofd:Signatures>")


def _references(number: int) -> Entries:
    lines = b'<ofd:Reference FileRef="/OFD.xml"/>' * number
    return changed(SEALED, SIGNATURE, b"</ofd:References>", lines + b"</ofd:References>")


def test_too_many_signatures_are_refused() -> None:
    with pytest.raises(DocumentError, match="signatures"):
        verified(_listing(MAX_SIGNATURES))


def test_one_signature_listed_twice_is_refused() -> None:
    twice = b'<ofd:Signature ID="9" BaseLoc="/%s"/></ofd:Signatures>' % SIGNATURE.encode()

    with pytest.raises(DocumentError, match="two signatures"):
        verified(changed(SEALED, LISTING, b"</ofd:Signatures>", twice))


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param(_references(MAX_REFERENCES), id="too many references"),
        pytest.param({**SEALED, SIGNATURE: SEALED[SIGNATURE] + LARGE}, id="too large"),
        pytest.param({**SEALED, SIGNATURE: b"<x/>"}, id="another root"),
        pytest.param({name: data for name, data in SEALED.items() if name != SIGNATURE}, id="missing"),
        pytest.param({name: data for name, data in SEALED.items() if name != VALUE}, id="without its value"),
    ],
)
def test_a_signature_file_out_of_bounds_is_invalid_and_the_others_are_still_judged(entries: Entries) -> None:
    first, second = verified(entries).signatures

    assert (first.verdict, first.mathematics) == (Verdict.TAMPERED, Mathematics.INVALID)
    assert second.references


def test_many_failed_references_give_a_short_report() -> None:
    first, _ = verified(_references(MAX_REFERENCES - 100)).signatures

    assert len(first.references) > MAX_REFERENCES - 100
    assert len(first.reasons) < 40


def test_lookups_of_paths_stay_fast_among_many_entries() -> None:
    paths = Paths(f"Doc_0/{number}" for number in range(10_000))
    begun = time.process_time()
    for number in range(10_000):
        assert paths.find(f"DOC_0/{number}", "Doc_0/Signs/x") is not None

    assert time.process_time() - begun < 5


@pytest.mark.parametrize("location", ["../../../../etc/passwd", "", "/", "..", "%2e%2e/x", "a\x00b"])
def test_references_out_of_the_package_find_nothing(location: str) -> None:
    assert Paths(["OFD.xml"]).find(location, "Doc_0/Signature.xml") is None


def test_a_changed_byte_of_a_sealed_file_never_verifies(tmp_path: Path) -> None:
    """The short form of `scripts/tamper_ofd.py` over the real files: what survives is the zip's own bookkeeping."""
    (tmp_path / "sealed.ofd").write_bytes(write_package(SEALED))
    (tmp_path / "ca.pem").write_bytes(pem(pki().ca))
    run = subprocess.run(
        [sys.executable, ROOT / "scripts/tamper_ofd.py", "sealed.ofd", "--trust", "ca.pem", "--every", "23", "--json"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    (result,) = json.loads(run.stdout)

    assert result["tried"] > 250
    assert result["survived"] < result["tried"] / 10
    assert all(reason.startswith("zip bookkeeping") for reason in result["reasons"])


def test_six_seconds_of_fuzz_find_nothing(tmp_path: Path) -> None:
    """As long as the test run may take: `scripts/fuzz_ofd.py --seconds 300` is the long form."""
    (tmp_path / "sealed.ofd").write_bytes(write_package(SEALED))
    run = subprocess.run(
        [sys.executable, ROOT / "scripts/fuzz_ofd.py", "sealed.ofd", "--seconds", "6"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )

    assert (run.returncode, run.stderr) == (0, "")
    assert "inputs" in run.stdout


def test_a_hostile_package_is_a_document_error() -> None:
    with pytest.raises(DocumentError):
        verify_document(b"PK\x03\x04", trust=Trust(), at=NOW)
